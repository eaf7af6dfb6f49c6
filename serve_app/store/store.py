"""Analyses in Postgres, written behind the answers in batches.

The only module that knows asyncpg. Holds digests and results, never a post's text.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import asyncpg

from serve_app.analysis_record import AnalysisRecord
from serve_app.background_task import BackgroundTask
from serve_app.errors import StoreUnavailable
from serve_app.settings import StoreSettings
from serve_app.store.migrate import migrate, migrations
from serve_app.store.queries import query
from serve_app.store.rows import section_columns, stored_record, stored_records, text_columns
from serve_app.store.write_queue import Backlog, Entry

log = logging.getLogger(__name__)

_CONNECT_TIMEOUT_S = 5.0
#: A read that takes longer is answered with StoreUnavailable.
_FIND_TIMEOUT_S = 5.0
#: A batch that takes longer is tried again.
_WRITE_TIMEOUT_S = 30.0
_CLOSE_TIMEOUT_S = 10.0
_DISCONNECT_TIMEOUT_S = 2.0
_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 2.0

#: Of a row and not of the moment: trying again would fail again (classes 22 and 23 of
#: "Appendix A. PostgreSQL Error Codes").
_BAD_ROW = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
#: TimeoutError is an OSError.
_UNAVAILABLE = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server's farewell was read in the middle of a call
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows in the tables."""

    texts: int
    sections: int


class Store:
    """Keeps records in Postgres; an outage costs no answer, only the waiting of its rows.

    Attributes:
        written: texts written so far.
        dropped: saves that were lost: no room in the queue, a row that Postgres refuses,
            or an outage that lasted beyond :meth:`close`.
    """

    def __init__(self, pool: "asyncpg.Pool[Any]", settings: StoreSettings) -> None:
        self._pool = pool
        self._settings = settings
        self._backlog = Backlog(settings.queue_limit)
        self._migrated = False
        self._filled = asyncio.Event()
        self._urgent = asyncio.Event()
        self._progress = asyncio.Condition()
        self._flushes = 0
        self._down_since: float | None = None
        self._lost = 0
        self.written = 0
        self._writer = BackgroundTask("The writing of the store", self._write_behind)

    @classmethod
    async def open(cls, url: str, settings: StoreSettings) -> Self:
        """Connect, and bring the schema up to date.

        Where Postgres is down, the store opens all the same and goes on trying: analyses
        need no database.

        Args:
            url: ``postgresql://...``.
            settings: of the queue and the pool.

        Raises:
            MigrationChanged: an applied migration differs from this version's.
            ValueError: the URL is not one of Postgres.
        """
        pool = asyncpg.create_pool(
            url,
            min_size=0,  # so that an outage at start does not fail here
            max_size=settings.pool_size,
            timeout=_CONNECT_TIMEOUT_S,
            command_timeout=_WRITE_TIMEOUT_S,
        )
        store = cls(await pool, settings)
        try:
            await store._migrate()
        except asyncpg.exceptions.ClientConfigurationError:  # a ValueError: the URL is wrong
            raise
        except _UNAVAILABLE as error:
            store._note_outage(error)
        except BaseException:
            store._pool.terminate()
            raise
        store._writer.start()
        return store

    @property
    def queued(self) -> int:
        """Texts that wait to be written."""
        return len(self._backlog)

    @property
    def dropped(self) -> int:
        """Saves that were lost."""
        return self._backlog.dropped + self._lost

    def save(self, record: AnalysisRecord, *, characters: int | None = None) -> None:
        """Keep the record; returns at once. To be called in the event loop.

        Args:
            record: what is known of the text; sections already stored stay.
            characters: length of the text in code points.

        Raises:
            ValueError: the digest is not hexadecimal.
        """
        bytes.fromhex(record.digest)
        now = datetime.now(UTC)
        if not self._backlog.add(Entry(record, characters, now, now)):
            if self._backlog.dropped == 1:
                log.warning(
                    "The store's queue is full (%d): records are dropped.", len(self._backlog)
                )
            return
        self._filled.set()
        if len(self._backlog) >= self._settings.batch_size:
            self._urgent.set()

    async def find(self, digest: str) -> AnalysisRecord | None:
        """The latest section of each analysis of a text, also those not yet written.

        Args:
            digest: 64 hex digits; None is the answer to anything else.

        Raises:
            StoreUnavailable: Postgres cannot be asked, and nothing waits in the queue.
        """
        try:
            key = bytes.fromhex(digest)
        except ValueError:
            return None
        waiting = self._backlog.find(digest)
        try:
            stored = stored_record(digest, await self._fetch("find_record", key))
        except StoreUnavailable:
            if waiting is None:
                raise
            return waiting
        return waiting.over(stored) if stored and waiting else waiting or stored

    async def counts(self) -> Counts:
        """How many texts and sections are stored.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        [row] = await self._fetch("count_rows")
        return Counts(row["texts"], row["sections"])

    async def count_uses(self, uses: Mapping[str, int]) -> None:
        """Add to how often texts were seen, by digest; those not stored are passed over.

        Raises:
            StoreUnavailable: Postgres cannot be asked; nothing was counted.
        """
        await self._fetch("count_uses", [bytes.fromhex(key) for key in uses], list(uses.values()))

    async def most_used(
        self, versions: Mapping[str, str], *, limit: int, offset: int
    ) -> list[AnalysisRecord]:
        """A page of the texts most used, most used first.

        Args:
            versions: by analysis; sections of others are left out, and texts without any.
            limit: texts of the page, those left out included.
            offset: texts before the page, likewise.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        names, values = list(versions), list(versions.values())
        return stored_records(await self._fetch("most_used", names, values, limit, offset))

    async def _fetch(self, name: str, *arguments: Any) -> list[asyncpg.Record]:
        if not self._migrated:
            raise StoreUnavailable("Postgres has not been reached yet; try again soon.")
        try:
            async with asyncio.timeout(_FIND_TIMEOUT_S):
                try:
                    return await self._pool.fetch(query(name), *arguments)
                except _UNAVAILABLE:  # perhaps a pooled connection that the server had ended
                    return await self._pool.fetch(query(name), *arguments)
        except _UNAVAILABLE as error:
            kind = type(error).__name__
            raise StoreUnavailable(f"Postgres cannot be asked ({kind}); try again soon.") from error

    async def flush(self) -> None:
        """Return once everything saved before this call is written; an outage is waited for."""
        target = self._backlog.entered
        self._flushes += 1
        self._urgent.set()
        try:
            async with self._progress:
                await self._progress.wait_for(lambda: self._backlog.settled >= target)
        finally:
            self._flushes -= 1

    async def close(self, *, timeout_s: float = _CLOSE_TIMEOUT_S) -> None:
        """Write what waits, for so long at most, then disconnect."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self.flush()
        await self._writer.close(timeout_s=_DISCONNECT_TIMEOUT_S)
        if self._backlog:
            self._lost += len(self._backlog)
            log.error("Postgres did not come back in time: %d texts are lost.", len(self._backlog))
        try:
            async with asyncio.timeout(_DISCONNECT_TIMEOUT_S):
                await self._pool.close()
        except _UNAVAILABLE:
            self._pool.terminate()

    async def _migrate(self) -> None:
        async with self._pool.acquire() as connection:
            await migrate(connection, migrations())
        self._migrated = True

    async def _write_behind(self) -> None:
        retry_s = _FIRST_RETRY_S
        while True:
            try:
                await self._write_next()
                self._note_recovery()
                retry_s = _FIRST_RETRY_S
            except Exception as error:  # the writer must outlive whatever the database does
                self._note_outage(error)
                await asyncio.sleep(retry_s * random.uniform(0.5, 1))  # replicas spread out
                retry_s = min(2 * retry_s, _LAST_RETRY_S)

    async def _write_next(self) -> None:
        """Write one batch, once there is something and its time has come."""
        if not self._migrated:
            await self._migrate()
        await self._filled.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.flush_interval_s):
                await self._urgent.wait()
        entries = self._backlog.batch(self._settings.batch_size)
        try:
            await self._write(entries)
        except _BAD_ROW:
            await self._write_one_by_one(entries)
        await self._settle()

    async def _settle(self) -> None:
        self._backlog.settle()
        if not self._backlog:
            self._filled.clear()
        if len(self._backlog) < self._settings.batch_size and not self._flushes:
            self._urgent.clear()
        async with self._progress:
            self._progress.notify_all()

    async def _write_one_by_one(self, entries: Sequence[Entry]) -> None:
        """Keep the good rows of a batch that holds a bad one."""
        for entry in entries:
            try:
                await self._write([entry])
            except _BAD_ROW as error:
                self._lost += 1
                kind = type(error).__name__  # the message could quote the text
                log.error("Postgres refuses the record %s: %s", entry.record.digest, kind)

    async def _write(self, entries: Sequence[Entry]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(query("save_texts"), *text_columns(entries))
            await connection.execute(query("save_sections"), *section_columns(entries))
        self.written += len(entries)

    def _note_outage(self, error: Exception) -> None:
        if self._down_since is None:
            self._down_since = time.monotonic()
            unforeseen = not isinstance(error, _UNAVAILABLE)
            kind = type(error).__name__
            log.warning("Postgres cannot be written (%s); retrying.", kind, exc_info=unforeseen)

    def _note_recovery(self) -> None:
        if self._down_since is not None:
            log.info("Postgres is back after %.1f s.", time.monotonic() - self._down_since)
            self._down_since = None
