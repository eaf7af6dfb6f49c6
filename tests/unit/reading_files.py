"""Reads bytes as the command line would, for the tests of the readers."""

import io
from typing import Any

from serve_app.files.formats import read_rows
from serve_app.files.rows import Format, ReadOptions


class Read:
    """The rows of some bytes, and the notes said about them."""

    def __init__(self, content: bytes, format: Format, **choices: Any) -> None:
        self.notes: list[str] = []
        reading = ReadOptions(format, on_note=self.notes.append, **choices)
        self.rows = list(read_rows(io.BufferedReader(io.BytesIO(content)), reading))

    @property
    def posts(self) -> list[tuple[Any, str | None]]:
        """Id and text of each row."""
        return [(row.id, row.text) for row in self.rows]

    @property
    def texts(self) -> list[str]:
        """The texts of the rows that have one."""
        return [row.text for row in self.rows if row.text is not None]

    @property
    def reasons(self) -> dict[int, str]:
        """Why rows are refused, by their lines."""
        return {row.line: row.reason for row in self.rows if row.reason}
