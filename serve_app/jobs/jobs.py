"""Jobs as their callers see them: read, cancelled, retried, deleted."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any
from uuid import UUID

from serve_app.errors import InvalidRequest
from serve_app.jobs.chunk_results import cancel
from serve_app.jobs.items import index_of, is_failure, lines_from, unpack_lines
from serve_app.jobs.job import shown_job
from serve_app.jobs.queue import sql
from serve_app.problems import problem
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.database import Database

#: Chunks whose results are read at a time.
_CHUNKS = 20
_ENDED = ("completed", "cancelled")


class Jobs:
    """The jobs of all workspaces."""

    def __init__(self, database: Database, *, retry_hours: float, wake: Callable[[], None]) -> None:
        """The jobs of a database.

        Args:
            database: where they are.
            retry_hours: for which the message of a job's end is tried.
            wake: called when there is work.
        """
        self._database = database
        self._retry_hours = retry_hours
        self.wake = wake

    async def find(
        self,
        workspace: int,
        *,
        states: Sequence[str] | None,
        kinds: Sequence[str] | None,
        behind: UUID | None,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Jobs as JSON, newest first.

        Args:
            workspace: whose.
            states, kinds: only of these; None is of all.
            behind: only jobs before this one.
            limit: at most so many.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            rows = await connection.fetch(
                sql("find_jobs"), workspace, None, behind, states, kinds, limit
            )
        return [shown_job(row) for row in rows]

    async def read(self, workspace: int, id: UUID) -> dict[str, Any]:
        """A job as JSON.

        Raises:
            InvalidRequest: there is none.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            return await _read(connection, workspace, id)

    async def cancel(self, workspace: int, id: UUID) -> dict[str, Any]:
        """Have nothing more analysed for a job; one that has ended stays as it is.

        Raises:
            InvalidRequest: there is none.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            job = await _lock(connection, workspace, id)
            if job["state"] in _ENDED:
                return await _read(connection, workspace, id)
            return {**await cancel(connection, workspace, id, self._retry_hours)}

    async def retry(self, workspace: int, id: UUID) -> dict[str, Any]:
        """Have the posts analysed again that have failed; those that were refused cannot be.

        Raises:
            InvalidRequest: there is no such job, or it was cancelled.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            job = await _lock(connection, workspace, id)
            if job["state"] == "cancelled":
                detail = "The job was cancelled: its posts are no longer kept."
                raise InvalidRequest(problem("job-cancelled", detail))
            if again := await connection.fetchval(sql("retry_chunks"), workspace, id):
                await connection.execute(sql("reopen_job"), workspace, id, again)
            shown = await _read(connection, workspace, id)
        self.wake()
        return shown

    async def delete(self, workspace: int, id: UUID) -> None:
        """Delete a job that has ended, with its results.

        Raises:
            InvalidRequest: there is no such job, or it has not ended.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            job = await _lock(connection, workspace, id)
            if job["state"] not in _ENDED:
                raise InvalidRequest(problem("job-is-running", f"The job is {job['state']}."))
            await connection.execute(sql("delete_job"), workspace, id)

    async def result_lines(
        self, workspace: int, id: UUID, first: int
    ) -> AsyncGenerator[list[bytes], None]:
        """The results in the order of the posts, up to the first that is not there yet.

        Some chunks are read in a transaction of their own, so nothing is held back in Postgres
        however slowly they are taken.

        Args:
            workspace: whose.
            id: of the job.
            first: index of the post to begin with.

        Raises:
            InvalidRequest: there is no such job.
            StoreUnavailable: Postgres cannot be asked.
        """
        await self.read(workspace, id)
        number = 0
        while True:
            async with self._database.transaction(workspace) as connection:
                rows = await connection.fetch(
                    sql("find_results"), workspace, id, first, number, _CHUNKS
                )
            for row in rows:
                if row["state"] == "waiting":
                    return
                yield list(lines_from(unpack_lines(row["results"]), first))
            if len(rows) < _CHUNKS:
                return
            number = rows[-1]["number"] + 1

    async def failures(self, workspace: int, id: UUID, *, first: int, limit: int) -> list[bytes]:
        """The lines of posts that have failed, in their order.

        Args:
            workspace: whose.
            id: of the job.
            first: index of the post to begin with.
            limit: at most so many.

        Raises:
            InvalidRequest: there is no such job.
            StoreUnavailable: Postgres cannot be asked.
        """
        failures: list[bytes] = []
        async with self._database.transaction(workspace) as connection:
            await _read(connection, workspace, id)
            while len(failures) < limit:
                begin = index_of(failures[-1]) + 1 if failures else first
                rows = await connection.fetch(sql("find_failures"), workspace, id, begin, _CHUNKS)
                found = [line for row in rows for line in _failures_from(row, begin)]
                failures += found
                if len(rows) < _CHUNKS:
                    break
        return failures[:limit]


async def _read(connection: Connection, workspace: int, id: UUID) -> dict[str, Any]:
    row = await connection.fetchrow(sql("find_jobs"), workspace, id, None, None, None, 1)
    if row is None:
        raise unknown_job(str(id))
    return shown_job(row)


async def _lock(connection: Connection, workspace: int, id: UUID) -> QueryRow:
    row: QueryRow | None = await connection.fetchrow(sql("lock_job"), workspace, id)
    if row is None or row["state"] == "receiving":
        raise unknown_job(str(id))
    return row


def unknown_job(id: str) -> InvalidRequest:
    """The exception for an id that is of no job."""
    return InvalidRequest(problem("unknown-job", f"There is no job '{id[:60]}'."))


def _failures_from(row: QueryRow, first: int) -> list[bytes]:
    return [line for line in lines_from(unpack_lines(row["results"]), first) if is_failure(line)]
