"""Rows of one kind as arrays, and their sum.

Whatever happened to posts is a sum of tables: what was added, less what was removed. Knows no
database and no bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serve_app.trends.layouts import Layout
from serve_app.trends.strings import lower_bound

Integers = NDArray[np.integer[Any]]
Rows = slice | NDArray[Any]
_ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind, those that :func:`total` gives sorted by dimensions and quarter.

    Attributes:
        layout: of the kind.
        dictionaries: the strings of each dimension, by its name.
        places: of each row, by dimension, the place of its string in the dictionary.
        quarters: of each row, when its posts were published.
        numbers: of each row, by name; one that is zero everywhere may be missing.
        compact: whether of squares only what the mean does not tell is in ``numbers``.
        told_ends: the first and the last name, where they are known without the dictionary.
    """

    layout: Layout
    dictionaries: Mapping[str, Sequence[str]]
    places: Mapping[str, Integers]
    quarters: Integers
    numbers: Mapping[str, Integers]
    compact: bool = False
    told_ends: tuple[str, str] | None = None

    @property
    def ends(self) -> tuple[str, str]:
        """The first and the last name of a sorted table, which is not empty."""
        if self.told_ends:
            return self.told_ends
        names = self.dictionaries["name"]
        return names[0], names[-1]

    def __len__(self) -> int:
        return len(self.quarters)

    def number(self, name: str, rows: Rows = _ALL) -> Integers:
        """A number of each row, or of some."""
        count = len(self) if rows is _ALL else len(self.quarters[rows])
        values = self.numbers[name][rows] if name in self.numbers else np.zeros(count, np.int64)
        sums = self.layout.sums_of_squares.get(name) if self.compact else None
        if sums is None:
            return values
        return values + told(*(self.number(each, rows) for each in sums))

    def named(self, first: str, last: str) -> slice:
        """The rows of a sorted table whose name is from ``first`` to before ``last``."""
        names = self.dictionaries["name"]
        places = lower_bound(names, first), lower_bound(names, last)
        start, stop = np.searchsorted(self.places["name"], places)
        return slice(int(start), int(stop))

    def part(self, rows: Rows) -> "Table":
        """Some of the rows, with those strings that they need."""
        dictionaries, places = {}, {}
        for name in self.layout.dimensions:
            used, places[name] = np.unique(self.places[name][rows], return_inverse=True)
            dictionary = self.dictionaries[name]
            dictionaries[name] = [dictionary[place] for place in used.tolist()]
        numbers = {name: self.numbers[name][rows] for name in self.numbers}
        quarters = self.quarters[rows]
        return Table(self.layout, dictionaries, places, quarters, numbers, self.compact)


def told(sums: Integers, counts: Integers) -> Integers:
    """What sum and count tell of the squares: all of them where each post has the mean."""
    wide = sums.astype(np.int64)
    return wide * wide // np.maximum(counts, 1)


def total(layout: Layout, tables: Sequence[Table]) -> Table:
    """The sum: each row once, without rows in which every number is zero."""
    dictionaries, places = {}, {}
    for name in layout.dimensions:
        dictionaries[name], moved = _united([table.dictionaries[name] for table in tables])
        parts = [to[table.places[name]] for to, table in zip(moved, tables, strict=True)]
        places[name] = _joined(parts)
    quarters = _joined([table.quarters for table in tables])
    keys = [*places.values(), quarters]
    order = np.lexsort(keys[::-1])
    starts = _starts([key[order] for key in keys])
    numbers = {
        name: np.add.reduceat(_joined([table.number(name) for table in tables])[order], starts)
        for name in layout.numbers
        if any(_may_have(table, name) for table in tables)
    }
    first = order[starts]
    summed = {name: of[first] for name, of in places.items()}
    sums = Table(layout, dictionaries, summed, quarters[first], numbers)
    return sums.part(_changed(sums))


def _may_have(table: Table, name: str) -> bool:
    """Whether a number may differ from zero somewhere."""
    sums = table.layout.sums_of_squares.get(name, ()) if table.compact else ()
    return any(each in table.numbers for each in (name, *sums))


def _united(dictionaries: Sequence[Sequence[str]]) -> tuple[list[str], list[Integers]]:
    """The sorted union of dictionaries, and for each of them where its strings are in it."""
    lists = [list(each) for each in dictionaries]
    union = sorted(set().union(*lists))
    place = {string: number for number, string in enumerate(union)}
    return union, [np.array([place[string] for string in each], np.int64) for each in lists]


def _joined(parts: Sequence[Integers]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *parts], dtype=np.int64)


def _starts(keys: Sequence[Integers]) -> Integers:
    """Where in sorted keys a new one begins."""
    differs = np.ones(len(keys[0]), bool)
    differs[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return np.flatnonzero(differs)


def _changed(table: Table) -> Rows:
    """The rows in which a number is not zero."""
    changed = np.zeros(len(table), bool)
    for values in table.numbers.values():
        changed |= values != 0
    return changed
