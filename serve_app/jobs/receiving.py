"""A job taken in: its posts are written chunk by chunk, and seen by nobody before the last.

However many they are, few are in memory. Whoever sends them again after an outage, with the same
Idempotency-Key, finds the job that was taken in whole, or has it taken in anew.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import UUID

import orjson

from serve_app.errors import InvalidRequest, StoreUnavailable
from serve_app.jobs.chunk import NewChunk
from serve_app.jobs.chunk_results import tell_end
from serve_app.jobs.items import pack_items, pack_lines
from serve_app.jobs.job import PRIORITIES, NewJob
from serve_app.jobs.queue import sql
from serve_app.posts.filter_parameters import FilterParameters, post_filter
from serve_app.posts.finding import begin
from serve_app.posts.idempotency import IdempotencyKey
from serve_app.posts.search_query import search_query
from serve_app.problems import problem, quote
from serve_app.request.fields import invalid_request
from serve_app.settings import JobSettings
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.store.errors import RowRefused
from serve_app.store.uuid7 import uuid7

#: Counts so many posts with so many characters; raises where they are beyond a limit of the caller.
CountPosts = Callable[[int, int], Awaitable[None]]


class JobReceiver:
    """Takes jobs in."""

    def __init__(self, database: Database, settings: JobSettings, *, retry_hours: float) -> None:
        """A receiver of a database.

        Args:
            database: where jobs are kept.
            settings: how many there may be.
            retry_hours: for which the message of a job's end is tried.
        """
        self._database = database
        self._settings = settings
        self._retry_hours = retry_hours

    async def earlier(self, workspace: int, key: IdempotencyKey | None) -> UUID | None:
        """The job that came with the same key; None where there is none.

        Raises:
            InvalidRequest: the key was another request's.
            StoreUnavailable: Postgres cannot be asked.
        """
        if key is None:
            return None
        async with self._database.transaction(workspace) as connection:
            row = await connection.fetchrow(sql("find_request"), workspace, key.key)
        if row is None:
            return None
        if row["request"] != key.request:
            detail = f"The Idempotency-Key {quote(key.key)} was sent with another body before."
            raise invalid_request("idempotency-key-reused", detail, "")
        return UUID(int=row["id"].int)

    async def check_number(self, workspace: int) -> None:
        """Refuse another job before any work is done for it.

        Raises:
            InvalidRequest: the workspace has as many as it may have.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            await self._check_number(connection, workspace)

    async def receive(
        self,
        workspace: int,
        job: NewJob,
        chunks: AsyncIterator[Sequence[NewChunk]],
        key: IdempotencyKey | None,
        count_posts: CountPosts,
    ) -> tuple[UUID, bool]:
        """Take a job with its posts in; its id, and whether it is new.

        Args:
            workspace: whose.
            job: what is asked for.
            chunks: all of them, some at a time; what they raise undoes the job.
            key: of the request.
            count_posts: awaited once, when all are there.

        Raises:
            InvalidRequest: there are too many jobs, or no posts, or they are beyond a limit of the
                caller, or the key was another request's.
            StoreUnavailable: Postgres cannot be asked.
        """
        id = await self._insert(workspace, job)
        try:
            count = posts = characters = 0
            async for some in chunks:
                async with self._database.transaction(workspace) as connection:
                    await add_chunks(connection, workspace, id, some, first=count)
                count += len(some)
                posts += sum(len(chunk.items) for chunk in some)
                characters += sum(chunk.characters for chunk in some)
            if not count:
                raise invalid_request("empty-list", "There are no posts.", "")
            await count_posts(posts, characters)
            await self._finish(workspace, id, key)
        except BaseException as error:
            with contextlib.suppress(StoreUnavailable):  # it is dropped later
                async with self._database.transaction(workspace) as connection:
                    await connection.execute(sql("drop_received"), workspace, id)
            if isinstance(error, RowRefused) and (same := await self.earlier(workspace, key)):
                return same, False  # it was sent twice at one time, and the other was quicker
            raise
        return id, True

    async def open(
        self, workspace: int, job: NewJob, key: IdempotencyKey | None
    ) -> tuple[UUID, bool]:
        """Take a job over kept posts in, which are found later; its id, and whether it is new.

        Raises:
            InvalidRequest: see :meth:`receive`; or no post can meet its filter.
            StoreUnavailable: Postgres cannot be asked.
        """
        filter = post_filter(FilterParameters.model_validate(job.filter))
        async with self._database.transaction(workspace) as connection:
            search_query(filter, await begin(connection, filter))  # refuses what has no word
        try:
            return await self._insert(workspace, job, key, is_open=True), True
        except RowRefused:
            if same := await self.earlier(workspace, key):
                return same, False
            raise

    async def _insert(
        self,
        workspace: int,
        job: NewJob,
        key: IdempotencyKey | None = None,
        *,
        is_open: bool = False,
    ) -> UUID:
        id = uuid7()
        async with self._database.transaction(workspace) as connection:
            await self._check_number(connection, workspace)
            await connection.execute(
                sql("insert_job"), workspace, id, job.kind, PRIORITIES[job.priority],
                list(job.analyses), job.offsets, job.top_n,
                None if job.filter is None else orjson.dumps(job.filter).decode(),
                None if job.webhooks is None else list(job.webhooks),
            )  # fmt: skip
            if is_open:
                named = (key.key, key.request) if key else (None, None)
                await connection.execute(sql("open_job"), workspace, id, *named)
        return id

    async def _check_number(self, connection: Connection, workspace: int) -> None:
        await connection.execute(sql("lock_jobs"), workspace)
        limit = self._settings.active_jobs
        count = await connection.fetchval(sql("count_active"), workspace)
        if count >= limit:
            detail = (
                f"The workspace has {count:,} jobs that have not ended; the limit is {limit:,}."
            )
            fix = "Wait for one of them to end, or cancel one."
            raise InvalidRequest(problem("limit-reached", detail, fix=fix))

    async def _finish(self, workspace: int, id: UUID, key: IdempotencyKey | None) -> None:
        named = (key.key, key.request) if key else (None, None)
        async with self._database.transaction(workspace) as connection:
            state = await connection.fetchval(sql("finish_planning"), workspace, id, *named)
            if state is None:
                raise StoreUnavailable("The job took too long to be received; send it again.")
            if state == "completed":
                await tell_end(connection, workspace, id, self._retry_hours)


async def add_chunks(
    connection: Connection,
    workspace: int,
    job: UUID,
    chunks: Sequence[NewChunk],
    *,
    first: int,
    planned_to: UUID | None = None,
) -> None:
    """Write the next chunks of a job.

    Args:
        connection: in a transaction of the workspace.
        workspace, job: whose they are.
        chunks: in the order of the posts.
        first: number of the first one.
        planned_to: the last kept post that is in them.
    """
    inputs = [pack_items(chunk.items) for chunk in chunks]
    failed = [len(chunk.refused) for chunk in chunks]
    posts = [chunk.posts for chunk in chunks]
    await connection.execute(
        sql("insert_chunks"), workspace, job,
        list(range(first, first + len(chunks))),
        [chunk.first_index for chunk in chunks],
        posts,
        inputs,
        [pack_lines(item.line() for item in chunk.refused) for chunk in chunks],
        failed,
    )  # fmt: skip
    await connection.execute(
        sql("note_chunks"), workspace, job, len(chunks), inputs.count(None), sum(posts),
        sum(failed), planned_to,
    )  # fmt: skip
