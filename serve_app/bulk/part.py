"""A part: a stretch of the rows of one file, as it passes from reading through analysis to disk."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

import orjson
import pyarrow as pa

from deployments.text.document import digest

#: Columns that reading adds, behind the prefix: the file of the row, relative to the input, and its
#: place there from 1 (of CSV and JSONL the line it begins on).
FILE, ROW = "file", "row"
#: Of CSV and JSONL: why a row could not be read. Analysis takes it off again. No prefix and no
#: name that people give a column makes this one.
UNREADABLE = "postlens\0unreadable"

_TABLE = pa.large_binary()
_SCHEMA = pa.schema([("part", pa.string()), ("table", _TABLE)])


@dataclass(slots=True)
class BulkPart:
    """One part and what is known of it.

    Attributes:
        name: of its file in the output, without the ending; of a failure that of the input file.
        file: of the input, relative to it.
        key: over its texts' digests, its other columns and the versions of the models.
        text_column: that has the posts.
        versions: of the models, see :attr:`BulkJob.model_versions`.
        rows: how many it has.
        input_bytes: of the file that it was read from: how far the work is.
        earlier: it was finished by an earlier run.
        problems: rows refused, by the type of their problem.
        incomplete: rows of which an analysis gave no answer (failed).
        began_at: when its analysis did, in seconds since 1970 by the node's clock.
        ended_at: likewise.
        node: of Ray, that analysed it.
        failure: why the rest of the input file could not be read.
        notes: what a person should know of how the file was read.
        table: its rows; None where there are none to pass on.
    """

    name: str
    file: str
    key: str = ""
    text_column: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    input_bytes: int = 0
    earlier: bool = False
    problems: dict[str, int] = field(default_factory=dict)
    incomplete: int = 0
    began_at: float = 0.0
    ended_at: float = 0.0
    node: str = ""
    failure: str = ""
    notes: Sequence[str] = ()
    table: pa.Table | None = None

    @property
    def failed(self) -> int:
        """Rows that were refused."""
        return sum(self.problems.values())

    def to_batch(self) -> pa.Table:
        """A table of one row, in which Ray carries it: so no part is cut or joined with others."""
        packed = None if self.table is None else _packed(self.table)
        return pa.table(
            {"part": [orjson.dumps(self.record()).decode()], "table": [packed]}, _SCHEMA
        )

    def record(self) -> dict[str, Any]:
        """All of it but its rows, as JSON."""
        names = (each.name for each in fields(self) if each.name != "table")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`record`."""
        return cls(**record)

    @classmethod
    def from_batch(cls, batch: pa.Table) -> Self:
        """The inverse of :meth:`to_batch`."""
        [row] = batch.to_pylist()
        return cls.from_row(row)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Likewise, of the one row of the batch."""
        part = cls.from_record(orjson.loads(row["part"]))
        if row["table"] is not None:
            part.table = pa.ipc.open_stream(row["table"]).read_all()
        return part


def part_key(table: pa.Table, text_column: str, versions: Mapping[str, str]) -> str:
    """What changes whenever the part's output could: SHA-256 in hexadecimal.

    Over the digest of each text, the values of all other columns, and the versions of the models.
    """
    key = hashlib.sha256(orjson.dumps(sorted(versions.items())))
    for text in table.column(text_column).to_pylist():
        key.update((digest(text) if isinstance(text, str) else repr(text)).encode())
    others = table.drop_columns([text_column])
    key.update(repr((text_column, str(others.schema), others.to_pylist())).encode())
    return key.hexdigest()


def count_problems(types: Sequence[str | None]) -> dict[str, int]:
    """How many there are of each type of problem; None is no problem."""
    return dict(Counter(each for each in types if each is not None))


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content
