"""Stretches of time in a time zone: hours, days, weeks and months, as clocks there show them.

Knows no posts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from serve_app.trends.layouts import QUARTER_S

#: Of one answer.
MAX_BUCKETS = 5_000

_QUARTERS_OF_HOUR = 4
_DAY = timedelta(days=1)
#: A little less than the least that a bucket lasts, so that too many are refused unmade.
_LEAST_S = {"quarter_hour": 900, "hour": 3_600, "day": 82_800, "week": 600_000, "month": 2_400_000}


class TooManyBuckets(Exception):
    """The range has more buckets than :data:`MAX_BUCKETS`."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Consecutive buckets.

    Attributes:
        edges: where each begins, and where the last ends, in quarters of an hour since 1970.
        zone: in which they are whole.
    """

    edges: tuple[int, ...]
    zone: tzinfo

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def since(self) -> int:
        """Where the first begins."""
        return self.edges[0]

    @property
    def until(self) -> int:
        """Where the last ends."""
        return self.edges[-1]

    def times(self) -> list[datetime]:
        """The edges as times in the zone."""
        return [datetime.fromtimestamp(edge * QUARTER_S, self.zone) for edge in self.edges]


def buckets(bucket: str, zone: tzinfo, since: datetime, until: datetime) -> Buckets:
    """The whole buckets that cover a range.

    A day begins with its first moment, also where clocks skip midnight. An hour begins where
    clocks show minute 0; where they are changed by half an hour it has an hour and a half.

    Args:
        bucket: quarter_hour, hour, day, week (from Monday, ISO 8601) or month.
        zone: whose offsets are whole quarters of an hour, as all have been since 1990.
        since, until: with a time zone, the first before the second.

    Raises:
        TooManyBuckets: there would be more than :data:`MAX_BUCKETS`.
    """
    if (until - since).total_seconds() / _LEAST_S[bucket] > 1.1 * MAX_BUCKETS:
        raise TooManyBuckets
    edges: list[int] = []
    for edge in _EDGES[bucket](since.astimezone(zone), zone):
        if not edges or edge > edges[-1]:  # a day that a zone left out is none
            edges.append(edge)
        if edge * QUARTER_S >= until.timestamp():
            break
    if len(edges) > MAX_BUCKETS + 1:
        raise TooManyBuckets
    return Buckets(tuple(edges), zone)


def _quarters(since: datetime, zone: tzinfo) -> Iterator[int]:
    quarter = int(since.timestamp() // QUARTER_S)
    while True:
        yield quarter
        quarter += 1


def _hours(since: datetime, zone: tzinfo) -> Iterator[int]:
    quarter = int(since.timestamp() // QUARTER_S)
    while not _is_full_hour(quarter, zone):
        quarter -= 1
    while True:
        yield quarter
        quarter += _QUARTERS_OF_HOUR
        while not _is_full_hour(quarter, zone):
            quarter += 1


def _is_full_hour(quarter: int, zone: tzinfo) -> bool:
    return datetime.fromtimestamp(quarter * QUARTER_S, zone).minute == 0


def _days(since: datetime, zone: tzinfo) -> Iterator[int]:
    return _dates(since.date(), zone, lambda day: day + _DAY)


def _weeks(since: datetime, zone: tzinfo) -> Iterator[int]:
    monday = since.date() - since.weekday() * _DAY
    return _dates(monday, zone, lambda day: day + 7 * _DAY)


def _months(since: datetime, zone: tzinfo) -> Iterator[int]:
    first = since.date().replace(day=1)
    return _dates(first, zone, lambda day: (day + 31 * _DAY).replace(day=1))


def _dates(first: date, zone: tzinfo, following: Callable[[date], date]) -> Iterator[int]:
    day = first
    while True:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        yield int(midnight.timestamp()) // QUARTER_S
        day = following(day)


_EDGES: dict[str, Callable[[datetime, tzinfo], Iterator[int]]] = {
    "quarter_hour": _quarters,
    "hour": _hours,
    "day": _days,
    "week": _weeks,
    "month": _months,
}

#: The buckets of the API.
BUCKETS = tuple(name for name in _EDGES if name != "quarter_hour")
