"""Jobs over kept posts get their chunks: page by page, each in one commit with how far it came.

Whoever dies between two pages leaves the next to any other replica.
"""

import logging
from uuid import UUID

import orjson
from pydantic import ValidationError

from serve_app.background_task import BackgroundTask, work_piece_by_piece
from serve_app.errors import InvalidRequest
from serve_app.jobs.chunk import chunks_of
from serve_app.jobs.chunk_results import cancel, tell_end
from serve_app.jobs.items import JobItem
from serve_app.jobs.queue import sql
from serve_app.jobs.receiving import add_chunks
from serve_app.posts.filter_parameters import FilterParameters, post_filter
from serve_app.posts.filters import PostFilter
from serve_app.posts.scanning import ids_after
from serve_app.settings import JobSettings
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.database import Database

log = logging.getLogger(__name__)

_CANCEL_TIMEOUT_S = 2.0

_UNREADABLE = "This release cannot read its filter. Send the job again."
_TOO_MANY = (
    "More than {limit:,} posts meet its filter, the limit of a job. Send several jobs, each with a "
    "'since' and 'until' of its own."
)


class JobPlanning:
    """Finds the kept posts of jobs, beside the requests; every replica does it."""

    def __init__(self, database: Database, settings: JobSettings, *, retry_hours: float) -> None:
        """Not begun.

        Args:
            database: where jobs and posts are.
            settings: how many posts a chunk and a job may have.
            retry_hours: for which the message of a job's end is tried.
        """
        self._database = database
        self._settings = settings
        self._retry_hours = retry_hours
        self._task = BackgroundTask("The planning of jobs", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop; others go on where it was."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def run_once(self) -> bool:
        """Find the next posts of a job; whether there was a job.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            found = await connection.fetchrow(sql("next_unplanned"))
        if found is None:
            return False
        async with self._database.transaction(found["workspace"]) as connection:
            job = await connection.fetchrow(sql("lock_unplanned"), found["workspace"], found["id"])
            if job is None:  # another replica is at it, or was quicker
                return False
            try:
                filter = _filter(job)
            except (InvalidRequest, ValidationError):  # of a release that read it otherwise
                log.exception("The filter of job %s cannot be read; it is cancelled.", job["id"])
                await self._cancel(connection, job, _UNREADABLE)
                return True
            ids = await ids_after(connection, job["workspace"], filter, job["planned_to"])
            # What is written after the job was asked for is none of its posts.
            ids = [id for id in ids if id < job["id"]]
            await self._add(connection, job, ids)
        return True

    async def _add(self, connection: Connection, job: QueryRow, ids: list[UUID]) -> None:
        workspace, id = job["workspace"], job["id"]
        if (limit := self._settings.max_posts) < job["posts"] + len(ids):
            await self._cancel(connection, job, _TOO_MANY.format(limit=limit))
            return
        items = [JobItem(job["posts"] + place, str(post), None) for place, post in enumerate(ids)]
        chunks = list(chunks_of(items, self._settings.chunk_posts))
        if chunks:
            await add_chunks(
                connection, workspace, id, chunks, first=job["chunks"], planned_to=ids[-1]
            )
            return
        state = await connection.fetchval(sql("finish_planning"), workspace, id, None, None)
        if state == "completed":
            await tell_end(connection, workspace, id, self._retry_hours)

    async def _cancel(self, connection: Connection, job: QueryRow, reason: str) -> None:
        await cancel(connection, job["workspace"], job["id"], self._retry_hours, reason=reason)

    async def _run(self) -> None:
        await work_piece_by_piece(self.run_once, log, "The posts of a job could not be found")


def _filter(job: QueryRow) -> PostFilter:
    return post_filter(FilterParameters.model_validate(orjson.loads(job["filter"])))
