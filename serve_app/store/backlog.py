"""How much of some work waits in Postgres, for those who watch the service."""

import asyncio
import logging

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.store.database import Database

log = logging.getLogger(__name__)

#: Counted up to here: what waits beyond makes no difference, and would take longer to count.
MOST = 100_000
_INTERVAL_S = 10.0
_CANCEL_TIMEOUT_S = 2.0


class Backlog:
    """A number that is counted anew every ten seconds."""

    def __init__(self, database: Database, name: str, sql: str) -> None:
        """Not counted yet.

        Args:
            database: where the work waits.
            name: of the work, for the log.
            sql: counts it over all workspaces, up to ``$1``.
        """
        self._database = database
        self._sql = sql
        self._name = name
        self._task = BackgroundTask(f"The count of {name}", self._run)
        self.size = 0

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def count(self) -> None:
        """Count it now; at most :data:`MOST` are.

        Raises:
            StoreUnavailable: Postgres cannot be asked; the number stays.
        """
        async with self._database.transaction(None) as connection:
            self.size = await connection.fetchval(self._sql, MOST)

    async def _run(self) -> None:
        while True:
            with until_next_time(log, f"The {self._name} could not be counted"):
                await self.count()
            await asyncio.sleep(_INTERVAL_S)
