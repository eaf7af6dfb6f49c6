"""A file of posts read as tables of bounded size, in order; the same file gives the same tables."""

import gzip
import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, TypeVar, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from serve_app.answer_columns import JSON_MARK
from serve_app.bulk.input_files import InputFormat
from serve_app.bulk.job import BATCH_CHARACTERS, BulkJob
from serve_app.bulk.part import FILE, ROW, UNREADABLE
from serve_app.files.columns import ALL_OTHERS, FURTHER_NAMES, KEPT, choose_columns
from serve_app.files.csv_table import kept_columns
from serve_app.files.formats import read_rows
from serve_app.files.rows import (
    FurtherFields,
    InputRow,
    OnNote,
    ReadOptions,
    UnreadableSource,
)

#: What a damaged file raises.
DAMAGES = (UnreadableSource, pa.ArrowException, OSError, EOFError, zlib.error)

#: Of JSONL: the members of a row beside its id and text, as a JSON object.
MEMBERS = "members"

_ALL_COLUMNS = FurtherFields(dict.fromkeys(FURTHER_NAMES, ""), (ALL_OTHERS,))

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ReadTable:
    """Some rows of a file.

    Attributes:
        rows: a table of the file's columns, ``FILE`` and ``ROW``, and perhaps ``UNREADABLE``.
        text_column: that has the posts.
        input_bytes: of the file that they were.
    """

    rows: pa.Table
    text_column: str
    input_bytes: int


def read_tables(
    stream: BinaryIO, name: str, format: InputFormat, job: BulkJob, on_note: OnNote
) -> Iterator[ReadTable]:
    """All rows of a file, in order.

    Args:
        stream: at its beginning; one that can be sought in.
        name: of the file, for column ``FILE``; what ends with ``.gz`` is unpacked.
        format: of the file.
        job: how it is read.
        on_note: is told what was taken for granted.

    Raises:
        UnreadableSource: it has no column of posts, or two, or one of a name that is added.
        pa.ArrowException, OSError, EOFError, zlib.error: it is damaged.
    """
    if format == "parquet":
        return _parquet_tables(stream, name, job, on_note)
    return _text_tables(stream, name, format, job, on_note)


def bounded(
    items: Iterable[Item], characters: Callable[[Item], int], most: int
) -> Iterator[list[Item]]:
    """The items in order, in lists bounded by their number and by their characters."""
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += characters(item)
        if len(batch) == most or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _parquet_tables(
    stream: BinaryIO, name: str, job: BulkJob, on_note: OnNote
) -> Iterator[ReadTable]:
    file = pq.ParquetFile(stream)
    names = file.schema_arrow.names
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise UnreadableSource(f"Two columns are named '{twice[0]}'; rename one.")
    text_column = _text_column(names, job, on_note)
    row_bytes = stream.seek(0, io.SEEK_END) / max(file.metadata.num_rows, 1)
    first_row = 1
    for batch in file.iter_batches(job.batch_rows):
        table = pa.Table.from_batches([batch])
        others = table.drop_columns([text_column]).nbytes // max(table.num_rows, 1)
        sizes = (others + _length(text) for text in table.column(text_column).to_pylist())
        start = 0
        for each in bounded(sizes, lambda size: size, job.batch_rows):
            rows = table.slice(start, len(each))
            places = range(first_row + start, first_row + start + len(each))
            yield ReadTable(
                _with_places(rows, name, places, job), text_column, round(row_bytes * len(each))
            )
            start += len(each)
        first_row += table.num_rows


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, bytes)) else 0


def _row_length(row: InputRow) -> int:
    """Characters of the cells, of members as JSON."""
    cells = (row.text, row.id, *_others(row).values())
    return sum(len(_plain(cell) or "") for cell in cells)


def _text_column(names: Sequence[str], job: BulkJob, on_note: OnNote) -> str:
    columns = choose_columns(names, ReadOptions("csv", text_column=job.text_column))
    if columns is None:
        wanted = f"'{job.text_column}'" if job.text_column else "for posts"
        raise UnreadableSource(
            f"There is no column {wanted} among {', '.join(names)}; name it with --text-column."
        )
    for note in columns.notes:
        on_note(note)
    return names[columns.text]


def _text_tables(
    stream: BinaryIO, name: str, format: InputFormat, job: BulkJob, on_note: OnNote
) -> Iterator[ReadTable]:
    reading = ReadOptions(
        "jsonl" if format == "jsonl" else "csv",
        text_column=job.text_column,
        id_column=job.id_column,
        encoding=job.encoding,
        on_note=on_note,
        further=_ALL_COLUMNS,
    )
    columns: Callable[[Sequence[InputRow]], pa.Table] = _member_columns
    if format == "csv":
        columns = partial(_cell_columns, kept_columns(_unpacked(stream, name), reading))
        stream.seek(0)
    rows = read_rows(_unpacked(stream, name), reading)
    read_bytes = 0
    for batch in bounded(rows, _row_length, job.batch_rows):
        table = _with_places(columns(batch), name, [row.line for row in batch], job)
        reasons = pa.array([row.reason for row in batch], pa.string())
        table = table.append_column(UNREADABLE, reasons)
        before, read_bytes = read_bytes, stream.tell()
        yield ReadTable(table, "text", read_bytes - before)


def _unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if name.lower().endswith(".gz") else stream


def _member_columns(rows: Sequence[InputRow]) -> pa.Table:
    members = [orjson.dumps(others).decode() if (others := _others(row)) else None for row in rows]
    field = pa.field(MEMBERS, pa.string(), metadata=JSON_MARK)
    return _post_columns(rows).append_column(field, pa.array(members, pa.string()))


def _cell_columns(names: Sequence[str], rows: Sequence[InputRow]) -> pa.Table:
    table = _post_columns(rows)
    for name in names:
        if name in table.column_names:
            raise UnreadableSource(f"Another column than the {name}s is named '{name}'; rename it.")
        cells = pa.array([_others(row).get(name) for row in rows], pa.string())
        table = table.append_column(name, cells)
    return table


def _others(row: InputRow) -> dict[str, Any]:
    others: dict[str, Any] = row.fields.get(KEPT, {})
    return others


def _post_columns(rows: Sequence[InputRow]) -> pa.Table:
    return pa.table(
        {
            "id": pa.array([_plain(row.id) for row in rows], pa.string()),
            "text": pa.array([row.text for row in rows], pa.string()),
        }
    )


def _plain(value: Any) -> str | None:
    """A text as it is, another value as JSON."""
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _with_places(table: pa.Table, name: str, places: Sequence[int], job: BulkJob) -> pa.Table:
    _refuse_added_names(table.column_names, job)
    file = pa.array([name] * table.num_rows, pa.string())
    table = table.append_column(job.prefix + FILE, file)
    return table.append_column(job.prefix + ROW, pa.array(places, pa.int64()))


def _refuse_added_names(names: Sequence[str], job: BulkJob) -> None:
    added = (job.prefix + FILE, job.prefix + ROW, UNREADABLE)
    if taken := [name for name in added if name in names]:
        raise UnreadableSource(
            f"IN has a column '{taken[0]}', a name that is added; choose another --prefix than "
            f"'{job.prefix}', or rename it."
        )
