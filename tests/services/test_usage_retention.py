"""The end of usage: days that are too old are deleted, and never those of this month."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from pydantic import ValidationError

from serve_app.quotas.usage_rows import NO_KEY
from serve_app.settings import DEFAULT_WORKSPACE, UsageSettings
from serve_app.store.retention import PAGE_ROWS
from tests.services.kept_posts import KeptPosts

DAYS = UsageSettings().retention_days


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def _count(
    kept: KeptPosts, connection: asyncpg.Connection, day: date, *, rows: int = 1
) -> None:
    """Usage of a day, counted by so many lives of a replica."""
    workspace = await kept.rooms.workspaces.get(DEFAULT_WORKSPACE)
    await connection.executemany(
        "INSERT INTO usage_totals VALUES ($1, $2, $3, $4, 1, 1, 1)",
        [(workspace.id, NO_KEY, day, uuid4()) for _ in range(rows)],
    )


async def _days(connection: asyncpg.Connection) -> list[date]:
    rows = await connection.fetch("SELECT DISTINCT day FROM usage_totals ORDER BY day")
    return [row["day"] for row in rows]


async def test_a_day_is_kept_as_long_as_the_setting_says(
    kept: KeptPosts, connection: asyncpg.Connection
) -> None:
    today = datetime.now(UTC).date()
    last, gone = (today - timedelta(days=days) for days in (DAYS, DAYS + 1))
    await _count(kept, connection, last)
    await _count(kept, connection, gone, rows=PAGE_ROWS + 1)
    assert await kept.rooms.usage_retention.run_once() == PAGE_ROWS + 1
    assert await _days(connection) == [last]
    assert await kept.rooms.usage_retention.run_once() == 0


async def test_this_month_stays_whatever_is_asked_for(
    kept: KeptPosts, connection: asyncpg.Connection
) -> None:
    today = datetime.now(UTC).date()
    first = today.replace(day=1)
    await _count(kept, connection, first)
    await _count(kept, connection, first - timedelta(days=1))
    later = datetime.now(UTC) + timedelta(days=100)
    assert await kept.rooms.usage.delete_before(later, 10) == 1
    assert await _days(connection) == [first]


async def test_the_oldest_go_first_and_only_so_many(
    kept: KeptPosts, connection: asyncpg.Connection
) -> None:
    days = [date(2020, 1, day) for day in (3, 1, 2)]
    for day in days:
        await _count(kept, connection, day)
    assert await kept.rooms.usage.delete_before(datetime.now(UTC), 2) == 2
    assert await _days(connection) == [date(2020, 1, 3)]


@pytest.mark.parametrize(("days", "is_fine"), [(61, False), (62, True), (36_501, False)])
def test_less_than_two_months_is_no_setting(days: int, is_fine: bool) -> None:
    if is_fine:
        assert UsageSettings(retention_days=days).retention_days == days
    else:
        with pytest.raises(ValidationError):
            UsageSettings(retention_days=days)
