"""What a caller sends as a job, as what is asked for and its posts in chunks.

A file is read in a thread, a few chunks at a time. Knows no HTTP and no database.
"""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from serve_app.errors import InvalidRequest
from serve_app.files.formats import format_of_beginning, read_unpacked
from serve_app.files.rows import InputRow, ReadOptions, UnreadableSource
from serve_app.jobs.chunk import NewChunk, chunks_of
from serve_app.jobs.items import JobItem, RefusedItem
from serve_app.jobs.job import NewJob
from serve_app.jobs.schemas import FILE_OPTIONS, JobFileParameters, NewJobBody
from serve_app.posts.import_parameters import MEDIA_TYPES, ImportParameters, import_options
from serve_app.posts.row_reader import ImportOptions
from serve_app.problems import problem, quote
from serve_app.request.batch import id_of
from serve_app.request.fields import Validator, invalid_request, validate_fields
from serve_app.request.post import MAX_ID_CHARACTERS, validate_analyses, validate_id, validate_text

#: Written by one transaction: up to some 2 MB of text.
_CHUNKS_AT_ONCE = 20
_READ_BYTES = 2**20

_SOURCES = ("posts", "url", "filter")
_ANY_BYTES = "application/octet-stream"
#: What stores say of files whose type nobody told them.
_UNTOLD_TYPES = ("", "binary/octet-stream", "text/plain")

T = TypeVar("T")

_VALIDATORS: dict[str, Validator] = {"text": validate_text, "id": validate_id}


def job_of_body(body: NewJobBody, webhooks: tuple[UUID, ...] | None) -> NewJob:
    """What a body asks for.

    Raises:
        InvalidRequest: it names no posts, or those of several kinds, or what does not go with them.
    """
    _check_sources(body)
    kind = "posts" if body.posts is not None else "url" if body.url is not None else "filter"
    kind = "replay" if body.replay else kind
    return NewJob(
        kind,
        validate_analyses(body.analyses),
        body.offsets,
        body.top_n,
        body.priority,
        webhooks,
        None if body.filter is None else body.filter.model_dump(exclude_defaults=True),
    )


def _check_sources(body: NewJobBody) -> None:
    named = [name for name in _SOURCES if getattr(body, name) is not None]
    if not named:
        fix = "Send 'posts', the 'url' of a file, or a 'filter' over kept posts."
        raise invalid_request("missing-field", "There are no posts.", "", fix=fix)
    if len(named) > 1:
        raise _contradiction(f"'{named[0]}' and '{named[1]}' are there.", "Send one of them.", "")
    if body.replay and body.filter is None:
        fix = "Name kept posts with 'filter'; {} is all of them."
        raise invalid_request("missing-field", "A replay is of kept posts.", "/filter", fix=fix)
    for name in FILE_OPTIONS if body.url is None else ():
        if getattr(body, name) is not None:
            detail = f"'{name}' says how a file is read, and there is none."
            raise _contradiction(detail, "Leave it out, or send the 'url' of a file.", f"/{name}")


def _contradiction(detail: str, fix: str, pointer: str) -> InvalidRequest:
    return invalid_request("contradictory-filter", detail, pointer, fix=fix)


def options_of_file(
    wanted: JobFileParameters | NewJobBody, content_type: str | None
) -> ImportOptions:
    """How a file is read of which a caller says this.

    Raises:
        InvalidRequest: its media type is none of a file of posts.
    """
    parameters = ImportParameters(
        format=wanted.format,
        encoding=wanted.encoding,
        text_column=wanted.text_column,
        external_id_column=wanted.id_column,
    )
    return import_options(parameters, content_type)


def options_of_fetched(body: NewJobBody, content_type: str | None) -> ImportOptions:
    """How a file from a URL is read; stores often do not know what it is.

    Raises:
        InvalidRequest: its media type is none of a file of posts, and the body does not say better.
    """
    media_type, semicolon, parameters = (content_type or "").partition(";")
    media_type = media_type.strip().lower()
    if media_type in MEDIA_TYPES:
        return options_of_file(body, content_type)
    if body.format is None and media_type not in _UNTOLD_TYPES:
        detail = f"The file at the URL is announced as {quote(media_type)}."
        fix = "Say what it is with 'format' (csv, ndjson or json), or correct the URL."
        raise InvalidRequest(problem("unreadable-file", detail, pointer="/url", fix=fix))
    return options_of_file(body, _ANY_BYTES + semicolon + parameters)


def job_of_file(parameters: JobFileParameters, webhooks: tuple[UUID, ...] | None) -> NewJob:
    """What the parameters of a file ask for.

    Raises:
        InvalidRequest: an analysis is named twice.
    """
    return NewJob(
        "file",
        validate_analyses(parameters.analyses),
        parameters.offsets,
        parameters.top_n,
        parameters.priority,
        webhooks,
    )


def items_of(posts: Iterable[Any]) -> Iterator[JobItem | RefusedItem]:
    """Each post of a body, or why it is refused."""
    for index, post in enumerate(posts):
        try:
            values = validate_fields(post, _VALIDATORS, object_name="post")
            if "text" not in values:
                raise invalid_request("missing-field", "'text' is missing.", "")
            yield JobItem(index, values.get("id"), values["text"])
        except InvalidRequest as error:
            refusal = error.problem.with_prefix(f"/posts/{index}")
            yield RefusedItem(index, id_of(post), refusal)


async def chunks_of_body(
    posts: Sequence[Any], *, chunk_posts: int, max_posts: int
) -> AsyncIterator[list[NewChunk]]:
    """The posts of a body in chunks, some at a time.

    Raises:
        InvalidRequest: there are too many.
    """
    _check_number(len(posts), max_posts)
    chunks = chunks_of(items_of(posts), chunk_posts)
    while some := list(islice(chunks, _CHUNKS_AT_ONCE)):
        yield some
        await asyncio.sleep(0)  # validating goes on beside other requests


class FileChunks:
    """The posts of a file in chunks, read in a thread of their own."""

    def __init__(
        self,
        open_file: Callable[[], io.BufferedReader],
        *,
        chunk_posts: int,
        max_posts: int,
    ) -> None:
        """Nothing is read yet.

        Args:
            open_file: gives it from its beginning, unpacked.
            chunk_posts: of a chunk, at most.
            max_posts: of the file.
        """
        self._open = open_file
        self._chunk_posts = chunk_posts
        self._max_posts = max_posts
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="job-file")

    async def digest(self) -> bytes:
        """SHA-256 of its content.

        Raises:
            InvalidRequest: it cannot be unpacked.
        """

        def compute() -> bytes:
            checksum = hashlib.sha256()
            source = self._open()
            while content := source.read(_READ_BYTES):
                checksum.update(content)
            return checksum.digest()

        return await self._in_thread(compute)

    async def chunks(self, options: ImportOptions) -> AsyncIterator[list[NewChunk]]:
        """All of them, some at a time.

        Args:
            options: how it is read; only its texts and ids are.

        Raises:
            InvalidRequest: it cannot be read to its end, or has too many posts.
        """
        chunks = chunks_of(self._items(options), self._chunk_posts)
        while some := await self._in_thread(lambda: list(islice(chunks, _CHUNKS_AT_ONCE))):
            yield some

    def close(self, close_file: Callable[[], None]) -> None:
        """Have the file closed once the thread is done with it; does not wait."""
        self._thread.submit(close_file)
        self._thread.shutdown(wait=False)

    def _items(self, options: ImportOptions) -> Iterator[JobItem | RefusedItem]:
        source = self._open()
        reading = ReadOptions(
            options.format or format_of_beginning(source.peek()),
            options.text_column,
            options.external_id_column,
            options.encoding,
            over_http=True,
        )
        for index, row in enumerate(read_unpacked(source, reading)):
            _check_number(index + 1, self._max_posts)
            yield _item_of_row(index, row)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except UnreadableSource as error:
            raise InvalidRequest(problem("unreadable-file", str(error))) from None


def _item_of_row(index: int, row: InputRow) -> JobItem | RefusedItem:
    id = str(row.id)[:MAX_ID_CHARACTERS] if isinstance(row.id, (str, int)) else None
    if row.reason or row.text is None:
        detail = f"Line {row.line:,}: {row.reason or 'it has no text.'}"
        return RefusedItem(index, id, problem("unreadable-row", detail))
    try:
        return JobItem(index, validate_id(id or None), validate_text(row.text))
    except InvalidRequest as error:
        refusal = error.problem
        line = problem(refusal.type.slug, f"Line {row.line:,}: {refusal.detail}", fix=refusal.fix)
        return RefusedItem(index, id, line)


def _check_number(count: int, limit: int) -> None:
    if count > limit:
        detail = f"The job has more than {limit:,} posts."
        fix = "Send them as several jobs."
        raise invalid_request("batch-too-large", detail, "", fix=fix)
