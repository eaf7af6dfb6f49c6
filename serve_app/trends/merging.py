"""Runs of blocks, and which of them are merged: a log-structured merge tree for each month.

After O'Neil, Cheng, Gawlick and O'Neil, "The Log-Structured Merge-Tree" (1996). Because trends are
sums, a run may be merged with any other, and what was removed meets what was added. Pure: knows no
database.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from serve_app.trends.block import decode_block, encode_block
from serve_app.trends.delta import delta_table
from serve_app.trends.layouts import END, LAYOUTS, QUARTER_S
from serve_app.trends.table import Integers, Table, total

#: A run is merged with those behind it once they have a third as many rows: a month then has few
#: runs, and a row is written anew only when it comes into a run four times as large.
_GROWTH = 3

#: Merged at a time, so that it takes seconds and some 100 MB; larger runs stay as they are.
MOST_ROWS = 2**20

#: Merged whenever a post of theirs is deleted.
_REMOVED_AT_ONCE = 2**16

#: Runs of one kind and month are merged with each other.
Part = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks that were written together: the sorted rows of one part.

    Attributes:
        part: its kind and month.
        number: unique in its part.
        rows: how many it has.
    """

    part: Part
    number: int
    rows: int


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a run as a row of the table ``trend_blocks``."""

    kind: str
    month: int
    run: int
    place: int
    first_name: str
    last_name: str
    rows: int
    removes: bool
    body: bytes


def delta_parts(deltas: Iterable[tuple[str, bytes]]) -> dict[Part, Table]:
    """The sum of deltas, each with its kind, in parts."""
    bodies = defaultdict(list)
    for kind, body in deltas:
        bodies[kind].append(body)
    sums = {kind: delta_table(LAYOUTS[kind], each) for kind, each in bodies.items()}
    return {(kind, month): part for kind, table in sums.items() for month, part in _by_month(table)}


def absorbed(rows: int, runs: Sequence[Run], *, removing: bool = False) -> list[Run]:
    """Which runs of a part are merged with new rows: the small ones.

    Args:
        rows: how many are new.
        runs: of the part.
        removing: whether the new rows take posts away; then all runs, if they are not large.
    """
    if removing and rows + sum(run.rows for run in runs) <= _REMOVED_AT_ONCE:
        return list(runs)
    chosen = []
    for run in sorted(runs, key=lambda run: run.rows):
        if run.rows > min(rows * _GROWTH, MOST_ROWS):
            break
        chosen.append(run)
        rows += run.rows
    return chosen


def merged(
    part: Part,
    run: int,
    tables: Sequence[Table],
    bodies: Iterable[bytes],
    *,
    names: tuple[str, str] | None = None,
    place: int = 0,
) -> list[Block]:
    """The blocks of a new run, the sum of tables and of blocks of the same part.

    Args:
        part: of all of them.
        run: the number of the new one.
        tables: to be added up.
        bodies: of blocks to be added up.
        names: only rows of names from the first to before the second.
        place: of the first new block in its run.
    """
    layout = LAYOUTS[part[0]]
    added = [*tables, *map(decode_block, bodies)]
    if names:
        added = [table.part(table.named(*names)) for table in added]
    table = total(layout, added)
    edges = [0, *_splits(table), len(table)]
    pieces = (table.part(slice(*each)) for each in pairwise(edges) if each[0] < each[1])
    return [_block(part, run, place + number, piece) for number, piece in enumerate(pieces)]


def stretches(blocks: Sequence[tuple[str, int]], most_rows: int) -> Iterator[tuple[str, str]]:
    """Ranges of names that cover all blocks, of about so many rows each.

    Args:
        blocks: the first name of each, in their order, and its number of rows.
        most_rows: of a range; one with a single name may have more.
    """
    begin, rows = "", 0
    for name, more in blocks:
        if rows and rows + more > most_rows and name > begin:
            yield begin, name
            begin, rows = name, 0
        rows += more
    yield begin, END


def month_of(quarters: Integers) -> Integers:
    """The months since 1970, UTC, in which quarters of an hour since 1970 lie."""
    seconds = quarters.astype(np.int64) * QUARTER_S
    return seconds.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def _by_month(table: Table) -> Iterator[tuple[int, Table]]:
    months = month_of(table.quarters)
    for month in np.unique(months).tolist():
        yield month, table.part(np.flatnonzero(months == month))


def _splits(table: Table) -> list[int]:
    """Where a run is divided: at the first new name after each ``block_rows`` rows.

    So all rows of a name are in one block of a run.
    """
    new_names = np.flatnonzero(np.diff(table.places["name"])) + 1
    multiples = np.arange(table.layout.block_rows, len(table), table.layout.block_rows)
    following = np.searchsorted(new_names, multiples)
    splits: list[int] = np.unique(new_names[following[following < len(new_names)]]).tolist()
    return splits


def removes(table: Table) -> bool:
    """Whether a row takes posts away."""
    return bool(table.number(table.layout.numbers[0]).min() < 0)


def _block(part: Part, run: int, place: int, table: Table) -> Block:
    body = encode_block(table)
    return Block(*part, run, place, *table.ends, len(table), removes(table), body)
