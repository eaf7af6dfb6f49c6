"""The metrics page of a node: whichever replica is asked, it answers for all of them."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import httpx
import ray
from prometheus_client.core import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector


class NodePage:
    """The metrics page of this node, as Ray's agent exports it."""

    @cached_property
    def _url(self) -> str:
        node_id = ray.get_runtime_context().get_node_id()
        nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
        node = next(node for node in nodes if node["NodeID"] == node_id)
        return f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"

    async def read(self) -> bytes:
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
            first = families.setdefault(family.name, family)
            if first is not family:
                first.samples += family.samples
    return list(families.values())
