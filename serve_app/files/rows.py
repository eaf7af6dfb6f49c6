"""What every reader gives: posts, and reasons where there is none; and what it may be told."""

import hashlib
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

Format = Literal["txt", "csv", "jsonl", "json", "xlsx"]

FORMATS: tuple[Format, ...] = get_args(Format)

#: A row, or a whole text file, longer than this is not read into memory: it is no post
#: (the longest has 20,000 characters, at most 12 each as escaped JSON).
ROW_LIMIT_CHARACTERS = 2**20

#: Stands for what is no character of the source's encoding, where no single byte is to blame.
NO_CHARACTER = "\udfff"

_SURROGATE = re.compile("[\ud800-\udfff]")


class InputRow(NamedTuple):
    """One post, or the reason why there is none.

    Attributes:
        line: where the row begins in its source, from 1.
        id: as the source has it, of whatever JSON type; None where it has none.
        text: the post; None where ``reason`` says why not.
        reason: what is wrong with the row, and what to do.
        fields: of those that were asked for, what the row has: as it stands there.
    """

    line: int
    id: Any
    text: str | None
    reason: str | None = None
    fields: Mapping[str, Any] = MappingProxyType({})

    def update(self, checksum: "hashlib._Hash") -> None:
        """Make the checksum of a source depend on this row."""
        content = [self.line, self.id, self.text, self.reason]
        checksum.update(repr(content).encode("utf-8", "backslashreplace"))


class UnreadableSource(Exception):
    """There is nothing to read posts from; the message says why and what to do."""


#: Rows as they are read; closing it lets go of the stream without closing that.
InputRows = Generator[InputRow, None, None]

#: Is told what was taken for granted in reading, for a person to check.
OnNote = Callable[[str], None]


def _ignore(note: str) -> None:
    """The note is of no interest."""


@dataclass(frozen=True, slots=True)
class FurtherFields:
    """What is read of a post beside its text and id.

    Attributes:
        columns: by field, the column or member that holds it, as :class:`ReadOptions` names them.
            Of a field that is not here, the usual names do; "" is for none.
        kept: columns that are kept under their names, as members of ``metadata``; ``*`` is all that
            nothing else is read from.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    kept: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a source is read.

    Attributes:
        format: what it is.
        text_column: the column or member that holds the posts, where the usual names do not do;
            ``a.b`` is the member b of the object a.
        id_column: likewise for ids.
        encoding: of its characters, where it is not to be told from them.
        on_note: see :data:`OnNote`.
        further: what else is read; None is no more.
        over_http: whoever reads the messages chooses by query parameters, not on a command line.
    """

    format: Format
    text_column: str | None = None
    id_column: str | None = None
    encoding: str | None = None
    on_note: OnNote = _ignore
    further: FurtherFields | None = None
    over_http: bool = False

    def option(self, name: str) -> str:
        """How a person writes a choice such as ``text-column``."""
        return f"?{name.replace('-', '_')}=" if self.over_http else f"--{name.replace('_', '-')}"

    @property
    def identity(self) -> tuple[str | None, ...]:
        """What must be equal for two readings of one source to give the same rows."""
        return (self.format, self.text_column, self.id_column, self.encoding)


def unreadable(line: int, reason: str, post_id: Any = None) -> InputRow:
    """The row that says why it holds no post."""
    return InputRow(line, post_id, None, reason)


def undecodable(content: str) -> str | None:
    """What in ``content`` came from no character of the source's encoding, or None."""
    found = _SURROGATE.search(content)
    if found is None:
        return None
    place, code = f"Character {found.start() + 1:,} of the row", ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # how surrogateescape keeps a byte
        byte = f"the byte 0x{code - 0xDC00:02x}, which is not UTF-8"
        return f"{place} is {byte}; save the file as UTF-8."
    if found[0] == NO_CHARACTER:
        return f"{place} is none in the encoding of the file; save it as UTF-8."
    return f"{place} is half a surrogate pair (U+{code:04X}); write the whole character."
