"""The posts in a text, a standard input or a file, one by one and in bounded memory.

A text file is one post; a CSV file has a column ``text`` and perhaps ``id``, others are
ignored; a JSONL file has ``{"text", "id"?}`` a line. A row that cannot be read is a row
with a reason, never an exception: the rows after it are read. Knows no analysis.
"""

import csv
import hashlib
import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import orjson

Format = Literal["txt", "csv", "jsonl"]

FORMATS: tuple[Format, ...] = ("txt", "csv", "jsonl")

#: A row, or a whole text file, longer than this is not read into memory: it is no post
#: (the longest has 20,000 characters, at most 6 bytes each as escaped JSON).
ROW_LIMIT_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class InputRow:
    """One post, or the reason why there is none.

    Attributes:
        line: where the row begins in its source, from 1.
        id: as the source has it, of whatever JSON type; None where it has none.
        text: the post; None where ``reason`` says why not.
        reason: what is wrong with the row, and what to do.
    """

    line: int
    id: Any
    text: str | None
    reason: str | None = None

    def update(self, checksum: "hashlib._Hash") -> None:
        """Make the checksum of a source depend on this row."""
        content = [self.line, self.id, self.text, self.reason]
        checksum.update(repr(content).encode("utf-8", "backslashreplace"))


class UnreadableSource(Exception):
    """There is nothing to read posts from; the message says why and what to do."""


#: Rows as they are read; closing it lets go of the stream without closing that.
InputRows = Generator[InputRow, None, None]


def read_rows(source: BinaryIO, format: Format) -> InputRows:
    """The rows of ``source``, read as they are asked for.

    Raises:
        UnreadableSource: a CSV source has no column ``text``.
    """
    return {"txt": _one_text, "csv": _csv_rows, "jsonl": _jsonl_rows}[format](source)


def format_of(path: Path) -> Format:
    """The format that a file's ending tells.

    Raises:
        UnreadableSource: it tells none.
    """
    for format in FORMATS:
        if path.suffix.lower() == f".{format}":
            return format
    raise UnreadableSource(
        f"'{path}' ends with '{path.suffix}'; known are .txt, .csv and .jsonl. "
        "Name the format with --format."
    )


def _one_text(source: BinaryIO) -> InputRows:
    content = source.read(ROW_LIMIT_BYTES + 1)
    if len(content) > ROW_LIMIT_BYTES:
        yield _unreadable(
            1, f"The file is larger than {ROW_LIMIT_BYTES:,} bytes; it is read as one post."
        )
        return
    try:
        yield InputRow(1, None, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        yield _unreadable(1, _not_utf8(error))


def _jsonl_rows(source: BinaryIO) -> InputRows:
    for number, line in enumerate(_lines(source), start=1):
        if line is None:
            yield _unreadable(number, f"The line is longer than {ROW_LIMIT_BYTES:,} bytes.")
        elif stripped := (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip():
            yield _jsonl_row(number, stripped)


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """Lines; None for one that is too long, whose rest is skipped."""
    while line := source.readline(ROW_LIMIT_BYTES):
        if line.endswith(b"\n") or len(line) < ROW_LIMIT_BYTES:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(ROW_LIMIT_BYTES)
        yield None


def _jsonl_row(number: int, line: bytes) -> InputRow:
    try:
        content = orjson.loads(line.decode())
    except UnicodeDecodeError as error:
        return _unreadable(number, _not_utf8(error))
    except orjson.JSONDecodeError as error:
        return _unreadable(number, f"The line is not JSON: {error.msg}, at column {error.colno}.")
    if not isinstance(content, dict):
        return _unreadable(number, 'The line is no object; write {"id": ..., "text": ...}.')
    post_id, text = content.get("id"), content.get("text")
    if not isinstance(text, str):
        missing = "'text' is missing" if "text" not in content else "'text' is not a string"
        return _unreadable(number, f'{missing}; write {{"id": ..., "text": ...}}.', post_id)
    return InputRow(number, post_id, text)


def _csv_rows(source: BinaryIO) -> InputRows:
    csv.field_size_limit(ROW_LIMIT_BYTES)
    # surrogateescape: a byte that is no UTF-8 becomes visible in its row, and spoils no other.
    decoded = io.TextIOWrapper(source, "utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.DictReader(decoded)
    try:
        _check_columns(reader)
        yield from _records(reader)
    finally:
        decoded.detach()  # the source is its opener's to close


def _check_columns(reader: "csv.DictReader[str]") -> None:
    try:
        columns = reader.fieldnames or ()
    except csv.Error as error:
        raise UnreadableSource(f"The first line of the CSV cannot be read: {error}.") from error
    if "text" not in columns:
        named = ", ".join(columns) or "nothing"
        raise UnreadableSource(
            f"The CSV has no column 'text'; its first line names: {named}. "
            "Write a first line such as id,text."
        )


def _records(reader: "csv.DictReader[str]") -> Iterator[InputRow]:
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _unreadable(line, f"The CSV row cannot be read: {error}.")
            continue
        yield _csv_row(line, record.get("id"), record.get("text"))


def _csv_row(line: int, post_id: str | None, text: str | None) -> InputRow:
    if text is None:
        return _unreadable(line, "The CSV row has no field for the column 'text'.", post_id)
    try:
        f"{text}{post_id or ''}".encode()
    except UnicodeEncodeError:
        return _unreadable(line, "The CSV row is not UTF-8; save the file as UTF-8.")
    return InputRow(line, post_id, text)


def _unreadable(line: int, reason: str, post_id: Any = None) -> InputRow:
    return InputRow(line, post_id, None, reason)


def _not_utf8(error: UnicodeDecodeError) -> str:
    byte = error.object[error.start]
    return f"Byte {error.start + 1:,} (0x{byte:02x}) is not UTF-8; save the file as UTF-8."
