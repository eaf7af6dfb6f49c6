"""Indexes of vectors, made for workspaces that have grown and dropped with them.

Every replica looks; one at a time does something.
"""

import asyncio
import logging
import random
from pathlib import Path

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.similar.index_of_space import IndexOfSpace, drop
from serve_app.similar.nearest import EXACT_LIMIT
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.store.queries import query

log = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent
#: Any constant that other users of the database do not lock: "similar!" in ASCII.
_LOCK = int.from_bytes(b"similar!")
_INTERVAL_S = 300.0
_CANCEL_TIMEOUT_S = 2.0
#: An index is made in about a minute for each hundred thousand vectors.
_BUILD_TIMEOUT_S = 6 * 3600.0
#: The graph of a million takes about as much; what does not fit is built more slowly.
_BUILD_MEMORY = "SET maintenance_work_mem = '512MB'"
#: Workers share memory through /dev/shm, which is small in a container.
_BUILD_ALONE = "SET max_parallel_maintenance_workers = 0"


class SimilarIndexes:
    """Makes indexes above EXACT_LIMIT vectors, and drops them below half of it."""

    def __init__(self, database: Database) -> None:
        """Not begun."""
        self._database = database
        self._task = BackgroundTask("The indexing of similar posts", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop; an index that is being built is begun again by whoever comes next."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def run_once(self) -> list[str]:
        """Make and drop what is to be made and dropped, unless another replica is at it.

        Returns:
            The names of the indexes that were made.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.alone(_LOCK) as connection:
            if connection is None or not await connection.fetchval(_sql("has_pgvector")):
                return []
            counts = {
                IndexOfSpace(row["workspace"], row["space"]): row["vectors"]
                for row in await connection.fetch(_sql("count_spaces"), EXACT_LIMIT + 1)
            }
            there = await _drop_useless(connection, counts)
            wanted = [each for each, vectors in counts.items() if vectors > EXACT_LIMIT]
            missing = [each for each in wanted if each.name not in there]
            for index in missing:
                await _build(connection, index)
            return [index.name for index in missing]

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL_S * random.uniform(0.5, 1))  # replicas spread out
            with until_next_time(log, "Similar posts could not be indexed"):
                await self.run_once()


async def _drop_useless(connection: Connection, counts: dict[IndexOfSpace, int]) -> set[str]:
    """Drop what a broken build has left, and what few vectors are in; the names of the others."""
    useful = {index.name for index, vectors in counts.items() if vectors > EXACT_LIMIT // 2}
    there = set()
    for row in await connection.fetch(_sql("find_indexes")):
        if row["valid"] and row["name"] in useful:
            there.add(row["name"])
        else:
            await connection.execute(drop(row["name"]), timeout=_BUILD_TIMEOUT_S)
    return there


async def _build(connection: Connection, index: IndexOfSpace) -> None:
    await connection.execute(_BUILD_MEMORY)
    await connection.execute(_BUILD_ALONE)
    await connection.execute(index.create, timeout=_BUILD_TIMEOUT_S)
    log.info("The vectors of the workspace %d have an index now.", index.workspace)


def _sql(name: str) -> str:
    return query(name, _FOLDER)
