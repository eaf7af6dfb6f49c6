"""The monthly partitions of tables whose rows are named by UUIDv7, made ahead.

Works over any connection with asyncpg's methods; opens none.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from serve_app.store.connection import Connection

#: Partitioned by the month of an id.
TABLES = ("posts", "revisions")
#: Partitions of so many months after the current one are there before they are needed.
MONTHS_AHEAD = 3

#: Any constant that other users of the database do not lock: "monthly " in ASCII.
_LOCK = int.from_bytes(b"monthly ")


async def make_partitions(connection: Connection, first: datetime, last: datetime) -> None:
    """Make the partitions that are missing, of every month from that of ``first`` to ``last``.

    Replicas that start together take turns.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    for month in _months(first, last):
        for table in TABLES:
            name = f"{table}_{month:%Y_%m}"
            if await connection.fetchval("SELECT to_regclass($1)", name) is None:
                ids = f"FROM ('{first_id(month)}') TO ('{first_id(next_month(month))}')"
                await connection.execute(
                    f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES {ids}"
                )


def months_ahead(now: datetime) -> tuple[datetime, datetime]:
    """The first and the last month for which partitions have to be there now."""
    last = now
    for _ in range(MONTHS_AHEAD):
        last = next_month(last)
    # Clocks differ: another machine may still be in the month before.
    return _previous_month(now), last


def first_id(time: datetime) -> UUID:
    """The least UUIDv7 of a moment."""
    milliseconds = round(time.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)


def next_month(month: datetime) -> datetime:
    """The beginning of the month after that of a time, UTC."""
    year, number = divmod(month.year * 12 + month.month, 12)
    return datetime(year, number + 1, 1, tzinfo=UTC)


def _previous_month(time: datetime) -> datetime:
    year, number = divmod(time.year * 12 + time.month - 2, 12)
    return datetime(year, number + 1, 1, tzinfo=UTC)


def _months(first: datetime, last: datetime) -> Iterator[datetime]:
    month = datetime(first.year, first.month, 1, tzinfo=UTC)
    while month <= last:
        yield month
        month = next_month(month)
