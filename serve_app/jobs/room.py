"""What works on jobs in a driver replica, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from serve_app.jobs.chunk_run import ChunkRuns
from serve_app.jobs.dependencies import JobDesk
from serve_app.jobs.jobs import Jobs
from serve_app.jobs.planning import JobPlanning
from serve_app.jobs.queue import ChunkQueue
from serve_app.jobs.receiving import JobReceiver
from serve_app.jobs.sweeping import JobSweeper
from serve_app.jobs.watching import JobWatching
from serve_app.jobs.worker import JobWorker
from serve_app.posts.posts import Posts
from serve_app.service import Answering, Service
from serve_app.settings import Settings
from serve_app.store.database import Database


@dataclass(frozen=True, slots=True)
class JobRoom:
    """The desk for the endpoints, and what goes on beside them.

    Attributes:
        worker: None where a deployment of its own works on jobs.
    """

    desk: JobDesk
    runs: ChunkRuns
    planning: JobPlanning
    sweeper: JobSweeper
    worker: JobWorker | None

    @classmethod
    def make(
        cls,
        database: Database,
        service: Service,
        seen_from: Callable[[Service, str], Answering],
        posts: Posts,
        settings: Settings,
    ) -> Self:
        """All of it, not begun.

        Args:
            database: where jobs are kept.
            service: analyses their posts.
            seen_from: the service as a workspace sees it, by its name.
            posts: those that are kept.
            settings: of the application.
        """
        of_jobs, retry_hours = settings.jobs, settings.webhooks.retry_hours
        queue = ChunkQueue(database, attempts=of_jobs.attempts)
        runs = ChunkRuns(
            database, service, seen_from, posts,
            attempts=of_jobs.attempts, retry_hours=retry_hours,
        )  # fmt: skip
        worker = None
        if of_jobs.in_driver:
            worker = JobWorker(
                queue, runs.run, concurrency=of_jobs.concurrency, lease_s=of_jobs.lease_s
            )
        jobs = Jobs(database, retry_hours=retry_hours, wake=worker.wake if worker else lambda: None)
        receiver = JobReceiver(database, of_jobs, retry_hours=retry_hours)
        desk = JobDesk(jobs, receiver, JobWatching(jobs), of_jobs)
        planning = JobPlanning(database, of_jobs, retry_hours=retry_hours)
        return cls(desk, runs, planning, JobSweeper(database, queue, runs, of_jobs), worker)

    def start(self) -> None:
        """Begin the background work; to be called inside the event loop."""
        self.planning.start()
        self.sweeper.start()
        if self.worker:
            self.worker.start()

    async def close(self) -> None:
        """Stop; what was begun is taken up by others."""
        if self.worker:
            await self.worker.close()
        await self.planning.close()
        await self.sweeper.close()
