"""The rows of a part as the bytes of a file: Parquet, JSON lines or CSV."""

import base64
import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from serve_app.answer_columns import ANALYSIS, JSON_MARK
from serve_app.bulk.job import BulkJob, OutputFormat
from serve_app.files.spreadsheet_cells import guarded

#: By which Excel knows UTF-8.
_MARK = "\ufeff"


def part_content(table: pa.Table, job: BulkJob) -> bytes:
    """The rows in the format of the job; those of CSV without the analysis as JSON."""
    if job.format == "csv":
        table = table.drop_columns([job.prefix + ANALYSIS])
    contents: Mapping[OutputFormat, Callable[[pa.Table], bytes]] = {
        "parquet": _parquet,
        "jsonl": _json_lines,
        "csv": _csv,
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


def _csv(table: pa.Table) -> bytes:
    text = io.StringIO(newline="")
    text.write(_MARK)
    rows = csv.writer(text)
    rows.writerow(map(guarded, table.column_names))
    columns = [column.to_pylist() for column in table.itercolumns()]
    for cells in zip(*columns, strict=True):
        rows.writerow([guarded(_cell(value)) for value in cells])
    return text.getvalue().encode("utf-8", "surrogatepass")


def _cell(value: Any) -> Any:
    """Lists of texts and of entities joined as ``postlens analyze`` does, other lists as JSON."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "; ".join(value)
    if isinstance(value, list) and all(_is_entity(each) for each in value):
        return "; ".join(f"{each['text']} ({each['label']})" for each in value)
    if isinstance(value, (list, dict, bytes)):
        return orjson.dumps(value, default=_plain).decode()
    return value


def _is_entity(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"text", "label"}
