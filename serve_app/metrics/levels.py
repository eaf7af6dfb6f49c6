"""Levels and totals that a replica's components count themselves, reported every half second."""

import asyncio
from collections.abc import Callable, Mapping

from ray.serve import metrics

from serve_app.background_task import BackgroundTask
from serve_app.components import Components
from serve_app.drafts.channel import DraftCounts
from serve_app.metrics.drafts import DraftMetrics
from serve_app.metrics.requests import RequestMetrics
from serve_app.metrics.waiting import WaitingMetrics
from serve_app.metrics.workspaces import WorkspaceMetrics
from serve_app.store.backlog import MOST

_INTERVAL_S = 0.5

Read = Callable[[Components], int]

#: What goes up and down: name, description and where it is read.
_LEVELS: Mapping[str, tuple[str, Read]] = {
    "store_queue": (
        "Texts waiting to be written to Postgres",
        lambda c: c.store.queued,
    ),
    "cache_memory_bytes": (
        "What the memory cache holds",
        lambda c: c.cache.memory.table.size_bytes,
    ),
    "cache_memory_records": (
        "How many records the memory cache holds",
        lambda c: len(c.cache.memory.table),
    ),
    "cache_ready_bytes": (
        "What the answers take that are ready to be sent",
        lambda c: c.responses.size_bytes,
    ),
    "posts_pending": (
        f"Posts in Postgres that wait for their analysis, up to {MOST:,}; of all replicas alike",
        lambda c: c.rooms.pending_backlog.size if c.rooms else 0,
    ),
    "webhooks_waiting": (
        f"Messages in Postgres that are not delivered yet, up to {MOST:,}; of all replicas alike",
        lambda c: c.rooms.delivery_backlog.size if c.rooms else 0,
    ),
}

#: What only grows.
_TOTALS: Mapping[str, tuple[str, Read]] = {
    "store_dropped": (
        "Texts that could not be written to Postgres",
        lambda c: c.store.dropped,
    ),
    "cache_evicted": (
        "Records that left the memory cache for others",
        lambda c: c.cache.memory.table.evicted,
    ),
    "cache_expired": (
        "Records that were not used for as long as they had to live",
        lambda c: c.cache.memory.table.expired,
    ),
    "cache_renewed": (
        "Records in use that were given a longer life in Redis",
        lambda c: c.cache.renewed,
    ),
    "cache_warmed": (
        "Records read from Postgres at start",
        lambda c: c.maintenance.warmed,
    ),
    "posts_written": (
        "Posts that were written, new ones and changes",
        lambda c: c.rooms.posts.written if c.rooms else 0,
    ),
    "webhooks_delivered": (
        "Messages that a receiver took",
        lambda c: c.rooms.delivery.delivered if c.rooms else 0,
    ),
    "webhooks_failed": (
        "Attempts to deliver a message that failed; it is tried again, or given up",
        lambda c: c.rooms.delivery.failed_attempts if c.rooms else 0,
    ),
    "cache_redis_failures": (
        "Calls of Redis that failed or took too long",
        lambda c: c.cache.redis.server.failures if c.cache.redis else 0,
    ),
    "cache_redis_corrupt": (
        "Values in Redis that were no records",
        lambda c: c.cache.redis.corrupt if c.cache.redis else 0,
    ),
}


class MetricsReporter:
    """Brings Ray's metrics of one replica up to date, in a task of its own."""

    def __init__(
        self, components: Components, requests: RequestMetrics, drafts: DraftCounts
    ) -> None:
        self._components = components
        self._requests = requests
        self._drafts = DraftMetrics(drafts)
        self._gauges = {
            name: metrics.Gauge(f"postlens_{name}", description)
            for name, (description, _) in _LEVELS.items()
        }
        self._counters = {
            name: metrics.Counter(f"postlens_{name}", description)
            for name, (description, _) in _TOTALS.items()
        }
        self._waiting = WaitingMetrics()
        self._reported = dict.fromkeys(_TOTALS, 0)
        self._workspaces = WorkspaceMetrics()
        self._task = BackgroundTask("The report of metrics", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Report a last time and stop."""
        await self._task.close()
        self.report()

    def report(self) -> None:
        """Tell Ray what the components count now."""
        self._requests.report()
        self._drafts.report()
        if self._components.rooms:
            self._workspaces.report(self._components.rooms.quotas.counts)
        for name, (_, read) in _LEVELS.items():
            self._gauges[name].set(read(self._components))
        self._waiting.report(self._components.service.lanes)
        for name, (_, read) in _TOTALS.items():
            total = read(self._components)
            if total > self._reported[name]:
                self._counters[name].inc(total - self._reported[name])
                self._reported[name] = total

    async def _run(self) -> None:
        while True:
            self.report()
            await asyncio.sleep(_INTERVAL_S)
