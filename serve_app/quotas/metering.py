"""Usage on its way from Redis and memory to Postgres, once a second.

Running totals are written, and the larger of two is kept: whoever dies at whatever moment leaves
nothing undone that the next second does not do, and nothing that it does twice.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.errors import StoreUnavailable
from serve_app.quotas.limits import day_of
from serve_app.quotas.local_usage import LocalUsage
from serve_app.quotas.redis_limiter import RedisLimiter
from serve_app.quotas.usage_rows import UsageName, UsageRow, save
from serve_app.store.database import Database

log = logging.getLogger(__name__)

_INTERVAL_S = 1.0
#: At most a tenth of the time is spent on it.
_PAUSES = 9
_CANCEL_TIMEOUT_S = 2.0
#: Any constant that other users of the database do not lock: "metering" in ASCII.
_LOCK = int.from_bytes(b"metering")


class Metering:
    """Writes usage; one in each driver replica, of which one at a time reads Redis."""

    def __init__(
        self,
        database: Database,
        local: LocalUsage,
        redis: RedisLimiter | None,
        now_us: Callable[[], int],
    ) -> None:
        """Nothing is written yet.

        Args:
            database: where to.
            local: what this replica counts by itself.
            redis: what all replicas count together.
            now_us: microseconds since 1970.
        """
        self._database = database
        self._local = local
        self._redis = redis
        self._now_us = now_us
        self._lock = asyncio.Lock()
        self._seen: dict[str, tuple[str, int]] = {}
        self._written: dict[str, dict[UsageName, UsageRow]] = {}
        self._task = BackgroundTask("The metering", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Write a last time, and stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)
        with contextlib.suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(_CANCEL_TIMEOUT_S):
                await self.write()

    async def write(self) -> None:
        """Write what Postgres does not have yet.

        Raises:
            StoreUnavailable: it cannot be asked; the next time does it.
        """
        async with self._lock:
            await self._write_local(self._now_us())
            if self._redis is not None:
                async with self._database.alone(_LOCK) as alone:
                    if alone is not None:
                        await self._write_redis(self._redis)

    async def _write_local(self, now_us: int) -> None:
        if self._redis is not None:
            for call in await self._redis.settle(now_us):
                self._local.add_to(call.name, call.cost)
        await self._local.save(day_of(now_us))

    async def _write_redis(self, redis: RedisLimiter) -> None:
        usages = await redis.usages()
        for name, epoch, counted in usages:
            if self._seen.get(name) == (epoch, counted):
                continue
            rows = await redis.totals(name, epoch)
            if rows is None:
                continue
            written = self._written.get(name, {})
            await save(self._database, [row for row in rows if written.get(row.name) != row])
            self._written[name] = {row.name: row for row in rows}
            self._seen[name] = epoch, counted
        there = {name for name, _, _ in usages}
        for name in self._seen.keys() - there:
            del self._seen[name], self._written[name]

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            started_at = loop.time()
            with until_next_time(log, "The usage could not be written"):
                await self.write()
            await asyncio.sleep(max(_INTERVAL_S, _PAUSES * (loop.time() - started_at)))
