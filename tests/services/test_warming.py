"""Connections that have listed posts before a request does, on a real Postgres."""

import asyncio

from serve_app.posts.warming import warm
from serve_app.settings import DEFAULT_WORKSPACE
from serve_app.store.database import Database
from serve_app.workspaces.directory import Workspaces
from tests.services.databases import empty_database

_PLANS_OF_LISTS = """
SELECT count(*) FROM pg_prepared_statements
WHERE statement LIKE '%FROM posts%' AND generic_plans > 0
"""


async def test_each_connection_has_plans_of_lists(database_url: str) -> None:
    async with empty_database(database_url) as url:
        database = await Database.open(url, pool_size=3)
        await database.migrate()
        workspace = await Workspaces(database).get(DEFAULT_WORKSPACE)
        await warm(database, workspace.id, 3)
        together = asyncio.Barrier(3)

        async def plans() -> tuple[int, int]:
            async with database.transaction(workspace.id) as connection:
                await together.wait()  # of different connections
                pid = await connection.fetchval("SELECT pg_backend_pid()")
                return pid, await connection.fetchval(_PLANS_OF_LISTS)

        made = await asyncio.gather(plans(), plans(), plans())
        await database.close()
        assert len({pid for pid, _ in made}) == 3
        assert min(count for _, count in made) >= 3
