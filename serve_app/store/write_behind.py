"""Writes behind the answers, in batches; an outage costs no answer, only the waiting of rows.

Knows no database: two coroutines say how a batch is written.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence

from serve_app.background_task import BackgroundTask
from serve_app.errors import StoreUnavailable
from serve_app.settings import StoreSettings
from serve_app.store.errors import RowRefused
from serve_app.store.write_queue import PendingWrite, WriteQueue

log = logging.getLogger(__name__)

_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 2.0
_CANCEL_TIMEOUT_S = 2.0


class WriteBehind:
    """A queue of writes and the task that empties it.

    Attributes:
        queue: what waits.
        lost: texts that were refused, or still waited at :meth:`close`.
    """

    def __init__(
        self,
        prepare: Callable[[], Awaitable[None]],
        write: Callable[[Sequence[PendingWrite]], Awaitable[None]],
        settings: StoreSettings,
    ) -> None:
        """Not started.

        Args:
            prepare: awaited before each batch; raises StoreUnavailable in an outage.
            write: writes all of a batch or nothing; raises RowRefused for a batch that can
                never be written, StoreUnavailable in an outage.
            settings: of the queue.
        """
        self._prepare = prepare
        self._write = write
        self._settings = settings
        self.queue = WriteQueue(settings.queue_limit)
        self._not_empty = asyncio.Event()
        self._urgent = asyncio.Event()
        self._progress = asyncio.Condition()
        self._flushes = 0
        self._down_since: float | None = None
        self._task = BackgroundTask("The writing of the store", self._run)
        self.lost = 0

    @property
    def up(self) -> bool:
        """Whether the last attempt to write went through; True before the first."""
        return self._down_since is None

    def start(self) -> None:
        """Begin to write; to be called inside the event loop."""
        self._task.start()

    def put(self, write: PendingWrite) -> None:
        """Queue a write; one for which there is no room is counted by the queue."""
        if not self.queue.put(write):
            if self.queue.rejected == 1:
                log.warning("The store's queue is full (%d): records are dropped.", len(self.queue))
            return
        self._not_empty.set()
        if len(self.queue) >= self._settings.batch_size:
            self._urgent.set()

    async def flush(self) -> None:
        """Return once everything put before this call is written; an outage is waited for."""
        target = self.queue.enqueued
        self._flushes += 1
        self._urgent.set()
        try:
            async with self._progress:
                await self._progress.wait_for(lambda: self.queue.acknowledged >= target)
        finally:
            self._flushes -= 1

    async def close(self, *, timeout_s: float) -> None:
        """Write what waits, for so many seconds at most; the rest is lost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self.flush()
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)
        if self.queue:
            self.lost += len(self.queue)
            log.error("Postgres did not come back in time: %d texts are lost.", len(self.queue))

    async def _run(self) -> None:
        retry_s = _FIRST_RETRY_S
        while True:
            try:
                await self._prepare()
                await self._write_next()
                self._note_recovery()
                retry_s = _FIRST_RETRY_S
            except Exception as error:  # it must outlive whatever the database does
                self._note_outage(error)
                await asyncio.sleep(retry_s * random.uniform(0.5, 1))  # replicas spread out
                retry_s = min(2 * retry_s, _LAST_RETRY_S)

    async def _write_next(self) -> None:
        """Write one batch, once there is something and its time has come."""
        await self._not_empty.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.flush_interval_s):
                await self._urgent.wait()
        batch = self.queue.batch(self._settings.batch_size)
        try:
            await self._write(batch)
        except RowRefused:
            await self._write_one_by_one(batch)
        await self._acknowledge()

    async def _write_one_by_one(self, batch: Sequence[PendingWrite]) -> None:
        """Write the good rows of a batch that holds a bad one."""
        for write in batch:
            try:
                await self._write([write])
            except RowRefused as error:
                self.lost += 1
                kind = _cause(error)  # its message could quote the text
                log.error("Postgres refuses the record %s: %s", write.record.digest, kind)

    async def _acknowledge(self) -> None:
        self.queue.acknowledge()
        if not self.queue:
            self._not_empty.clear()
        if len(self.queue) < self._settings.batch_size and not self._flushes:
            self._urgent.clear()
        async with self._progress:
            self._progress.notify_all()

    def _note_outage(self, error: Exception) -> None:
        if self._down_since is None:
            self._down_since = time.monotonic()
            unforeseen = not isinstance(error, StoreUnavailable)
            log.warning(
                "Postgres cannot be written (%s); retrying.", _cause(error), exc_info=unforeseen
            )

    def _note_recovery(self) -> None:
        if self._down_since is not None:
            log.info("Postgres is back after %.1f s.", time.monotonic() - self._down_since)
            self._down_since = None


def _cause(error: Exception) -> str:
    """The name of the database client's own exception."""
    return type(error.__cause__ or error).__name__
