"""Cells of CSV that a spreadsheet takes for text.

A cell that begins with one of ``= + - @``, tab or carriage return may run as a formula when
the file is opened (OWASP, "CSV Injection"); an apostrophe before it keeps it text. One more
apostrophe is put before such a cell that has some already, so that taking one off gives back
what was there.
"""

import re
from collections.abc import Sequence
from typing import Any

from serve_app.files.csv_columns import COLUMNS
from serve_app.files.post_columns import is_post_table

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def guarded(value: Any) -> Any:
    """The value of a cell, safe to open in a spreadsheet; numbers stay numbers."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def unguarded(cell: str) -> str:
    """What :func:`guarded` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def is_guarded(header: Sequence[str]) -> bool:
    """Whether it is the header of our own output, whose cells are guarded."""
    return tuple(header[: len(COLUMNS)]) == COLUMNS or is_post_table(header)
