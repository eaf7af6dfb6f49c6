"""A spreadsheet as lines of JSON, which the service imports: it reads no spreadsheets itself."""

import tempfile
from array import array
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from serve_app.client.posts.transfer import ImportOptions
from serve_app.files.columns import FURTHER_NAMES
from serve_app.files.formats import read_rows
from serve_app.files.post_fields import FieldFault, post_fields
from serve_app.files.rows import FurtherFields, InputRow, ReadOptions
from serve_app.problems import PROBLEM_TYPES, pointer_to, problem


class WorkbookLines:
    """The rows of a workbook, in a file that is gone at the end of the context.

    Attributes:
        file: a post on each line, as the API takes it.
        options: those that are left for the service.
        notes: what was taken for granted in reading.
        refused: rows that hold no post, as an import answers them.
    """

    def __init__(self, path: Path, options: ImportOptions) -> None:
        """Read the workbook.

        Args:
            path: of the workbook.
            options: how it is read.

        Raises:
            UnreadableSource: it is no workbook, or no sheet has a column for posts.
        """
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - __exit__ closes it
        self.options: ImportOptions = {"without_id": options.get("without_id", "digest")}
        self.notes: list[str] = []
        self.refused: list[Mapping[str, Any]] = []
        self._places = array("L")  # row and line of each that is in the file
        with path.open("rb") as workbook:
            rows = read_rows(workbook, self._reading(options))
            for number, row in enumerate(rows, start=1):
                self._add(number, row, options)
        self.size_bytes = self.file.tell()
        self.file.seek(0)

    def place_of(self, row: int) -> dict[str, int]:
        """Where a row of the file stands in the sheet."""
        row, line = self._places[2 * row - 2 : 2 * row]
        return {"row": row, "line": line}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.file.close()

    def _reading(self, options: ImportOptions) -> ReadOptions:
        given: Mapping[str, Any] = options
        columns = {n: given[f"{n}_column"] for n in FURTHER_NAMES if f"{n}_column" in given}
        return ReadOptions(
            "xlsx",
            options.get("text_column"),
            options.get("external_id_column"),
            on_note=self.notes.append,
            further=FurtherFields(columns, options.get("keep_column", ())),
        )

    def _add(self, number: int, row: InputRow, options: ImportOptions) -> None:
        if row.reason:
            self._refuse(number, row, "unreadable-row", row.reason)
            return
        date_order: Any = options.get("date_order")
        try:
            fields = post_fields(row, date_order)
        except FieldFault as fault:
            self._refuse(number, row, "unknown-value", fault.reason, fault.field, fault.fix)
            return
        self.file.write(orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE))
        self._places.extend((number, row.line))

    def _refuse(
        self, number: int, row: InputRow, slug: str, detail: str, field: str = "", fix: str = ""
    ) -> None:
        pointer = pointer_to(field) if field else None
        refusal = problem(slug, detail, pointer=pointer, fix=fix or PROBLEM_TYPES[slug].fix)
        self.refused.append(
            {
                "row": number,
                "line": row.line,
                "status": refusal.type.status,
                "external_id": None if row.id is None else str(row.id),
                "error": refusal.as_dict(None),
            }
        )
