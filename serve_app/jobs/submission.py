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
from serve_app.jobs.schemas import JobFileParameters, NewJobBody
from serve_app.posts.row_reader import ImportOptions
from serve_app.problems import problem
from serve_app.request.batch import id_of
from serve_app.request.fields import Validator, invalid_request, validate_fields
from serve_app.request.post import MAX_ID_CHARACTERS, validate_analyses, validate_id, validate_text

#: Written by one transaction: up to some 2 MB of text.
_CHUNKS_AT_ONCE = 20
_READ_BYTES = 2**20

T = TypeVar("T")

_VALIDATORS: dict[str, Validator] = {"text": validate_text, "id": validate_id}


def job_of_body(body: NewJobBody, webhooks: tuple[UUID, ...] | None) -> NewJob:
    """What a body asks for.

    Raises:
        InvalidRequest: it names no posts, or both kinds.
    """
    if (body.posts is None) == (body.filter is None):
        detail = "Both 'posts' and 'filter' are there." if body.posts else "There are no posts."
        fix = "Send 'posts', or a 'filter' over kept posts."
        slug = "contradictory-filter" if body.posts else "missing-field"
        raise invalid_request(slug, detail, "", fix=fix)
    if body.replay and body.filter is None:
        fix = "Name kept posts with 'filter'; {} is all of them."
        raise invalid_request("missing-field", "A replay is of kept posts.", "/filter", fix=fix)
    kind = "posts" if body.filter is None else "replay" if body.replay else "filter"
    return NewJob(
        kind,
        validate_analyses(body.analyses),
        body.offsets,
        body.top_n,
        body.priority,
        webhooks,
        None if body.filter is None else body.filter.model_dump(exclude_defaults=True),
    )


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
        options: ImportOptions,
        *,
        chunk_posts: int,
        max_posts: int,
    ) -> None:
        """Nothing is read yet.

        Args:
            open_file: gives it from its beginning, unpacked.
            options: how it is read; only its texts and ids are.
            chunk_posts: of a chunk, at most.
            max_posts: of the file.
        """
        self._open = open_file
        self._options = options
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

    async def chunks(self) -> AsyncIterator[list[NewChunk]]:
        """All of them, some at a time.

        Raises:
            InvalidRequest: it cannot be read to its end, or has too many posts.
        """
        chunks = chunks_of(self._items(), self._chunk_posts)
        while some := await self._in_thread(lambda: list(islice(chunks, _CHUNKS_AT_ONCE))):
            yield some

    def close(self, close_file: Callable[[], None]) -> None:
        """Have the file closed once the thread is done with it; does not wait."""
        self._thread.submit(close_file)
        self._thread.shutdown(wait=False)

    def _items(self) -> Iterator[JobItem | RefusedItem]:
        source = self._open()
        options = self._options
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
