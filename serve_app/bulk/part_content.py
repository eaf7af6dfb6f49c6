"""The rows of a part as the bytes of a file: Parquet, JSON lines or CSV."""

import base64
import csv
import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from serve_app.answer_columns import ANALYSIS, ENTITIES, JSON_MARK, TEXTS, answer_schema
from serve_app.bulk.job import BulkJob, OutputFormat
from serve_app.files.csv_columns import joined, joined_entities
from serve_app.files.spreadsheet_cells import guarded

#: By which Excel knows UTF-8.
_MARK = "\ufeff"

#: Lists of answers stand in a cell as ``postlens analyze`` has them, other lists as JSON.
_JOINED: Mapping[pa.DataType | None, Callable[[Any], Any]] = {
    TEXTS: joined,
    ENTITIES: joined_entities,
}


def part_content(table: pa.Table, job: BulkJob) -> bytes:
    """The rows in the format of the job; those of CSV without the analysis as JSON."""
    if job.format == "csv":
        table = table.drop_columns([job.prefix + ANALYSIS])
    contents: Mapping[OutputFormat, Callable[[pa.Table], bytes]] = {
        "parquet": _parquet,
        "jsonl": _json_lines,
        "csv": partial(_csv, answers=answer_schema(job.analyses, job.prefix)),
    }
    return contents[job.format](table)


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _json_lines(table: pa.Table) -> bytes:
    """An object a row; what is JSON in a column is not written as a string."""
    json_columns = [field.name for field in table.schema if field.metadata == JSON_MARK]
    return b"".join(_json_line(row, json_columns) for row in table.to_pylist())


def _json_line(row: dict[str, Any], json_columns: list[str]) -> bytes:
    for name in json_columns:
        if row[name] is not None:
            row[name] = orjson.Fragment(row[name])
    return orjson.dumps(row, default=_plain, option=orjson.OPT_APPEND_NEWLINE)


def _plain(value: Any) -> Any:
    """What JSON has for a value of Arrow that it has no type for."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _csv(table: pa.Table, answers: pa.Schema) -> bytes:
    """One value a cell; ``answers`` tells which columns are ours, and of what type."""
    ours = dict(zip(answers.names, answers.types, strict=True))
    text = io.StringIO(newline="")
    text.write(_MARK)
    rows = csv.writer(text)
    rows.writerow(map(guarded, table.column_names))
    cells = [_JOINED.get(ours.get(name), _cell) for name in table.column_names]
    columns = [
        [None if value is None else guarded(cell(value)) for value in column.to_pylist()]
        for cell, column in zip(cells, table.itercolumns(), strict=True)
    ]
    rows.writerows(zip(*columns, strict=True))
    return text.getvalue().encode("utf-8", "surrogatepass")


def _cell(value: Any) -> Any:
    if isinstance(value, (list, dict, bytes)):
        return orjson.dumps(value, default=_plain).decode()
    return value
