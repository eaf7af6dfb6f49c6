"""The metrics page of a node: whichever replica is asked, it answers for all of them.

Ray's agent takes a good part of a second for its page, more than a megabyte of it about Ray
itself. So one collection serves everyone for a second, in a thread, and what is passed on are
PostLens' own metrics and the few of Serve's that tell how requests and replicas fare.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from functools import cache
from typing import Any

import httpx
import ray

_OWN = "ray_postlens_"
#: Serve's families that are passed on; a counter's name ends in ``_total``.
SERVE_FAMILIES = frozenset({
    "ray_serve_num_http_requests_total",
    "ray_serve_num_http_error_requests_total",
    "ray_serve_num_ongoing_http_requests",
    "ray_serve_deployment_replica_healthy",
    "ray_serve_deployment_replica_starts_total",
    "ray_serve_deployment_queued_queries",
    "ray_serve_replica_processing_queries",
})  # fmt: skip
#: When a series began: nobody asks, and each has one.
_CREATED = "_created"
_LIFETIME_S = 1.0
_AGENT_TIMEOUT_S = 5.0


class NodePage:
    """The metrics page of this node, collected at most once a second."""

    def __init__(
        self,
        exported: Callable[[], Awaitable[str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is collected yet.

        Args:
            exported: reads all metrics of the node; by default from Ray's agent.
            clock: seconds.
        """
        self._exported = exported or _exported_by_agent
        self._clock = clock
        self._collection: asyncio.Task[bytes] | None = None
        self._collected_at = float("-inf")

    async def read(self) -> bytes:
        """PostLens' and Serve's metrics of every replica on this node, in Prometheus text.

        Raises:
            httpx.HTTPError: Ray's agent does not answer.
        """
        if self._collection is None or self._is_old(self._collection):
            # In a context of its own: it belongs to no request, and ends with none.
            loop = asyncio.get_running_loop()
            self._collection = loop.create_task(self._collect(), context=Context())
        return await asyncio.shield(self._collection)

    def _is_old(self, collection: "asyncio.Task[bytes]") -> bool:
        if not collection.done():
            return False
        failed = collection.cancelled() or collection.exception() is not None
        return failed or self._clock() - self._collected_at > _LIFETIME_S

    async def _collect(self) -> bytes:
        page = await asyncio.to_thread(select, await self._exported())
        self._collected_at = self._clock()
        return page


async def _exported_by_agent() -> str:
    async with httpx.AsyncClient(timeout=_AGENT_TIMEOUT_S) as client:
        return (await client.get(_agent_url())).raise_for_status().text


@cache
def _agent_url() -> str:
    node_id = ray.get_runtime_context().get_node_id()
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    node = next(node for node in nodes if node["NodeID"] == node_id)
    return f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"


def select(exported: str) -> bytes:
    """The families that are passed on, each once, however many workers wrote it.

    Args:
        exported: Prometheus text 0.0.4, where a family's samples stand behind its ``# TYPE``.
    """
    families: dict[str, list[str]] = {}
    metadata: dict[str, dict[str, str]] = {}
    family = ""
    for line in exported.splitlines():
        if line.startswith("#"):
            _, kind, family, *_ = line.split(" ", 3)
            metadata.setdefault(family, {}).setdefault(kind, line)
        elif _is_passed_on(family):
            families.setdefault(family, []).append(line)
    # Ray writes each counter a second time, as a gauge without the suffix.
    names = [name for name in families if f"{name}_total" not in families]
    lines = (line for name in names for line in (*metadata[name].values(), *families[name]))
    return "".join(f"{line}\n" for line in lines).encode()


def _is_passed_on(family: str) -> bool:
    is_own = family.startswith(_OWN) and not family.endswith(_CREATED)
    return is_own or family in SERVE_FAMILIES
