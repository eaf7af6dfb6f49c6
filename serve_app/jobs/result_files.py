"""Lines of results as files: as they are, or as a table.

Encoding is done in a thread, some lines at a time. Knows no HTTP.
"""

import asyncio
import codecs
import csv
import io
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import orjson

from serve_app.files.csv_columns import ANALYSIS_COLUMNS, analysis_cells
from serve_app.files.spreadsheet_cells import guarded

#: The columns of the table; what a line lacks is empty.
RESULT_COLUMNS = (
    "index", "id", "status", "error", "digest", "language", "language_confidence",
    *ANALYSIS_COLUMNS, "flips",
)  # fmt: skip


async def ndjson(lines: AsyncGenerator[list[bytes], None]) -> AsyncGenerator[bytes, None]:
    """The lines as they are."""
    async for some in lines:
        yield b"".join(some)


async def table(lines: AsyncGenerator[list[bytes], None]) -> AsyncGenerator[bytes, None]:
    """A row each with :data:`RESULT_COLUMNS`, in UTF-8 with a mark, by which Excel knows it."""
    head = codecs.BOM_UTF8 + _csv([RESULT_COLUMNS])
    async for some in lines:
        yield head + await asyncio.to_thread(_rows, some)
        head = b""
    yield head


def _rows(lines: Sequence[bytes]) -> bytes:
    return _csv([_cells(orjson.loads(line)) for line in lines])


def _cells(line: Mapping[str, Any]) -> list[Any]:
    answer = line.get("result", {})
    language = answer.get("language") or {}
    cells = {
        "index": line["index"],
        "id": line["id"],
        "status": line["status"],
        "error": line.get("error", {}).get("detail"),
        "digest": answer.get("digest"),
        "language": language.get("code"),
        "language_confidence": language.get("confidence"),
        **(analysis_cells(answer) if answer else {}),
        "flips": orjson.dumps(line["flips"]).decode() if line.get("flips") else None,
    }
    return [guarded(cells.get(name)) for name in RESULT_COLUMNS]


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
