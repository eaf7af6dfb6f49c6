"""Lines of a table cut into records, strictly: what is no record of its width is refused.

After RFC 4180: a field may be quoted; inside, a quote mark is doubled, and the delimiter and
line ends are text. Some exporters write ``\\"`` instead of doubling: a record that is none by the
first reading is tried by that one. Python's ``csv`` module is not used, since it takes in
silence what cannot be told apart: quote marks inside unquoted fields, records of any width,
and (without ``strict``) the rest of a file after a quote that is never closed.

Every line of the source is in a record: in its fields, or among the lines that one refuses.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from serve_app.files.rows import ROW_LIMIT_CHARACTERS

_QUOTE = re.compile('"')
_QUOTE_OR_BACKSLASH = re.compile(r'["\\]')
_QUOTE_AFTER_BLANKS = re.compile(' *"')


#: The fault of a record that is not read to its end.
TOO_LONG = f"it is longer than {ROW_LIMIT_CHARACTERS:,} characters"
_UNCLOSED = "its quote mark is never closed"
_WIDTH = "it has"

NumberedLine = tuple[int, str | None]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table.

    Attributes:
        lines: of the source, with their numbers; None for one that is too long.
        fields: as many as the table has columns, or what could be read.
        fault: why it is refused; empty where it is not.
        unclosed: it is refused for a quote whose end is not in sight.
        spaced: an unquoted field begins with a blank, as after a comma in prose.
    """

    lines: tuple[NumberedLine, ...]
    fields: tuple[str, ...]
    fault: str = ""
    unclosed: bool = False
    spaced: bool = False

    @property
    def first_line(self) -> int:
        """Where it begins, from 1."""
        return self.lines[0][0]

    @property
    def last_line(self) -> int:
        """Where it ends."""
        return self.lines[-1][0]


class Malformed(ValueError):
    """The characters are no record; the message says why."""


class LineQueue:
    """Lines with their numbers, of which some may be put back."""

    def __init__(self, lines: Iterable[str | None]) -> None:
        self._lines = enumerate(lines, start=1)
        self._returned: deque[NumberedLine] = deque()

    def take(self) -> NumberedLine | None:
        """The next line and its number; None at the end. A line too long is None."""
        return self._returned.popleft() if self._returned else next(self._lines, None)

    def put_back(self, lines: Iterable[NumberedLine]) -> None:
        """Have these lines, in order, come next again."""
        self._returned.extendleft(reversed(tuple(lines)))


class _Fields:
    """The fields of one record, put together line by line."""

    def __init__(self, delimiter: str | None, escapes: bool) -> None:
        self._delimiter = delimiter
        self._escapes = escapes
        self._mark = _QUOTE_OR_BACKSLASH if escapes else _QUOTE
        self._quoted: list[str] = []
        self.fields: list[str] = []
        self.open = False
        self.spaced = False

    def add(self, line: str) -> None:
        """Take in a line, of which there are more to come while :attr:`open`."""
        content = line.removesuffix("\n").removesuffix("\r")
        position: int | None = 0
        if self.open:
            position = self._quoted_field(line, content, 0)
        while position is not None:
            position = self._field(line, content, position)

    def _field(self, line: str, content: str, position: int) -> int | None:
        """Read the field at ``position``; where the next one begins, or None."""
        if quote := _QUOTE_AFTER_BLANKS.match(content, position):
            return self._quoted_field(line, content, quote.end())
        end = content.find(self._delimiter, position) if self._delimiter else -1
        field = content[position:] if end < 0 else content[position:end]
        if self._delimiter in (",", ";") and field.count('"') % 2:
            raise Malformed("a quote mark stands alone in a field without quotes")
        self.spaced |= position > 0 and field[:1] == " "
        self.fields.append(field)
        return None if end < 0 else end + 1

    def _quoted_field(self, line: str, content: str, position: int) -> int | None:
        self.open = True
        while mark := self._mark.search(content, position):
            start, following = mark.start(), content[mark.end() : mark.end() + 1]
            escapes = following == '"' or (mark[0] == "\\" and following == "\\")
            self._quoted.append(content[position:start])
            position = mark.end() + escapes
            if escapes:
                self._quoted.append(following)
            elif mark[0] == "\\":
                self._quoted.append("\\")
            else:
                return self._close(content, position)
        self._quoted.append(line[position:])
        return None

    def _close(self, content: str, position: int) -> int | None:
        self.fields.append("".join(self._quoted))
        self._quoted.clear()
        self.open = False
        rest = content[position:]
        if not rest.strip(" "):
            return None
        end = content.find(self._delimiter, position) if self._delimiter else -1
        if end < 0 or content[position:end].strip(" "):
            raise Malformed("text follows the closing quote mark of a field")
        return end + 1


def read_record(queue: LineQueue, delimiter: str | None, *, escapes: bool = False) -> Record:
    """The record that begins with the next line; there must be one.

    Args:
        queue: the lines; those of the record are taken.
        delimiter: None where a line is a field.
        escapes: a backslash, not a quote mark, escapes a quote mark.
    """
    record = _Fields(delimiter, escapes)
    lines: list[NumberedLine] = []
    size = 0
    while (numbered := queue.take()) is not None:
        lines.append(numbered)
        line = numbered[1]
        size += len(line or "")
        if line is None or size > ROW_LIMIT_CHARACTERS:
            return Record(tuple(lines), (), TOO_LONG, unclosed=True)
        try:
            record.add(line)
        except Malformed as error:
            return Record(tuple(lines), tuple(record.fields), str(error))
        if not record.open:
            return Record(tuple(lines), tuple(record.fields), spaced=record.spaced)
    return Record(tuple(lines), tuple(record.fields), _UNCLOSED, unclosed=True)


class RecordReader:
    """The records of a table below its header.

    Args:
        queue: the lines.
        delimiter: None where the table has one column: then a line is a field.
        width: how many columns there are.
        spaced: fields begin with a blank after the delimiter, as the header's do.
    """

    def __init__(self, queue: LineQueue, delimiter: str | None, width: int, spaced: bool) -> None:
        self._queue = queue
        self._delimiter = delimiter
        self._width = width
        self._spaced = spaced

    def __iter__(self) -> Iterator[Record]:
        refused: Record | None = None
        while record := self._next():
            if not record.fault and refused and self._looks_like_the_rest(record, refused):
                fault = f"it looks like the rest of line {refused.last_line:,}, which is refused"
                record = replace(record, fault=fault)
            if record.fault and refused and refused.unclosed:
                refused = replace(refused, lines=(refused.lines[0], record.lines[-1]))
                continue
            if refused:
                yield refused
            refused = record if record.fault else None
            if not refused:
                self._spaced |= record.spaced
                yield record
        if refused:
            yield refused

    def _looks_like_the_rest(self, record: Record, refused: Record) -> bool:
        """Prose has a blank after its commas, a table has none after its delimiters."""
        if self._width == 1:
            return refused.fault == TOO_LONG
        return record.spaced and not self._spaced

    def _next(self) -> Record | None:
        """The next record, sound or refused; None at the end of the table."""
        if not skip_blank_lines(self._queue, blanks_count=self._width == 1):
            return None
        record = self._read(escapes=False)
        if record.fault and any('\\"' in (line or "") for _, line in record.lines):
            record = self._read_with_escapes(record)
        if record.fault and not record.fault.startswith(_WIDTH):
            # Where the text really ends cannot be told; the next line may begin a sound record.
            self._queue.put_back(record.lines[1:])
            return replace(record, lines=record.lines[:1])
        return record

    def _read_with_escapes(self, record: Record) -> Record:
        self._queue.put_back(record.lines)
        other = self._read(escapes=True)
        if not other.fault:
            return other
        self._queue.put_back(other.lines)
        return self._read(escapes=False)

    def _read(self, *, escapes: bool) -> Record:
        record = read_record(self._queue, self._delimiter, escapes=escapes)
        if record.fault or len(record.fields) == self._width:
            return record
        fault = f"{_WIDTH} {len(record.fields)} fields, and the header {self._width} columns"
        return replace(record, fault=fault)


def skip_blank_lines(queue: LineQueue, *, blanks_count: bool = False) -> bool:
    """Whether a line is left that is not empty.

    Args:
        queue: the lines; empty ones are taken.
        blanks_count: a line of blanks is not empty: in one column it may be a text.
    """
    while numbered := queue.take():
        line = numbered[1]
        if line is None or (line.strip("\r\n") if blanks_count else line.strip()):
            queue.put_back([numbered])
            return True
    return False
