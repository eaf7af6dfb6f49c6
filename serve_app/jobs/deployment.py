"""Workers as a Serve deployment of their own, which asks the drivers through their handle.

It holds no text: a driver reads the chunk that was claimed, and saves what comes of it.
"""

import asyncio

from ray import serve
from ray.exceptions import RayTaskError

from serve_app import logs
from serve_app.background_task import BackgroundTask
from serve_app.errors import ServiceError, StoreUnavailable
from serve_app.jobs.queue import ChunkClaim, ChunkQueue
from serve_app.jobs.scaling import WAITING_WORK, waiting_work_s
from serve_app.jobs.worker import JobWorker
from serve_app.settings import JobSettings, Secrets
from serve_app.store.database import Database

_OUTAGE_PAUSE_S = 1.0


class JobWorkers:
    """One replica of the deployment ``jobs``."""

    # Serve awaits the constructor: the pool is opened in the replica's event loop.
    async def __init__(self, settings: JobSettings) -> None:  # type: ignore[misc]
        logs.configure_from_environment()
        database_url = Secrets.from_environment().database_url
        self._settings = settings
        self._database: Database | None = None
        if database_url is None:  # there are no jobs
            return
        # A connection for each claim that is renewed or reported, and one to look.
        self._database = await Database.open(
            database_url.get_secret_value(), pool_size=settings.concurrency + 1
        )
        self._queue = ChunkQueue(self._database, attempts=settings.attempts)
        driver = serve.get_deployment_handle("driver", serve.get_replica_context().app_name)

        async def run(claim: ChunkClaim) -> None:
            try:
                await driver.run_chunk.remote(claim)
            except RayTaskError as error:
                if isinstance(error.cause, ServiceError):
                    raise error.cause from None
                raise

        self._worker = JobWorker(
            self._queue, run, concurrency=settings.concurrency, lease_s=settings.lease_s
        )
        self._starting = BackgroundTask("The start of the work on jobs", self._start)
        self._starting.start()

    async def record_autoscaling_stats(self) -> dict[str, float]:
        """What :mod:`serve_app.jobs.scaling` goes by; Serve asks for it."""
        if self._database is None:
            return {WAITING_WORK: 0.0}
        try:
            due = (await self._queue.length()).due
        except StoreUnavailable:
            due = 0
        seconds = waiting_work_s(due, self._worker.chunk_s, self._settings.concurrency)
        return {WAITING_WORK: seconds}

    async def __del__(self) -> None:
        if self._database is not None:
            await self._starting.close()
            await self._worker.close()
            await self._database.close()

    async def _start(self) -> None:
        """Begin once the database has its tables."""
        while True:
            try:
                await self._database.migrate()  # type: ignore[union-attr]  # there is one
                break
            except StoreUnavailable:
                await asyncio.sleep(_OUTAGE_PAUSE_S)
        self._worker.start()
