"""A measure hour by hour: how many posts, the sum of their values, the sum of their squares.

All that a detector sees of the posts. Hours count from the Unix epoch, UTC. Pure: knows no
database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HOURS_OF_DAY = 24
HOURS_OF_WEEK = 168
#: The epoch began on a Thursday; hours of the week count from Monday's midnight.
_EPOCH_HOUR_OF_WEEK = 3 * HOURS_OF_DAY


@dataclass(frozen=True, slots=True)
class Bucket:
    """The posts of an hour.

    Attributes:
        start: of the hour, UTC.
        count: posts with a value.
        total: sum of the values.
        squares: sum of their squares.
    """

    start: datetime
    count: int
    total: float
    squares: float


@dataclass(frozen=True, slots=True)
class Hourly:
    """Consecutive hours without a gap.

    Attributes:
        start: the first hour, since the epoch.
        count, total, squares: as in :class:`Bucket`, an element an hour.
    """

    start: int
    count: Array
    total: Array
    squares: Array

    @classmethod
    def of(cls, buckets: Iterable[Bucket], start: int, stop: int) -> Self:
        """The hours from ``start`` until before ``stop``; those without a bucket have no post."""
        values = np.zeros((3, max(stop - start, 0)))
        for bucket in buckets:
            hour = hour_of(bucket.start) - start
            if 0 <= hour < values.shape[1]:
                values[:, hour] += (bucket.count, bucket.total, bucket.squares)
        return cls(start, *values)

    def __len__(self) -> int:
        return len(self.count)

    @property
    def stop(self) -> int:
        """The hour after the last."""
        return self.start + len(self)

    @property
    def hours(self) -> NDArray[np.int64]:
        """The hours since the epoch."""
        return np.arange(self.start, self.stop)

    def between(self, start: int, stop: int) -> "Hourly":
        """The part from hour ``start`` until before ``stop``, as far as there is one."""
        part = slice(max(start - self.start, 0), max(stop - self.start, 0))
        values = (self.count[part], self.total[part], self.squares[part])
        return Hourly(self.start + min(part.start, len(self)), *values)

    def without(self, hours: NDArray[np.bool_]) -> "Hourly":
        """The same with no posts in the hours that are marked."""
        values = (np.where(hours, 0, each) for each in (self.count, self.total, self.squares))
        return Hourly(self.start, *values)


def hour_of(time: datetime) -> int:
    """The hour of a moment, since the epoch."""
    return int(time.timestamp() // 3600)


def time_of(hour: int) -> datetime:
    """The moment at which an hour begins."""
    return datetime.fromtimestamp(0, UTC) + timedelta(hours=hour)


def hour_of_week(hours: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 to 167 from Monday's midnight, UTC."""
    return (hours + _EPOCH_HOUR_OF_WEEK) % HOURS_OF_WEEK


def by_day(values: Array) -> Array:
    """The sums of each 24 values, from the first on."""
    days: Array = values.reshape(-1, HOURS_OF_DAY).sum(axis=1)
    return days


def hours_of_days(days: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mark of its day for each hour."""
    return np.repeat(days, HOURS_OF_DAY)
