"""Nothing of one workspace reaches another, over any route or in Postgres itself.

The same with 100,000 requests: ``python -m loadtest.walls``, docs/evidence/workspaces.md.
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import asyncpg
import pytest

from loadtest.walls.clients import WorkspaceClient
from loadtest.walls.rows import Connection, readable_tables
from loadtest.walls.trial import WallTrial
from serve_app.workspaces.directory import Workspace, Workspaces
from tests.services.databases import empty_database
from tests.services.kept_posts import kept_posts

_REQUESTS = 1_500
#: Enough to notice a wall that has a hole.
_FEW_REQUESTS = 300


@asynccontextmanager
async def trial(server_url: str) -> AsyncIterator[tuple[WallTrial, Connection]]:
    """A wall to be tried between the workspaces of a database of its own."""
    rng = random.Random(12)
    clients = [WorkspaceClient.make(rng) for _ in range(3)]
    keys = [f"{client.workspace}:{client.key}" for client in clients]
    async with empty_database(server_url) as url, kept_posts(url, keys=keys) as kept:
        connection = await asyncpg.connect(url)
        try:
            document = (await kept.client.get("/openapi.json")).json()
            yield WallTrial(kept, connection, clients, document, rng), connection
        finally:
            await connection.close()


async def test_nothing_passes_over_any_route(database_url: str) -> None:
    async with trial(database_url) as (walls, _):
        await walls.run(_REQUESTS)
        tally = walls.tally
        assert (tally.leaks, tally.changes, tally.failures) == ([], [], [])
        assert tally.holds
        assert tally.requests.total() >= _REQUESTS
        assert {operation.name for operation in walls.operations} <= tally.requests.keys()
        assert tally.named[404] > _REQUESTS // 10
        assert not [status for status in tally.named if status < 400]
        # The others' requests are not all refused for what is wrong with them anyway.
        succeeded = {name for name, count in tally.successes.items() if count}
        assert {"createPosts", "findPosts", "changePost", "comparePosts"} <= succeeded


async def test_nothing_passes_in_postgres(database_url: str) -> None:
    async with trial(database_url) as (walls, connection):
        tables = await walls.try_tables()
        assert all(table.rows for table in tables if table.table in ("posts", "revisions"))
        assert [table for table in tables if not table.holds] == []
        assert await readable_tables(connection) == []


async def test_a_hole_over_a_route_is_noticed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = Workspaces.get
    numbers = count(1)
    async with trial(database_url) as (walls, _):
        victim = walls.clients[0].workspace

        async def get_another(self: Workspaces, name: str) -> Workspace:
            return await get(self, name if next(numbers) % 5 else victim)

        monkeypatch.setattr(Workspaces, "get", get_another)
        await walls.run(_FEW_REQUESTS)
        assert walls.tally.leak_count
        assert not walls.tally.holds


@pytest.mark.parametrize(
    "hole",
    [
        "ALTER TABLE revisions DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY open ON revisions USING (true)",
        "CREATE POLICY open ON revisions FOR INSERT WITH CHECK (true)",
        "CREATE VIEW titles AS SELECT workspace, text FROM revisions; "
        "GRANT SELECT ON titles TO postlens_tenant",
    ],
)
async def test_a_hole_in_postgres_is_noticed(database_url: str, hole: str) -> None:
    async with trial(database_url) as (walls, connection):
        await walls.try_tables()  # there are tables now
        await connection.execute(hole)
        tables = await walls.try_tables()
        open_tables = {table.table for table in tables if not table.holds}
        assert open_tables
        assert open_tables <= {"revisions", "titles"}
        assert any(table.read or table.changed for table in tables)
