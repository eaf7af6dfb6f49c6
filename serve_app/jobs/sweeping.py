"""What workers, receivers and callers have left behind is ended; every replica does it."""

import asyncio
import logging

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.jobs.chunk_run import ChunkRuns
from serve_app.jobs.queue import ChunkQueue, sql
from serve_app.settings import JobSettings
from serve_app.store.database import Database

log = logging.getLogger(__name__)

_INTERVAL_S = 5.0
_CANCEL_TIMEOUT_S = 2.0
#: Jobs deleted by one statement, each with its chunks.
_DELETED_AT_ONCE = 20


class JobSweeper:
    """Gives up chunks that no worker brings to an end, and deletes old jobs."""

    def __init__(
        self, database: Database, queue: ChunkQueue, runs: ChunkRuns, settings: JobSettings
    ) -> None:
        """Not begun."""
        self._database = database
        self._queue = queue
        self._runs = runs
        self._settings = settings
        self._task = BackgroundTask("The sweeping of jobs", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def run_once(self) -> int:
        """Do all of it once; how many chunks were given up.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        exhausted = await self._queue.exhausted()
        attempts = self._settings.attempts
        for claim in exhausted:
            await self._runs.give_up(
                claim, f"{attempts} attempts ended without a report: what worked on it died."
            )
        async with self._database.transaction(None) as connection:
            await connection.execute(
                sql("delete_old_jobs"), self._settings.retention_days, _DELETED_AT_ONCE
            )
        return len(exhausted)

    async def _run(self) -> None:
        while True:
            with until_next_time(log, "Jobs could not be swept"):
                if given_up := await self.run_once():
                    log.warning("%d chunks of jobs were given up.", given_up)
            await asyncio.sleep(_INTERVAL_S)
