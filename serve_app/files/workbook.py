"""A workbook of a spreadsheet: the posts of its first sheet that has a header for them.

python-calamine reads it (MIT, Rust, also .xls and .ods; openpyxl took 39 s where it takes
1.6 s for 100,000 rows). It holds the sheet in memory, so the size of a workbook is bounded.
"""

import zipfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from serve_app.files.columns import Columns, choose_columns
from serve_app.files.csv_table import NOTE_LINES
from serve_app.files.rows import (
    InputRow,
    InputRows,
    ReadOptions,
    UnreadableSource,
    undecodable,
    unreadable,
)

#: Unpacked; twice to three times that is needed in memory. Larger tables: as CSV.
WORKBOOK_LIMIT_BYTES = 512 * 2**20

#: A spreadsheet's numbers have 15 digits; what follows is zeros.
_EXACT_LIMIT = 10**15


def workbook_rows(source: BinaryIO, reading: ReadOptions) -> InputRows:
    """The posts of a workbook; a row's line is its number in the sheet.

    Raises:
        UnreadableSource: it is no workbook, too large, or no sheet has a column for posts.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    _check_size(source)
    try:
        workbook = CalamineWorkbook.from_filelike(source)
        sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
    except CalamineError as error:
        raise UnreadableSource(f"The workbook cannot be read: {error}.") from error
    for sheet in sheets:
        rows = enumerate(sheet.iter_rows(), start=1)
        if columns := _find_header(rows, reading):
            others = [other.name for other in sheets if other is not sheet and other.height]
            _say(reading, sheet.name, others, columns)
            yield from (
                _row(line, cells, columns) for line, cells in rows if any(map(_text, cells))
            )
            return
    raise UnreadableSource(
        "No sheet of the workbook has a column 'text', nor another usual name for posts; name the "
        f"column with {reading.option('text-column')}."
    )


def _check_size(source: BinaryIO) -> None:
    if not source.seekable():
        raise UnreadableSource("A workbook is read from a file, not from a stream; name the file.")
    if not zipfile.is_zipfile(source):
        source.seek(0)
        return  # .xls, or no workbook at all
    source.seek(0)
    with zipfile.ZipFile(source) as packed:
        size_bytes = sum(part.file_size for part in packed.infolist())
    source.seek(0)
    if size_bytes > WORKBOOK_LIMIT_BYTES:
        raise UnreadableSource(
            f"The workbook has {size_bytes:,} bytes unpacked; the limit is "
            f"{WORKBOOK_LIMIT_BYTES:,}. Save the sheet as CSV (UTF-8), which has none."
        )


def _find_header(
    rows: Iterator[tuple[int, Sequence[object]]], reading: ReadOptions
) -> Columns | None:
    """The columns that the first rows name; those rows are taken."""
    notes: list[int] = []  # how many cells each row above the header fills
    for line, cells in rows:
        header = [_text(cell) for cell in cells]
        filled = sum(map(bool, header))
        if not filled:
            continue
        columns = choose_columns(header, reading)
        if columns and (filled > 1 or not notes):
            _check_notes(max(notes, default=0), filled, line, reading)
            return columns
        notes.append(filled)
        if len(notes) > NOTE_LINES:
            break
    return None


def _check_notes(widest: int, filled: int, line: int, reading: ReadOptions) -> None:
    """Refuse to take for notes what may be rows of the table.

    Raises:
        UnreadableSource: a row above the header has as many cells.
    """
    if widest >= filled:
        raise UnreadableSource(
            f"A row above the header in row {line:,} has as many cells, and would be lost: put the "
            "header first, or name the column of the posts in the first row with "
            f"{reading.option('text-column')}."
        )


def _say(reading: ReadOptions, sheet: str, others: list[str], columns: Columns) -> None:
    if others:
        reading.on_note(f"The posts are read from the sheet '{sheet}', not {', '.join(others)}.")
    for note in columns.notes:
        reading.on_note(note)


def _row(line: int, cells: Sequence[object], columns: Columns) -> InputRow:
    text = _text(cells[columns.text])
    cell = None if columns.id is None else cells[columns.id]
    if isinstance(cell, float) and abs(cell) >= _EXACT_LIMIT:
        return unreadable(
            line,
            "The id is a number of more than 15 digits, which the spreadsheet has rounded; format "
            "the column as text before the ids are put in.",
        )
    post_id = None if cell is None else _text(cell)
    texts = [_text(cell) for cell in cells] if columns.takes_more else []
    if reason := undecodable("\0".join((text, str(post_id), *texts))):
        return unreadable(line, reason)
    fields = columns.fields_of(texts) if texts else {}
    return InputRow(line, post_id, text, fields=fields)


def _text(cell: object) -> str:
    """A cell as a person sees it: a whole number without a decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
