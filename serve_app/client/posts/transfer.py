"""Files of posts: imported with an answer for each row, exported as they are found."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypedDict, Unpack
from uuid import UUID

import orjson

from serve_app.client.calls import both, each
from serve_app.client.connection import Resource, path_of
from serve_app.client.errors import (
    AnalysisProblem,
    PostLensError,
    ServiceUnreachable,
)
from serve_app.client.posts.filters import Filters
from serve_app.files.formats import ENDINGS, ending_of

_IMPORT, _EXPORT = path_of("posts:import"), path_of("posts:export")
_ANY_BYTES = {"Content-Type": "application/octet-stream"}
_READ_BYTES = 2**18
#: What the service calls the forms that a file's ending tells.
_FORMATS: Mapping[str, str] = {"jsonl": "ndjson", "json": "json", "csv": "csv"}


class ImportOptions(TypedDict, total=False):
    """How a file is read; see ``POST /v1/posts:import``.

    Attributes:
        encoding: of its characters; by default told by its bytes.
        text_column, external_id_column, author_column, url_column, published_at_column,
        language_column, tags_column, metadata_column: what holds these, where the usual names do
            not do; empty where nothing does.
        keep_column: what becomes of the metadata under its own name; ``*`` is all that is left.
        date_order: mdy or dmy, of dates such as 05/06/2026.
        without_id: ``digest``, the default: rows without an id get one that is made of them, so
            that the same file again makes no doubles. ``new``: each is a post of its own.
    """

    encoding: str
    text_column: str
    external_id_column: str
    author_column: str
    url_column: str
    published_at_column: str
    language_column: str
    tags_column: str
    metadata_column: str
    keep_column: Sequence[str]
    date_order: str
    without_id: str


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """What became of one row of a file.

    Attributes:
        row: counts the rows, from 1.
        line: where it begins in the file, from 1.
        status: 201 new, 200 an update, else refused.
        external_id: the caller's own; ``row:...`` was made of the row.
        post_id: None where it was refused.
        problem: why it was refused; None where it was not.
    """

    row: int
    line: int
    status: int
    external_id: str | None
    post_id: UUID | None
    problem: AnalysisProblem | None


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What became of a file; ``notes`` is what was taken for granted in reading it."""

    imported: int
    updated: int
    refused: int
    notes: tuple[str, ...]


class ImportStopped(PostLensError):
    """The rest of a file could not be read, or not be written.

    Attributes:
        summary: what became of the rows before.
        problem: why.
    """

    def __init__(self, summary: ImportSummary, problem: AnalysisProblem) -> None:
        super().__init__(problem)
        self.summary = summary
        self.problem = problem


class PostTransfer(Resource):
    """Posts in files."""

    async def _import_items(
        self,
        file: Path | str | BinaryIO,
        *,
        format: str | None = None,
        on_sent: Callable[[int], None] = lambda size_bytes: None,
        **options: Unpack[ImportOptions],
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """As :meth:`import_file`, as the JSON lines of ``POST /v1/posts:import``; the last has
        the counts, and an ``error`` where the rest of the file could not be read or written.
        """
        query: dict[str, Any] = {**options, "format": format or format_of_file(file)}
        parts = file_parts(file, on_sent)
        answer = self._connection.stream(
            "POST", _IMPORT, query=query, headers=_ANY_BYTES, parts=parts
        )
        last: Mapping[str, Any] = {}
        async for lines in decoded_lines(answer):
            last = lines[-1]
            yield lines
        if "imported" not in last:
            raise ServiceUnreachable("The answer broke off; import the file again.")

    import_items, import_items_async = each(_import_items)

    async def _import_file(
        self,
        file: Path | str | BinaryIO,
        *,
        format: str | None = None,
        on_row: Callable[[ImportedRow], None] = lambda row: None,
        on_sent: Callable[[int], None] = lambda size_bytes: None,
        **options: Unpack[ImportOptions],
    ) -> ImportSummary:
        """Keep the posts of a file; their analyses follow by themselves.

        Args:
            file: a path, or what is read in binary; CSV, lines of JSON or a JSON array, each
                perhaps packed by gzip. Through Ray it may have 64 MiB.
            format: csv, ndjson or json; by default what the path's ending tells.
            on_row: told what became of each row, in order, once it is committed; called in the
                client's own thread.
            on_sent: told how many bytes of the file were sent so far; likewise.
            options: how it is read.

        Raises:
            RequestRefused: there is nothing to read posts from.
            ImportStopped: the rest of the file could not be read or written.
            ServiceUnreachable: the answer broke off; the same file can be imported again.
            OSError: the file cannot be read.
        """
        last: Mapping[str, Any] = {}
        async for lines in self._import_items(file, format=format, on_sent=on_sent, **options):
            for last in lines:
                if "row" in last:
                    on_row(_row(last))
        return _summary(last)

    import_file, import_file_async = both(_import_file)

    async def _export(
        self, *, format: str = "ndjson", **filters: Unpack[Filters]
    ) -> AsyncIterator[list[bytes]]:
        """All posts that meet the conditions as a file, in parts of bytes.

        Args:
            format: ``ndjson``, a post a line as the API answers it, or ``csv``.
            filters: the conditions.

        Raises:
            RequestRefused: a condition is none.
            ServiceUnreachable: the answer broke off.
        """
        query: dict[str, Any] = {**filters, "format": format}
        async for part in self._connection.stream("GET", _EXPORT, query=query):
            yield [part]

    export, export_async = each(_export)


def format_of_file(file: Path | str | BinaryIO) -> str:
    """What the service calls the form that a file's ending tells.

    Raises:
        PostLensError: it tells none.
    """
    name = file if isinstance(file, (str, Path)) else getattr(file, "name", "")
    ending = ending_of(str(name))
    format = _FORMATS.get(ENDINGS.get(ending, ""))
    if format is None:
        known = ", ".join(e for e, f in ENDINGS.items() if f in _FORMATS)
        raise PostLensError(
            f"'{name}' does not tell by its ending what it is; known are {known}. Name a format: "
            f"{', '.join(_FORMATS.values())}."
        )
    return format


async def file_parts(
    file: Path | str | BinaryIO, on_sent: Callable[[int], None]
) -> AsyncIterator[bytes]:
    """The content of a file in parts; ``on_sent`` is told how many bytes there were so far."""
    sent = 0
    with ExitStack() as stack:
        if isinstance(file, (str, Path)):
            file = stack.enter_context(await asyncio.to_thread(Path(file).open, "rb"))
        while part := await asyncio.to_thread(file.read, _READ_BYTES):
            yield part
            sent += len(part)
            on_sent(sent)


async def decoded_lines(parts: AsyncIterator[bytes]) -> AsyncIterator[list[dict[str, Any]]]:
    """The objects of an answer that has one on each line, as they come."""
    rest = b""
    async for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        if lines:
            yield list(map(orjson.loads, lines))


def _row(line: Mapping[str, Any]) -> ImportedRow:
    return ImportedRow(
        row=line["row"],
        line=line["line"],
        status=line["status"],
        external_id=line["external_id"],
        post_id=UUID(line["id"]) if "id" in line else None,
        problem=AnalysisProblem.from_json(line["error"]) if "error" in line else None,
    )


def _summary(line: Mapping[str, Any]) -> ImportSummary:
    summary = ImportSummary(
        line["imported"], line["updated"], line["refused"], tuple(line["notes"])
    )
    if "error" in line:
        raise ImportStopped(summary, AnalysisProblem.from_json(line["error"]))
    return summary
