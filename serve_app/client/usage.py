"""What the callers of a workspace have asked for: for callers with the scope ``admin``."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from serve_app.client.calls import both
from serve_app.client.connection import Resource, path_of
from serve_app.client.decoding import decode

_PATH = path_of("usage")


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """Posts that were taken on, their characters, and the requests that brought them."""

    posts: int
    characters: int
    requests: int


@dataclass(frozen=True, slots=True)
class UsageOfDay:
    """Of one key on one day in UTC; ``key`` is None where none was needed."""

    day: date
    key: UUID | None
    posts: int
    characters: int
    requests: int


@dataclass(frozen=True, slots=True)
class MonthLeft:
    """What is left of the month of a key; None where it has no such limit."""

    key: UUID
    posts_per_month: int | None
    posts_left: int | None
    characters_per_month: int | None
    characters_left: int | None
    renews_at: datetime


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Some days, oldest first, and the months of keys with limits, as of now."""

    since: date
    until: date
    items: tuple[UsageOfDay, ...]
    total: UsageTotal
    months: tuple[MonthLeft, ...]


class WorkspaceUsage(Resource):
    """The usage of the caller's workspace."""

    async def _get(
        self,
        *,
        since: date | str | None = None,
        until: date | str | None = None,
        key: UUID | str | None = None,
    ) -> UsageReport:
        """The usage by day and key; a second or two behind.

        Args:
            since: the first day; by default the month's first.
            until: the last day; by default today, and at most 92 days together.
            key: of which alone; ``"none"`` is for requests without one.
        """
        given = {"since": since, "until": until, "key": key}
        query = {name: str(value) for name, value in given.items() if value is not None}
        return decode(UsageReport, await self._connection.json("GET", _PATH, query=query))

    get, get_async = both(_get)
