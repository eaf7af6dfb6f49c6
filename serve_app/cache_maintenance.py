"""What is done for the cache beside the requests: filled at start, renewed ahead, swept.

Renewing is all that a hot record needs to be refreshed before its end: its results cannot
go stale, since they are addressed by the text and by the versions of the models. Sections
of a model that was replaced are computed when the text is next sent, for nobody here has
the text: it is stored nowhere.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter

from serve_app.background_task import BackgroundTask
from serve_app.cache import TieredCache
from serve_app.errors import StoreUnavailable
from serve_app.readiness import Readiness
from serve_app.store import Store

log = logging.getLogger(__name__)

_INTERVAL_S = 30.0
#: Written in one statement; uses of rarer texts of a busy interval are not counted.
_COUNTED_TEXTS = 2_000
_READY_POLL_S = 0.5
_PAGE_TEXTS = 100
#: A start is no longer one after this: what was asked for meanwhile is in the cache.
_WARM_START_TIMEOUT_S = 60.0


class CacheMaintenance:
    """Keeps one replica's cache in order, in a task of its own.

    Attributes:
        warmed: records that were read from the store at start.
    """

    def __init__(
        self, cache: TieredCache, store: Store, readiness: Readiness, *, warm_start_records: int
    ) -> None:
        """Not begun.

        Args:
            cache: of this replica.
            store: where uses are counted, and the most used records are read from.
            readiness: knows the versions of today's models.
            warm_start_records: how many records a start reads at most.
        """
        self._cache = cache
        self._store = store
        self._readiness = readiness
        self._warm_start_records = warm_start_records
        self._task = BackgroundTask("The maintenance of the cache", self._run)
        self.warmed = 0

    def start(self) -> None:
        """Begin; to be called inside the event loop. Nobody waits for it."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close()

    async def warm_start(self) -> None:
        """Read the records most used into memory, most used first, as far as there is room.

        Only what today's models gave, and so it waits until each has named its version.
        """
        while not self._readiness.ready:  # noqa: ASYNC110 - only asking again tells
            await asyncio.sleep(_READY_POLL_S)
        with contextlib.suppress(TimeoutError, StoreUnavailable):
            async with asyncio.timeout(_WARM_START_TIMEOUT_S):
                for offset in range(0, self._warm_start_records, _PAGE_TEXTS):
                    if self._cache.memory.table.full:
                        break
                    await self._warm_page(offset)

    async def run_once(self) -> None:
        """Sweep memory, renew in Redis what was used since the last run, count its uses."""
        self._cache.memory.table.sweep()
        uses = self._cache.take_uses()
        await self._cache.renew(uses)
        most_used = dict(Counter(uses).most_common(_COUNTED_TEXTS))
        if most_used:
            with contextlib.suppress(StoreUnavailable):  # a count that is too low, no more
                await self._store.count_uses(most_used)

    async def _run(self) -> None:
        # Side by side: an analysis that never gets ready must not keep the rest waiting.
        await asyncio.gather(self._logged_warm_start(), self._run_periodically())

    async def _run_periodically(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL_S)
            try:
                await self.run_once()
            except Exception:  # it must outlive whatever Redis and Postgres do
                log.exception("The maintenance of the cache failed; it is tried again.")

    async def _logged_warm_start(self) -> None:
        started = time.monotonic()
        try:
            await self.warm_start()
        except Exception:  # a start without it is slower, no more
            log.exception("The most used records could not be read.")
        took_s = time.monotonic() - started
        log.info("%d records were read from Postgres in %.1f s.", self.warmed, took_s)

    async def _warm_page(self, offset: int) -> None:
        limit = min(_PAGE_TEXTS, self._warm_start_records - offset)
        versions = dict(self._readiness.versions)
        memory = self._cache.memory
        for stored in await self._store.most_used(versions, limit=limit, offset=offset):
            record = stored.valid()
            cached = memory.table.peek(record.digest)
            if record.sections and cached is None and not memory.table.full:
                memory.put(record)
                self.warmed += 1
                await asyncio.sleep(0)  # requests go first
