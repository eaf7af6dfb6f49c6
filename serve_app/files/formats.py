"""The posts in a text, a standard input or a file, one by one and in bounded memory.

A row that cannot be read is a row with a reason, never an exception and never left out: the
rows after it are read. Knows no analysis.
"""

import codecs
import gzip
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from serve_app.files.csv_table import csv_rows
from serve_app.files.encodings import decoded
from serve_app.files.json_rows import json_rows, jsonl_rows
from serve_app.files.rows import (
    ROW_LIMIT_CHARACTERS,
    Format,
    InputRow,
    InputRows,
    ReadOptions,
    UnreadableSource,
    undecodable,
    unreadable,
)
from serve_app.files.workbook import workbook_rows

_GZIP_MARK = b"\x1f\x8b"
#: An array, an object, or either behind X's ``window.YTD.tweets.part0 =``.
_JSON = re.compile(rb"[\[{]|[\w.$]+\s*=\s*[\[{]")

#: What a file's ending tells.
ENDINGS: Mapping[str, Format] = {
    ".txt": "txt",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
}


def read_rows(source: BinaryIO, reading: ReadOptions) -> InputRows:
    """The rows of ``source``, read as they are asked for; gzip is recognised.

    Raises:
        UnreadableSource: it holds no posts, in no form that ``reading`` names.
    """
    try:
        yield from read_unpacked(_unpacked(source), reading)
    except (EOFError, gzip.BadGzipFile) as error:
        raise UnreadableSource(f"The gzip file is damaged: {error}.") from error


def read_unpacked(source: BinaryIO, reading: ReadOptions) -> InputRows:
    """The rows of ``source``, which is not packed.

    Raises:
        UnreadableSource: likewise.
    """
    readers: Mapping[Format, Callable[[BinaryIO, ReadOptions], InputRows]] = {
        "txt": _one_text,
        "csv": csv_rows,
        "jsonl": jsonl_rows,
        "json": json_rows,
        "xlsx": workbook_rows,
    }
    return readers[reading.format](source, reading)


def format_of_beginning(head: bytes) -> Format:
    """The format of a table or of JSON that begins so, where nobody says it."""
    head = head.removeprefix(codecs.BOM_UTF8).lstrip()
    first_line, line_end, _ = head.partition(b"\n")
    if head.startswith(b"{") and line_end and first_line.rstrip().endswith(b"}"):
        return "jsonl"
    return "json" if _JSON.match(head) else "csv"


def format_of(path: Path) -> Format:
    """The format that a file's ending tells, before a ``.gz`` if there is one.

    Raises:
        UnreadableSource: it tells none.
    """
    ending = ending_of(path.name)
    if ending in ENDINGS:
        return ENDINGS[ending]
    raise UnreadableSource(
        f"'{path}' ends with '{ending}'; known are {', '.join(ENDINGS)}. "
        "Name the format with --format."
    )


def ending_of(name: str) -> str:
    """The ending of a file's name, in lower case and without ``.gz``."""
    return Path(name.lower().removesuffix(".gz")).suffix


def _unpacked(source: BinaryIO) -> BinaryIO:
    peek = getattr(source, "peek", None)
    if peek is None or not peek(2).startswith(_GZIP_MARK):
        return source
    return gzip.GzipFile(fileobj=source)  # type: ignore[return-value] # reads as any stream


def _one_text(source: BinaryIO, reading: ReadOptions) -> InputRows:
    pieces: list[str] = []
    size = 0
    for piece in decoded(source, reading):
        pieces.append(piece)
        size += len(piece)
        if size > ROW_LIMIT_CHARACTERS:
            limit = f"{ROW_LIMIT_CHARACTERS:,} characters"
            yield unreadable(1, f"The file is larger than {limit}; it is read as one post.")
            return
    text = "".join(pieces)
    reason = undecodable(text)
    yield unreadable(1, reason) if reason else InputRow(1, None, text)
