"""The rows of a file as posts to be written, or as problems, batch by batch.

Blocks while it reads: to be called in one thread. Knows no HTTP and no database.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from serve_app.errors import InvalidRequest
from serve_app.files.columns import FURTHER_NAMES
from serve_app.files.formats import format_of_beginning, read_unpacked
from serve_app.files.post_fields import FieldFault, post_fields
from serve_app.files.rows import Format, FurtherFields, InputRow, ReadOptions, UnreadableSource
from serve_app.files.timestamps import DateOrder
from serve_app.posts.content import MAX_NAME_CHARACTERS, PostContent, validate_content
from serve_app.posts.plain_rows import plain_content
from serve_app.posts.row_ids import RowIds
from serve_app.problems import Problem, pointer_to, problem
from serve_app.request.fields import invalid_request

BATCH_ROWS = 1_000
#: A batch is closed beyond so many characters of texts.
BATCH_CHARACTERS = 2_000_000
MAX_ROWS = 10_000_000
#: Notes about a file are few; this bounds what a strange one may have said of it.
_MAX_NOTES = 20

#: What becomes of rows without an id: known again by their digest, or new every time.
WithoutId = Literal["digest", "new"]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is read for an import.

    Attributes:
        format: what it is; None is to be told from its beginning.
        encoding: None is to be told from its bytes.
        text_column: None is by the usual names.
        external_id_column: likewise.
        further: what else is read.
        date_order: of dates such as 05/06/2024.
        without_id: what becomes of rows without an id.
    """

    format: Format | None
    encoding: str | None = None
    text_column: str | None = None
    external_id_column: str | None = None
    further: FurtherFields = field(default_factory=FurtherFields)
    date_order: DateOrder | None = None
    without_id: WithoutId = "digest"


class ReadRow(NamedTuple):
    """A row of the file.

    Attributes:
        number: from 1.
        line: where it begins in the file, from 1.
        external_id: as it is shown; None where the row has none.
        content: the post; None where ``problem`` says why not.
    """

    number: int
    line: int
    external_id: str | None
    content: PostContent | None
    problem: Problem | None


class RowReader:
    """Reads one file.

    Attributes:
        notes: what was taken for granted, for a person to check.
        failure: why the rows end before the file does; None where they do not.
    """

    def __init__(self, open_file: Callable[[], io.BufferedReader], options: ImportOptions) -> None:
        self.notes: list[str] = []
        self.failure: Problem | None = None
        self._open = open_file
        self._options = options
        self._ids = RowIds()
        self._numbered: Iterator[tuple[int, InputRow]] | None = None

    def next_batch(self) -> list[ReadRow]:
        """The next rows; empty at the end, and behind a failure."""
        batch: list[ReadRow] = []
        characters = 0
        try:
            for number, row in () if self.failure else self._numbered_rows():
                if number > MAX_ROWS:
                    raise UnreadableSource(f"The file has more than {MAX_ROWS:,} rows.")
                batch.append(self._read(number, row))
                characters += len(row.text or "")
                if len(batch) == BATCH_ROWS or characters > BATCH_CHARACTERS:
                    break
        except UnreadableSource as error:
            self.failure = problem("unreadable-file", str(error))
        return batch

    def close(self) -> None:
        """Let go of what was read; the file is its opener's to close."""
        self._ids.close()

    def _numbered_rows(self) -> Iterator[tuple[int, InputRow]]:
        if self._numbered is None:
            options = self._options
            source = self._open()
            reading = ReadOptions(
                options.format or format_of_beginning(source.peek()),
                options.text_column,
                options.external_id_column,
                options.encoding,
                on_note=self._note,
                further=options.further,
                over_http=True,
            )
            self._numbered = enumerate(read_unpacked(source, reading), start=1)
        return self._numbered

    def _read(self, number: int, row: InputRow) -> ReadRow:
        try:
            content = self._content(row)
        except InvalidRequest as error:
            refusal = self._with_way_out(error.problem)
            return ReadRow(number, row.line, _shown(row.id), None, refusal)
        return ReadRow(number, row.line, content.external_id, content, None)

    def _content(self, row: InputRow) -> PostContent:
        content = plain_content(row) or self._validated(row)
        if content.external_id is None and self._options.without_id == "digest":
            return replace(content, external_id=self._ids.id_of(content))
        return content

    def _validated(self, row: InputRow) -> PostContent:
        if row.reason:
            raise InvalidRequest(problem("unreadable-row", row.reason))
        try:
            fields = post_fields(row, self._options.date_order)
        except FieldFault as fault:
            raise invalid_request(
                "unknown-value", fault.reason, pointer_to(fault.field), fix=fault.fix
            ) from None
        return validate_content(fields)

    def _with_way_out(self, refusal: Problem) -> Problem:
        """The problem; where a column was guessed, with how to leave it out."""
        name = (refusal.pointer or "").partition("/")[2].partition("/")[0]
        if name not in FURTHER_NAMES or name in self._options.further.columns:
            return refusal
        way_out = f"Or leave the column out: ?{name}_column= without a name."
        return replace(refusal, fix=f"{refusal.fix} {way_out}")

    def _note(self, note: str) -> None:
        if len(self.notes) < _MAX_NOTES:
            self.notes.append(note)


def _shown(row_id: Any) -> str | None:
    """An id by which a person finds a refused row."""
    return str(row_id)[:MAX_NAME_CHARACTERS] if isinstance(row_id, (str, int)) else None
