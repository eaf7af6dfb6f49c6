"""What the service counts, through Ray's metrics, and the node's metrics page.

A replica's own numbers reach Ray's agent on its node; the agent exports those of all
replicas there. ``/metrics`` therefore answers for the whole node, whichever replica
was asked. Ray writes every name with the prefix ``ray_``.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import httpx
import ray
from prometheus_client.core import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from ray.serve import metrics

#: Seconds; from a hot answer (under 1 ms) to the longest deadline.
_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
_TEXTS = [1.0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000]

#: What goes up and down, in one replica.
_LEVELS = {
    "store_queue": "Texts waiting to be written to Postgres",
    "cache_memory_bytes": "What the memory cache holds",
    "cache_memory_records": "How many records the memory cache holds",
    "cache_ready_bytes": "What the answers take that are ready to be sent",
}

#: What only grows, in one replica, and is counted where it happens.
_TOTALS = {
    "store_dropped": "Texts that could not be written to Postgres",
    "cache_evicted": "Records that left the memory cache for others",
    "cache_expired": "Records that were not used for as long as they had to live",
    "cache_renewed": "Records in use that were given a longer life in Redis",
    "cache_warmed": "Records read from Postgres at start",
    "cache_redis_failures": "Calls of Redis that failed or took too long",
    "cache_redis_corrupt": "Values in Redis that were no records",
}


class Tally:
    """A counter with one tag, brought up to date by :meth:`report`.

    Ray takes longer to count one request than the memory cache to answer it.
    """

    def __init__(self, name: str, description: str, tag: str) -> None:
        self._counter = metrics.Counter(name, description, tag_keys=(tag,))
        self._tag = tag
        self._more: dict[str, int] = {}

    def add(self, value: str, count: int = 1) -> None:
        """So many more where the tag has this value."""
        self._more[value] = self._more.get(value, 0) + count

    def report(self) -> None:
        """Tell Ray what was added."""
        more, self._more = self._more, {}
        for value, count in more.items():
            self._counter.inc(count, {self._tag: value})


class ServiceMetrics:
    """The service's counters and histograms; the `Observer` of the request path."""

    def __init__(self) -> None:
        self._requests = Tally("postlens_requests", "Posts answered, by cache state", "cache")
        self._request_s = metrics.Histogram(
            "postlens_request_seconds", "Time of a post's answer", _SECONDS, tag_keys=("cache",)
        )
        self._answered: list[tuple[str, float]] = []
        self._section_s = metrics.Histogram(
            "postlens_section_seconds",
            "Time of one analysis of one post, from submission to answer",
            _SECONDS,
            tag_keys=("analysis", "status"),  # type: ignore[arg-type]  # Ray means any tuple
        )
        self._batch_texts = metrics.Histogram(
            "postlens_batch_texts", "Texts in one call of an analysis", _TEXTS, ("analysis",)
        )
        self._cache_lookups = Tally(
            "postlens_cache_lookups", "Records looked up, by where they were", "level"
        )
        self._joined = metrics.Counter(
            "postlens_stampedes_avoided", "Posts that waited for a computation of an equal one"
        )
        self._levels = {
            name: metrics.Gauge(f"postlens_{name}", description)
            for name, description in _LEVELS.items()
        }
        self._totals = {
            name: metrics.Counter(f"postlens_{name}", description)
            for name, description in _TOTALS.items()
        }
        self._counted = dict.fromkeys(_TOTALS, 0)

    def answered(self, cache: str, seconds: float) -> None:
        """A post was answered from the cache (``hit``), in part, or anew (``miss``)."""
        self._answered.append((cache, seconds))

    def analysed(self, analysis: str, status: str, seconds: float) -> None:
        """A section was computed."""
        self._section_s.observe(seconds, {"analysis": analysis, "status": status})

    def batched(self, analysis: str, texts: int) -> None:
        """A call of an analysis left with so many texts."""
        self._batch_texts.observe(texts, {"analysis": analysis})

    def looked_up(self, level: str, records: int) -> None:
        """So many records were found in ``memory`` or ``redis``, or nowhere (``none``)."""
        if records:
            self._cache_lookups.add(level, records)

    def joined(self) -> None:
        """A post waits for what is being computed for an equal one."""
        self._joined.inc()

    def report(self) -> None:
        """Tell Ray what is counted by itself and not at once."""
        answered, self._answered = self._answered, []
        for cache, seconds in answered:
            self._requests.add(cache)
            self._request_s.observe(seconds, {"cache": cache})
        self._requests.report()
        self._cache_lookups.report()

    def level(self, name: str, value: float) -> None:
        """Set one of :data:`_LEVELS` for this replica."""
        self._levels[name].set(value)

    def total(self, name: str, value: int) -> None:
        """Bring one of :data:`_TOTALS` up to what this replica has counted since its start."""
        if more := value - self._counted[name]:
            self._totals[name].inc(more)
            self._counted[name] = value


class NodeMetrics:
    """The metrics page of this node, as Ray's agent exports it."""

    @cached_property
    def _url(self) -> str:
        node_id = ray.get_runtime_context().get_node_id()
        nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
        node = next(node for node in nodes if node["NodeID"] == node_id)
        return f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"

    async def page(self) -> bytes:
        """PostLens' and Serve's metrics of every replica on this node, in Prometheus text.

        Raises:
            httpx.HTTPError: Ray's agent does not answer.
        """
        async with httpx.AsyncClient(timeout=5) as client:
            exported = (await client.get(self._url)).raise_for_status().text
        return merge(exported)


def merge(exported: str) -> bytes:
    """The families of PostLens and Ray Serve, each once, however many workers wrote it."""
    registry = CollectorRegistry()
    registry.register(_Families(_ours(exported)))
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _ours(exported: str) -> list[Metric]:
    families: dict[str, Metric] = {}
    for family in text_string_to_metric_families(exported):
        if family.name.startswith(("ray_postlens_", "ray_serve_")):
            kept = families.setdefault(family.name, family)
            if kept is not family:
                kept.samples += family.samples
    return list(families.values())
