"""Usage as Postgres has it: a second or two behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from serve_app.quotas.limits import date_of, day_of, next_month
from serve_app.store.database import Database
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class DayUsage:
    """Of one key on one day in UTC; ``key`` is None where none was needed."""

    day: date
    key: UUID | None
    posts: int
    characters: int
    requests: int


@dataclass(frozen=True, slots=True)
class MonthQuota:
    """What a key with limits of the month has used of them, and when they begin anew."""

    key: UUID
    posts_per_month: int | None
    characters_per_month: int | None
    posts: int
    characters: int
    renews_at: datetime


class Usage:
    """The usage of all workspaces."""

    def __init__(self, database: Database, now_us: Callable[[], int]) -> None:
        """Over a database.

        Args:
            database: where usage is kept.
            now_us: decides which month it is, microseconds since 1970.
        """
        self._database = database
        self._now_us = now_us

    def today(self) -> date:
        """In UTC."""
        return date_of(day_of(self._now_us()))

    async def find(
        self, workspace: int, *, since: date, until: date, key: UUID | None
    ) -> tuple[Sequence[DayUsage], Sequence[MonthQuota]]:
        """The usage by day and key, oldest first; and the months of the keys.

        Args:
            workspace: whose.
            since: the first day.
            until: the last day.
            key: of which alone; the nil UUID is all callers without one, None is everybody.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        today = day_of(self._now_us())
        renews_at = next_month(today)
        month = (date_of(today).replace(day=1), renews_at.date())
        async with self._database.transaction(workspace) as connection:
            days = await connection.fetch(_sql("find_usage"), workspace, since, until, key)
            months = await connection.fetch(_sql("find_month"), workspace, *month, key)
        return (
            [DayUsage(**dict(row)) for row in days],
            [MonthQuota(**dict(row), renews_at=renews_at) for row in months],
        )

    async def delete_before(self, time: datetime, limit: int) -> int:
        """Delete up to so many rows of days before that of a time; how many it were.

        Those of the present month stay.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            deleted: int = await connection.fetchval(_sql("delete_usage"), time.date(), limit)
        return deleted


def _sql(name: str) -> str:
    return query(name, _FOLDER)
