"""A CSV file: its delimiter, its header, and the posts below.

The delimiter is the one under which a line of the beginning names a column for posts;
:mod:`csv.Sniffer` counts characters instead, and takes a letter for the delimiter of a file
with one column. Whatever stands above the header must be notes, which have another shape.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from serve_app.files.columns import Columns, choose_columns
from serve_app.files.csv_records import (
    TOO_LONG,
    LineQueue,
    Record,
    RecordReader,
    read_record,
    skip_blank_lines,
)
from serve_app.files.encodings import decoded
from serve_app.files.lines import lines
from serve_app.files.rows import (
    InputRow,
    InputRows,
    ReadOptions,
    UnreadableSource,
    undecodable,
    unreadable,
)
from serve_app.files.spreadsheet_cells import is_guarded, unguarded

DELIMITERS = ",;\t|"

#: So many lines may stand before the header: LinkedIn's exports have four, Meta's a title or two.
NOTE_LINES = 20

_FIX = (
    'Put a text with delimiters, quote marks or line breaks into "...", and double each quote mark '
    "in it."
)
_TOO_LONG_FIX = "Shorten it, or close the quote mark that is open."

_SEPARATOR_LINE = re.compile(r'\s*"?sep=(.)"?[,;\t|]*\s*', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Header:
    record: Record
    delimiter: str | None
    columns: Columns


def csv_rows(source: BinaryIO, reading: ReadOptions) -> InputRows:
    """The posts of a CSV file.

    Raises:
        UnreadableSource: no line of its beginning names a column for posts.
    """
    queue = LineQueue(lines(decoded(source, reading)))
    header = _find_header(queue, reading)
    for note in header.columns.notes:
        reading.on_note(note)
    yield from _posts(queue, header)


def kept_columns(source: BinaryIO, reading: ReadOptions) -> list[str]:
    """The columns that are kept under their names, in order, by the header alone.

    Raises:
        UnreadableSource: as :func:`csv_rows`.
    """
    header = _find_header(LineQueue(lines(decoded(source, reading))), reading)
    return list(header.columns.kept)


def _posts(queue: LineQueue, header: _Header) -> Iterator[InputRow]:
    record, columns = header.record, header.columns
    records = RecordReader(queue, header.delimiter, len(record.fields), record.spaced)
    guarded = is_guarded(record.fields)
    for record in records:
        yield _row(record, columns, guarded=guarded)


def _row(record: Record, columns: Columns, *, guarded: bool) -> InputRow:
    if record.fault:
        return unreadable(record.first_line, _refusal(record), _id_of_refused(record, columns))
    if reason := undecodable("\0".join(record.fields)):
        return unreadable(record.first_line, reason)
    fields = tuple(map(unguarded, record.fields)) if guarded else record.fields
    text = fields[columns.text]
    return InputRow(
        record.first_line,
        None if columns.id is None else fields[columns.id],
        _joined_lines(text) if columns.wraps_lines else text,
        fields=columns.fields_of(fields) if columns.takes_more else {},
    )


def _joined_lines(text: str) -> str:
    """The text of a column in which each line stands in quote marks of its own."""
    breaks = text.count("\n")
    return text.replace('"\n"', "\n") if breaks and text.count('"\n"') == breaks else text


def _id_of_refused(record: Record, columns: Columns) -> str | None:
    """The id of a record of another width, by which a person finds it; it may be another field."""
    fields = record.fields
    if columns.id is None or len(fields) <= columns.id or undecodable(fields[columns.id]):
        return None
    return fields[columns.id]


def _refusal(record: Record) -> str:
    first, last = record.first_line, record.last_line
    place = f"Line {first:,} is" if first == last else f"Lines {first:,} to {last:,} are"
    too_long = record.fault == TOO_LONG
    return f"{place} not read: {record.fault}. {_TOO_LONG_FIX if too_long else _FIX}"


def _find_header(queue: LineQueue, reading: ReadOptions) -> _Header:
    notes: list[Record] = []
    separator = _separator_line(queue)
    while len(notes) <= NOTE_LINES and skip_blank_lines(queue):
        if header := _header(queue, separator, reading, first=not notes):
            _check_notes(notes, header, reading)
            return header
        notes.append(_note(queue, separator))
    raise UnreadableSource(_no_header(notes, reading))


def _separator_line(queue: LineQueue) -> str | None:
    """The delimiter that a first line such as ``sep=;`` names; the line is taken away."""
    numbered = queue.take()
    if numbered is None:
        return None
    if named := _SEPARATOR_LINE.fullmatch(numbered[1] or ""):
        return named[1]
    queue.put_back([numbered])
    return None


def _header(
    queue: LineQueue, separator: str | None, reading: ReadOptions, *, first: bool
) -> _Header | None:
    """The next line as a header, read by the delimiter that gives most columns."""
    headers = [_header_by(queue, d, reading) for d in (separator or DELIMITERS)]
    best = max(filter(None, headers), key=lambda h: len(h.record.fields), default=None)
    if best is None or (len(best.record.fields) == 1 and not first):
        return None
    read_record(queue, best.delimiter)
    one_column = len(best.record.fields) == 1 and not separator
    return replace(best, delimiter=None) if one_column else best


def _header_by(queue: LineQueue, delimiter: str, reading: ReadOptions) -> _Header | None:
    record = read_record(queue, delimiter)
    queue.put_back(record.lines)
    columns = None
    if not record.fault:
        columns = choose_columns(record.fields, reading)
    return _Header(record, delimiter, columns) if columns else None


def _note(queue: LineQueue, separator: str | None) -> Record:
    record = read_record(queue, separator or ",")
    queue.put_back(record.lines[1:] if record.fault else ())
    return record


def _check_notes(notes: list[Record], header: _Header, reading: ReadOptions) -> None:
    """Refuse to take for notes what may be rows of the table.

    Raises:
        UnreadableSource: a line above the header has its columns.
    """
    for note in notes:
        again = read_record(LineQueue(line for _, line in note.lines), header.delimiter)
        if len(again.fields) == len(header.record.fields):
            raise UnreadableSource(
                f"Line {note.first_line:,} has as many columns as the header in line "
                f"{header.record.first_line:,}, and would be lost: put the header first, or name "
                f"the column of the posts in the first line with {reading.option('text-column')}."
            )
    if notes:
        first, last = notes[0].first_line, notes[-1].last_line
        lines_read = f"Line {first:,} is" if first == last else f"Lines {first:,} to {last:,} are"
        reading.on_note(f"{lines_read} taken for notes above the header, not for posts.")


def _no_header(notes: list[Record], reading: ReadOptions) -> str:
    named = ", ".join(map(repr, notes[0].fields[:20])) if notes else "nothing"
    wanted = f"'{reading.text_column}'" if reading.text_column else "'text'"
    return (
        f"The CSV has no column {wanted}, nor another usual name for posts; its first line names: "
        f"{named}, read with a comma as its separator. Write a first line such as id,text, or name "
        f"the column with {reading.option('text-column')}."
    )
