"""Connections that are used before requests come.

The first list of a connection reads the catalog of every month and makes plans for all of them,
which takes up to a second; each following one takes milliseconds.
"""

import asyncio
from datetime import UTC, datetime

from serve_app.posts import repository
from serve_app.posts.filters import PostFilter
from serve_app.posts.finding import find
from serve_app.posts.finding_schemas import DEFAULT_LIMIT
from serve_app.posts.sorting import parse_sort
from serve_app.store.database import Database
from serve_app.store.partitions import first_id

#: Lists as most are: of all posts, by a term, by a word.
_USUAL = (PostFilter(), PostFilter(tags=("any",)), PostFilter(q="any"))


async def warm(database: Database, workspace: int, connections: int) -> None:
    """Open so many connections and ask each for lists, all at once.

    Args:
        database: with at least so many connections.
        workspace: any; its posts do not matter.
        connections: as many as will be busy at a time.

    Raises:
        StoreUnavailable: Postgres cannot be asked.
    """
    await asyncio.gather(*(_use(database, workspace) for _ in range(connections)))


async def _use(database: Database, workspace: int) -> None:
    async with database.transaction(workspace) as connection:
        for filter in _USUAL:
            sort = parse_sort(None, filter)
            await find(connection, workspace, filter, sort, limit=DEFAULT_LIMIT)
        await repository.find(connection, workspace, [first_id(datetime.now(UTC))])
