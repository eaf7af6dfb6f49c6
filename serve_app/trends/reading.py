"""What the tables hold of a trend: read in one statement, decoded apart from it.

Knows no measure: gives rows, and sums of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from serve_app.store.connection import Connection, QueryRow
from serve_app.store.queries import query
from serve_app.trends.block import decode_block
from serve_app.trends.delta import delta_table
from serve_app.trends.layouts import END, LAYOUTS
from serve_app.trends.merging import month_of
from serve_app.trends.table import Table

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one kind, from the first to before the last."""

    kind: str
    first: str = ""
    last: str = END

    @classmethod
    def one(cls, kind: str, name: str) -> "Names":
        """A single name; no other is less than it with U+0001 behind, for none holds U+0000."""
        return cls(kind, name, name + "\1")

    @classmethod
    def prefixed(cls, kind: str, prefix: str) -> "Names":
        """All names that begin with a prefix."""
        return cls(kind, prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1))


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows of trends as they are stored.

    Attributes:
        tables: by kind; each sorted, and each name in one of a run at most.
        runs: by kind, the run that each table is of; of the deltas that wait, one of their own.
    """

    tables: Mapping[str, Sequence[Table]]
    runs: Mapping[str, Sequence[int]]


async def read(
    connection: Connection, workspace: int, names: Sequence[Names], since: int, until: int
) -> Sequence[QueryRow]:
    """The stored rows, as :func:`decoded` takes them.

    Args:
        connection: within a transaction.
        workspace: whose.
        names: what to read; further names may come along.
        since, until: the first quarter of an hour, and the one after the last.
    """
    columns = list(zip(*((each.kind, each.first, each.last) for each in names), strict=True))
    months = month_of(np.array([since, until - 1])).tolist()
    return await connection.fetch(
        query("read_trends", _FOLDER), workspace, *map(list, columns), *months
    )


def decoded(rows: Sequence[QueryRow]) -> Stored:
    """The tables of stored rows; takes some 0.3 ms for each."""
    tables: dict[str, list[Table]] = defaultdict(list)
    deltas: dict[str, list[bytes]] = defaultdict(list)
    numbers: dict[tuple[int, int], int] = {}
    runs: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row["run"] is None:
            deltas[row["kind"]].append(row["body"])
        else:
            tables[row["kind"]].append(decode_block(row["body"]))
            run = row["month"], row["run"]
            runs[row["kind"]].append(numbers.setdefault(run, len(numbers)))
    for kind, bodies in deltas.items():
        tables[kind].append(delta_table(LAYOUTS[kind], bodies))
        runs[kind].append(len(numbers))
    return Stored(tables, runs)
