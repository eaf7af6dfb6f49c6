"""A measure bucket by bucket, for those who watch it: count, sum and sum of squares.

From these follow mean, share and standard deviation, of one bucket or of several together.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from deployments.results import EMOTIONS
from deployments.tone.dominant import TONE_WORDS
from serve_app.store.connection import Connection, QueryRow
from serve_app.trends.buckets import Buckets, buckets
from serve_app.trends.layouts import EMOTION_SUMS, POSTS, squares
from serve_app.trends.measures import UNITS
from serve_app.trends.reading import Names, Stored, decoded, read
from serve_app.trends.sums import ANY, SumCondition, Sums, sums_by_bucket
from serve_app.trends.trend import ALL, Scope, Term

#: Neither positive nor negative, which is not summed; "neutral" is the name of an emotion too.
_NEITHER = "neither"

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeriesBucket:
    """The posts of one bucket.

    Attributes:
        start: when it begins, UTC.
        count: posts with a value.
        total: the sum of their values.
        squares: the sum of their squares.
    """

    start: datetime
    count: int
    total: float
    squares: float


@dataclass(frozen=True, slots=True)
class Statistic:
    """A value of posts.

    Attributes:
        kind: of the rows that have its numbers.
        count: the number of posts with a value.
        total: the sum of their values: of a number of ``UNITS``, or of 1 for each post that meets
            a condition and 0 for the others, whose squares are the same.
    """

    kind: str
    count: str
    total: str

    @property
    def numbers(self) -> list[str]:
        """All that has to be summed."""
        if self.total == _NEITHER:
            return [self.count, "positive", "negative"]
        return [self.count, self.total, *([squares(self.total)] if self.total in UNITS else [])]

    def moments(self, sums: Sums) -> tuple[Integers, Floats, Floats]:
        """Count, total and squares of each bucket."""
        count, unit = sums[self.count], UNITS.get(self.total)
        if unit is not None:
            return count, sums[self.total] / unit, sums[squares(self.total)] / unit**2
        if self.total == _NEITHER:
            total = (count - sums["positive"] - sums["negative"]).astype(float)
        else:
            total = sums[self.total].astype(float)
        return count, total, total


_LABELS = {"positive": "positive", "neutral": _NEITHER, "negative": "negative", "mixed": "mixed"}

STATISTICS: Mapping[str, Statistic] = {
    "posts": Statistic(POSTS.kind, "posts", "posts"),
    "sentiment": Statistic(POSTS.kind, "scored", "score"),
    **{label: Statistic(POSTS.kind, "scored", total) for label, total in _LABELS.items()},
    "ease": Statistic(POSTS.kind, "eased", "ease"),
    "words": Statistic(POSTS.kind, "counted", "words"),
    **{f"tone:{word}": Statistic(POSTS.kind, "toned", word) for word in TONE_WORDS},
    **{f"emotion:{name}": Statistic(EMOTION_SUMS.kind, "toned", name) for name in EMOTIONS},
}
#: Those that are kept for the posts with a term too.
OF_TERMS = ("posts", "sentiment", *_LABELS)
#: Of the posts with a term: their number, and that of all analysed posts of the scope.
SHARE = "share"


async def series(
    connection: Connection,
    workspace: int,
    measure: str,
    *,
    bucket: str,
    since: datetime,
    until: datetime,
    scope: Scope = ALL,
    term: Term | None = None,
    zone: tzinfo = UTC,
) -> list[SeriesBucket]:
    """A measure in every bucket of a range, also in those without a post.

    Args:
        connection: in a transaction of the workspace.
        workspace: whose posts.
        measure: a name of :data:`STATISTICS`; with a term one of :data:`OF_TERMS`, or ``share``.
        bucket: quarter_hour, hour, day, week or month.
        since, until: with a time zone, from 1990 on; the buckets that cover the range are whole.
        scope: only its posts.
        term: only posts that have it.
        zone: in which buckets are whole.

    Raises:
        KeyError: there is no such measure.
        TooManyBuckets: the range has too many.
    """
    if term is not None and measure not in (*OF_TERMS, SHARE):
        raise KeyError(measure)
    statistic = STATISTICS["posts" if measure == SHARE else measure]
    stretches = buckets(bucket, zone, since, until)
    names = [Names.one(statistic.kind, scope.name)]
    if term is not None:
        names = [Names.one(term.kind, term.name), Names.one(POSTS.kind, scope.name)]
    rows = await read(connection, workspace, names, stretches.since, stretches.until)
    return await asyncio.to_thread(_series, statistic, measure, rows, stretches, scope, term)


def _series(
    statistic: Statistic,
    measure: str,
    rows: Sequence[QueryRow],
    stretches: Buckets,
    scope: Scope,
    term: Term | None,
) -> list[SeriesBucket]:
    stored = decoded(rows)
    kind, name, condition = statistic.kind, scope.name, ANY
    if term is not None:
        kind, name = term.kind, term.name
        condition = SumCondition(term.label, scope.author, scope.tag)
    sums = _sums(stored, kind, name, statistic.numbers, stretches, condition)
    count, total, of_squares = statistic.moments(sums)
    if measure == SHARE:
        count = _sums(stored, POSTS.kind, scope.name, ["analysed"], stretches)["analysed"]
    starts = [time.astimezone(UTC) for time in stretches.times()[:-1]]
    values = zip(starts, count.tolist(), total.tolist(), of_squares.tolist(), strict=True)
    return [SeriesBucket(*each) for each in values]


def _sums(
    stored: Stored,
    kind: str,
    name: str,
    numbers: Sequence[str],
    stretches: Buckets,
    condition: SumCondition = ANY,
) -> Sums:
    tables = stored.tables.get(kind, ())
    sums = sums_by_bucket(tables, [name], numbers, stretches.edges, condition)
    return {number: values[0] for number, values in sums.items()}
