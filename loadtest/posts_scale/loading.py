"""Posts written as the service writes them, by several processes, each a stretch of the years."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import asyncpg

from loadtest.posts_scale.made_posts import PostFactory, ReadText
from serve_app.posts import repository
from serve_app.posts.changes import PostChange
from serve_app.posts.rows import PostRow
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.store.partitions import make_partitions
from serve_app.trends.counting import TrendCounting
from serve_app.trends.folding import Folding
from serve_app.workspaces.directory import Workspaces

_AT_ONCE = 1_000
_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class LoadStretch:
    """What one writer writes: so many posts, accepted evenly over some time."""

    number: int
    posts: int
    first: datetime
    last: datetime
    drafts: int

    def times(self) -> Iterator[datetime]:
        """When each is accepted, in order."""
        step = (self.last - self.first) / self.posts
        return (self.first + n * step for n in range(self.posts))


def stretches(
    posts: int, first: datetime, last: datetime, *, writers: int, drafts: int
) -> list[LoadStretch]:
    """The parts of all writers, one after the other in time."""
    span = (last - first) / writers
    counts = [posts * (n + 1) // writers - posts * n // writers for n in range(writers)]
    return [
        LoadStretch(n, count, first + n * span, first + (n + 1) * span, drafts)
        for n, count in enumerate(counts)
    ]


async def load(
    url: str, name: str, read: Sequence[ReadText], parts: Sequence[LoadStretch]
) -> float:
    """Write all posts, and fold their trends as the service does; the seconds it took."""
    began = time.perf_counter()
    database = await Database.open(url, pool_size=2)
    await database.migrate()
    workspace = (await Workspaces(database).get(name)).id
    async with database.transaction(None) as connection:
        await make_partitions(connection, parts[0].first, parts[-1].last)
    folding = Folding(database)
    folding.start()
    context = multiprocessing.get_context("spawn")
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(len(parts), mp_context=context) as processes:
        writing = (
            loop.run_in_executor(processes, write_stretch, url, workspace, read, part)
            for part in parts
        )
        await asyncio.gather(*writing)
    await folding.close()
    await Folding(database).fold()
    await database.close()
    await _tidy(url)
    return time.perf_counter() - began


def write_stretch(url: str, workspace: int, read: Sequence[ReadText], part: LoadStretch) -> None:
    """The work of one process."""
    asyncio.run(_write(url, workspace, read, part))


async def _write(url: str, workspace: int, read: Sequence[ReadText], part: LoadStretch) -> None:
    factory = PostFactory(read, drafts=part.drafts, seed=part.number)
    database = await Database.open(url, pool_size=2)
    await database.migrate()
    times = part.times()
    pending: asyncio.Task[None] | None = None
    while batch := list(islice(times, _AT_ONCE)):
        rows = [factory.row(time) for time in batch]
        if pending:  # written while the next ones are made
            await pending
        pending = asyncio.create_task(_commit(database, workspace, rows))
        await asyncio.sleep(0)
    if pending:
        await pending
    await database.close()


async def _commit(database: Database, workspace: int, rows: Sequence[PostRow]) -> None:
    async with database.transaction(workspace, timeout_s=_TIMEOUT_S) as connection:
        await insert(connection, workspace, rows)


async def insert(connection: Connection, workspace: int, rows: Sequence[PostRow]) -> None:
    """New posts with their names and their trends: what the service does in a transaction."""
    posts = [row.post for row in rows]
    names = {p.content.external_id: p.id for p in posts if p.content.external_id}
    await repository.name(connection, workspace, names)
    await repository.insert(connection, workspace, rows)
    states = [repository.state_of(row.post, row.findable) for row in rows]
    changes = [PostChange(p.id, None, state) for p, state in zip(posts, states, strict=True)]
    await TrendCounting().changed(connection, workspace, changes)


async def _tidy(url: str) -> None:
    """What autovacuum does within minutes, done at once: of each month, not of all together."""
    connection = await asyncpg.connect(url)
    for row in await connection.fetch(_TABLES):
        await connection.execute(f"VACUUM (ANALYZE) {row['name']}", timeout=_TIMEOUT_S)
    await connection.close()


_TABLES = """
SELECT oid::regclass::text AS name FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY name
"""
