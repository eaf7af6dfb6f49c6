"""All posts that meet conditions, one after the other, for who writes them to a file.

What a page of a list is for a person, this is for a program: no order but that of the ids, no end.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol
from uuid import UUID

from serve_app.posts import repository
from serve_app.posts.changes import NoCorrections, Overlay
from serve_app.posts.conditions import Arguments, compare, conditions
from serve_app.posts.filters import PostFilter
from serve_app.posts.finding import begin
from serve_app.posts.post import Post
from serve_app.posts.search_query import search_query
from serve_app.posts.showing import as_shown
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent
#: Ids that are asked for at a time, and whole posts that are read at a time.
_IDS = 10_000
_POSTS = 200


class Transactions(Protocol):
    """Begins transactions of a workspace; a database does."""

    def transaction(self, workspace: int) -> AbstractAsyncContextManager[Connection]:
        """A transaction that sees the rows of one workspace."""
        ...


async def scan(
    transactions: Transactions,
    workspace: int,
    filter: PostFilter,
    overlay: Overlay | None = None,
) -> AsyncIterator[Post]:
    """All posts that meet the conditions, in order of their ids, in bounded memory.

    Every so many posts are read in a transaction of their own, so nothing is held back in Postgres
    however slowly they are taken. A post that changes in the meantime comes as it was or as it is;
    none comes twice.

    Args:
        transactions: in which the posts are read.
        workspace: whose they are.
        filter: the conditions.
        overlay: what people have put right, which the posts are to show.

    Raises:
        InvalidRequest: ``q`` has no word to look for.
        StoreUnavailable: Postgres cannot be asked.
    """
    last: UUID | None = None
    while True:
        async with transactions.transaction(workspace) as connection:
            ids = await ids_after(connection, workspace, filter, last)
        for start in range(0, len(ids), _POSTS):
            wanted = ids[start : start + _POSTS]
            async with transactions.transaction(workspace) as connection:
                found = await repository.find(connection, workspace, wanted)
                posts = await as_shown(overlay or NoCorrections(), connection, workspace, found)
            for id in wanted:
                if id in posts:
                    yield posts[id]
        if len(ids) < _IDS:
            return
        last = ids[-1]


async def ids_after(
    connection: Connection, workspace: int, filter: PostFilter, last: UUID | None
) -> list[UUID]:
    """The next ids, in order, of the posts that meet the conditions; none behind the last."""
    words = await begin(connection, filter)
    wanted = conditions(filter, search_query(filter, words))
    if last is not None:
        wanted.append(compare("id", ">", last))
    arguments = Arguments()
    sql = query("scan_ids", _FOLDER).format(
        conditions=arguments.where(workspace, wanted),
        limit=arguments.add(_IDS, "integer"),
    )
    await connection.execute(query("plan_each_time", _FOLDER))
    return [UUID(int=row["id"].int) for row in await connection.fetch(sql, *arguments.values)]
