"""Sums over the rows of trends: of some names by bucket, and the names with the most posts.

Knows no measure: names, numbers and edges are given. Pure.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from serve_app.trends.layouts import SEPARATOR
from serve_app.trends.strings import hashes_of, lower_bound, place_of, taken
from serve_app.trends.table import Integers, Table

#: Where each bucket begins, and where the last ends, in quarters of an hour since 1970.
Edges = Sequence[int] | NDArray[np.int64]
#: By name of a number; the first axis is that of names, the second that of buckets.
Sums = Mapping[str, NDArray[np.int64]]

#: A name is counted by so many bits of its hash.
_SKETCH_MASK = 2**21 - 1
#: Few names have so many posts in one table.
_LARGE_SHARE = 16
#: Posts of a name in one table, above which they are not told apart when candidates are chosen.
_MANY_POSTS = 2**16
#: Of the names with the most posts in single tables, so many times as many as are wanted are added
#: up to find a bound.
_CANDIDATES = 4


@dataclass(frozen=True, slots=True)
class SumCondition:
    """Which rows of terms count; None lets all pass.

    Attributes:
        label: of an entity.
        author, tag: of its posts.
    """

    label: str | None = None
    author: str | None = None
    tag: str | None = None

    def passes(self, table: Table) -> NDArray[np.bool_]:
        """Whether each row of a table counts."""
        passing = np.ones(len(table), bool)
        if self.author is not None:
            place = place_of(table.dictionaries["author"], self.author)
            passing &= table.places["author"] == (-1 if place is None else place)
        for dimension, value in (("labels", self.label), ("tags", self.tag)):
            if value is not None:
                joined = table.dictionaries[dimension]
                holding = [value in each and value in each.split(SEPARATOR) for each in joined]
                passing &= np.array(holding, bool)[table.places[dimension]]
        return passing


ANY = SumCondition()


@dataclass(frozen=True, slots=True)
class Tally:
    """Posts of the names of one table.

    Attributes:
        table: whose names they are.
        run: that the table is of; of all its tables one at most has a name.
        posts: the first axis is that of names, the second that of buckets.
    """

    table: Table
    run: int
    posts: NDArray[np.int64]

    def names(self, places: Integers) -> list[str]:
        """The names at some places."""
        return taken(self.table.dictionaries["name"], places)


def sums_by_bucket(
    tables: Iterable[Table],
    names: Sequence[str],
    numbers: Sequence[str],
    edges: Edges,
    condition: SumCondition = ANY,
) -> Sums:
    """The sums of numbers, for each name and bucket.

    Args:
        tables: sorted.
        names: distinct.
        numbers: which.
        edges: of the buckets.
        condition: which rows count.
    """
    edges = np.asarray(edges)
    width = len(edges) - 1
    sums = {number: np.zeros(len(names) * width, np.int64) for number in numbers}
    ordered = sorted(names)
    group = {name: place for place, name in enumerate(names)}
    for table in tables:
        rows, groups = _named_rows(table, ordered, group)
        rows, buckets, counted = _rows(table, edges, condition, rows)
        cells = groups[counted] * width + buckets
        for number, cell_sums in sums.items() if len(rows) else ():
            # Of another type than the sums they would be added ten times as slowly.
            np.add.at(cell_sums, cells, table.number(number, rows).astype(np.int64))
    return {number: each.reshape(len(names), width) for number, each in sums.items()}


def tallies(
    tables: Iterable[Table],
    runs: Iterable[int],
    edges: Edges,
    condition: SumCondition = ANY,
    *,
    number: str = "posts",
    prefix: str = "",
) -> list[Tally]:
    """The posts of every name that begins with a prefix, by bucket, table by table.

    Args:
        tables: of one kind, each sorted.
        runs: of each table.
        edges: of the buckets.
        condition: which rows count.
        number: that counts the posts.
        prefix: of the names.
    """
    return [
        Tally(table, run, _posts_by_name(table, edges, condition, number, prefix))
        for table, run in zip(tables, runs, strict=True)
    ]


def most_posts(tables: Sequence[Tally], limit: int) -> list[str]:
    """The names with the most posts, most first, equal ones by name.

    Exact without adding up every name: the least sum of some good candidates is a bound for all
    others (Cao and Wang, "Efficient Top-K Query Calculation in Distributed Networks", 2004).

    Args:
        tables: of one kind.
        limit: how many names at most.
    """
    sums = np.sort(posts_of(tables, _candidates(tables, limit)).sum(axis=1))[::-1]
    least = int(sums[limit - 1]) if len(sums) >= limit else 1
    names, posts = with_at_least(tables, max(least, 1))
    counts = posts.sum(axis=1).tolist()
    ranking = sorted((-count, name) for count, name in zip(counts, names, strict=True) if count > 0)
    return [name for _, name in ranking[:limit]]


def with_at_least(tables: Sequence[Tally], posts: int) -> tuple[Sequence[str], NDArray[np.int64]]:
    """All names with so many posts in all tables together, and perhaps some with fewer.

    However the posts are shared out among the runs, a name has the share of one of them at least:
    otherwise it would have fewer altogether. Where that is so few that most names have them, names
    are first counted by their hashes, which counts none too low (Cormode and Muthukrishnan, "An
    Improved Data Stream Summary: The Count-Min Sketch", 2005).

    Args:
        tables: of one kind.
        posts: at least 1.

    Returns:
        The names, and their posts by name, then by bucket.
    """
    shares = _shares(tables)
    if posts * max(shares.values(), default=0) >= _LARGE_SHARE:
        names = _names_with(tables, {run: posts * share for run, share in shares.items()})
        return names, posts_of(tables, names)
    chosen: list[Integers] = [np.flatnonzero(tally.posts.any(axis=1)) for tally in tables]
    if posts > 1:
        chosen = _sketched(tables, chosen, posts)
    return _added_up(tables, chosen)


def posts_of(tables: Iterable[Tally], names: Sequence[str]) -> NDArray[np.int64]:
    """The posts of names, added up over tables: by name, then by bucket."""
    ordered = sorted(names)
    number = {name: place for place, name in enumerate(names)}
    posts: NDArray[np.int64] | None = None
    for tally in tables:
        found = list(_places(tally.table, ordered))
        if posts is None:
            posts = np.zeros((len(names), tally.posts.shape[1]), np.int64)
        posts[[number[name] for name, _ in found]] += tally.posts[[place for _, place in found]]
    return np.zeros((len(names), 1), np.int64) if posts is None else posts


def _shares(tables: Sequence[Tally]) -> dict[int, float]:
    """What part of a name's posts to look for in each run: more in one with many posts.

    They add up to 1. Half is shared out equally: chance makes more of few posts.
    """
    posts: dict[int, int] = defaultdict(int)
    for tally in tables:
        posts[tally.run] += int(np.maximum(tally.posts, 0).sum())
    whole = max(sum(posts.values()), 1)
    shares = {run: (1 / len(posts) + count / whole) / 2 for run, count in posts.items()}
    return {run: share / sum(shares.values()) for run, share in shares.items()}


def _sketched(tables: Sequence[Tally], chosen: Sequence[Integers], posts: int) -> list[Integers]:
    """Those of the chosen places whose names may have so many posts."""
    hashes = [
        hashes_of(tally.table.dictionaries["name"], places) & _SKETCH_MASK
        for tally, places in zip(tables, chosen, strict=True)
    ]
    sketch = np.zeros(_SKETCH_MASK + 1, np.int64)
    for tally, each, places in zip(tables, hashes, chosen, strict=True):
        np.add.at(sketch, each, np.maximum(tally.posts[places], 0).sum(axis=1))
    return [places[sketch[each] >= posts] for each, places in zip(hashes, chosen, strict=True)]


def _added_up(
    tables: Sequence[Tally], chosen: Sequence[Integers]
) -> tuple[Sequence[str], NDArray[np.int64]]:
    """The names at the chosen places, and their posts."""
    number: dict[str, int] = {}
    numbers = [
        number.setdefault(name, len(number))
        for tally, places in zip(tables, chosen, strict=True)
        for name in tally.names(places)
    ]
    width = tables[0].posts.shape[1] if tables else 1
    posts = np.zeros((len(number), width), np.int64)
    if numbers:
        parts = [tally.posts[places] for tally, places in zip(tables, chosen, strict=True)]
        np.add.at(posts, np.array(numbers), np.concatenate(parts))
    return list(number), posts


def _candidates(tables: Sequence[Tally], limit: int) -> list[str]:
    """Names that have many posts in one table, at least ``limit`` if there are so many names."""
    if not tables:
        return []
    posts = np.concatenate([tally.posts.sum(axis=1) for tally in tables])
    starts = np.cumsum([0, *(len(tally.posts) for tally in tables)])
    most_tables = len({tally.run for tally in tables})  # with one name
    # Those are few, also where most names have a single post, which takes a partition long.
    how_often = np.bincount(np.clip(posts, 0, _MANY_POSTS))
    with_so_many = np.cumsum(how_often[::-1])[::-1]
    enough = np.flatnonzero(with_so_many >= min(limit * most_tables, len(posts)))
    most = np.flatnonzero(posts >= max(enough[-1], 1))
    names: dict[str, None] = {}
    for place in most[np.argsort(-posts[most], kind="stable")].tolist():
        table = int(np.searchsorted(starts, place, side="right")) - 1
        names.update(dict.fromkeys(tables[table].names(np.array([place - starts[table]]))))
        if len(names) == limit * _CANDIDATES:
            break
    return list(names)


def _names_with(tables: Iterable[Tally], posts: Mapping[int, float]) -> list[str]:
    """The names that have so many posts in a table of a run, each once."""
    places = [
        (tally, np.flatnonzero(tally.posts.sum(axis=1) >= posts[tally.run])) for tally in tables
    ]
    names = [name for tally, each in places if len(each) for name in tally.names(each)]
    return list(dict.fromkeys(names))


def _posts_by_name(
    table: Table, edges: Edges, condition: SumCondition, number: str, prefix: str
) -> NDArray[np.int64]:
    """The posts of each name; rows are sorted by name, and each name has some."""
    places = table.places["name"]
    values = table.number(number).astype(np.int64)
    if condition != ANY:
        values = values * condition.passes(table)
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    posts = [
        np.add.reduceat(values * ((edge <= table.quarters) & (table.quarters < following)), starts)
        for edge, following in pairwise(edges)
    ]
    counted = np.stack(posts, axis=1)
    if prefix:
        names = table.dictionaries["name"]
        counted[: lower_bound(names, prefix)] = 0
        counted[lower_bound(names, prefix[:-1] + chr(ord(prefix[-1]) + 1)) :] = 0
    return counted


def _named_rows(
    table: Table, ordered: Sequence[str], group: Mapping[str, int]
) -> tuple[Integers, Integers]:
    """The rows of some names, and the group of each."""
    found = list(_places(table, ordered))
    places = np.array([place for _, place in found], np.int64)
    starts, stops = (np.searchsorted(table.places["name"], places + more) for more in (0, 1))
    sizes = stops - starts
    rows = np.arange(sizes.sum()) + np.repeat(stops - np.cumsum(sizes), sizes)
    return rows, np.repeat(np.array([group[name] for name, _ in found], np.int64), sizes)


def _rows(
    table: Table, edges: Edges, condition: SumCondition, rows: Integers
) -> tuple[Integers, Integers, Integers]:
    """Those of the rows that count, the bucket of each, and where they were among all."""
    buckets = np.searchsorted(edges, table.quarters[rows], side="right") - 1
    counts = (buckets >= 0) & (buckets < len(edges) - 1)
    if condition != ANY:
        counts &= condition.passes(table)[rows]
    counted = np.flatnonzero(counts)
    return rows[counted], buckets[counted], counted


def _places(table: Table, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Those of the sorted names that a table has, and their places in its dictionary."""
    if not len(table):
        return
    first, last = table.ends
    for name in names[bisect_left(names, first) : bisect_right(names, last)]:
        place = place_of(table.dictionaries["name"], name)
        if place is not None:
            yield name, place
