"""What a key may send, and how much a request is. Knows no server."""

from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

MAX_POSTS_PER_MINUTE = 1_000_000
MAX_POSTS_PER_MONTH = 1_000_000_000
MAX_CHARACTERS_PER_MONTH = 1_000_000_000_000

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 86_400 * SECOND_US
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """The most that a key may send; None is without a limit.

    Attributes:
        posts_per_minute: 1 to a million; unused, so many may come at once.
        posts_per_month: 1 to a billion, in a calendar month in UTC.
        characters_per_month: 1 to a trillion, of texts.
    """

    posts_per_minute: int | None = None
    posts_per_month: int | None = None
    characters_per_month: int | None = None

    def __bool__(self) -> bool:
        return any(limit is not None for limit in astuple(self))


class Cost(NamedTuple):
    """What a request takes of the limits."""

    posts: int
    characters: int
    requests: int = 1


@dataclass(frozen=True, slots=True)
class MonthUse:
    """What a key has used of a month, at least: as Postgres had it when it was read.

    Attributes:
        month: years since 0 times 12, and months.
    """

    month: int = 0
    posts: int = 0
    characters: int = 0


@dataclass(frozen=True, slots=True)
class KeyQuota:
    """A key with limits.

    Attributes:
        workspace: its id.
        used: counts in Redis or in memory that are lower have been lost.
    """

    workspace: int
    key: UUID
    limits: KeyLimits
    used: MonthUse = MonthUse()

    def of_month(self) -> "KeyQuota":
        """The limits without that of a minute."""
        return replace(self, limits=replace(self.limits, posts_per_minute=None))


def day_of(now_us: int) -> int:
    """The day in UTC, in days since 1970."""
    return now_us // DAY_US


@lru_cache(maxsize=16)
def date_of(day: int) -> date:
    """A day as the calendar has it."""
    return date.fromordinal(_EPOCH_ORDINAL + day)


def month_of(day: int) -> int:
    """The month of a day, as :class:`MonthUse` counts them."""
    date = date_of(day)
    return date.year * 12 + date.month - 1


def next_month(day: int) -> datetime:
    """When the month after that of a day begins."""
    month = month_of(day) + 1
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
