"""The metrics page: what is passed on, and how often it is collected."""

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serve_app.metrics.node_page import SERVE_FAMILIES, NodePage, select
from tests.manual_clock import ManualClock

EXPORTED = """\
# HELP ray_postlens_requests_total Posts answered, by cache state
# TYPE ray_postlens_requests_total counter
ray_postlens_requests_total{cache="hit",WorkerId="a"} 3.0
# HELP ray_postlens_requests (DEPRECATED, use ray_postlens_requests_total instead)
# TYPE ray_postlens_requests gauge
ray_postlens_requests{cache="hit",WorkerId="a"} 3.0
# TYPE ray_postlens_requests_created gauge
ray_postlens_requests_created{cache="hit",WorkerId="a"} 1.7e+09
# HELP ray_postlens_section_seconds Time of one analysis
# TYPE ray_postlens_section_seconds histogram
ray_postlens_section_seconds_bucket{analysis="tone",le="0.1"} 2.0
ray_postlens_section_seconds_count{analysis="tone"} 2.0
ray_postlens_section_seconds_sum{analysis="tone"} 0.1
# HELP ray_serve_num_http_requests_total Requests
# TYPE ray_serve_num_http_requests_total counter
ray_serve_num_http_requests_total{route="/"} 7.0
# HELP ray_serve_long_poll_latency_ms Nobody asks for it
# TYPE ray_serve_long_poll_latency_ms histogram
ray_serve_long_poll_latency_ms_count{route="/"} 7.0
# HELP ray_node_cpu Of the machine
# TYPE ray_node_cpu gauge
ray_node_cpu 2.0
# HELP ray_postlens_requests_total Posts answered, by cache state
# TYPE ray_postlens_requests_total counter
ray_postlens_requests_total{cache="hit",WorkerId="b"} 4.0
"""


def test_only_what_somebody_needs_is_passed_on_and_each_family_once() -> None:
    page = select(EXPORTED).decode()
    families = {family.name: family for family in text_string_to_metric_families(page)}
    assert set(families) == {
        "ray_postlens_requests",
        "ray_postlens_section_seconds",
        "ray_serve_num_http_requests",
    }
    assert page.count("# TYPE ray_postlens_requests_total") == 1
    assert [sample.value for sample in families["ray_postlens_requests"].samples] == [3, 4]
    assert len(families["ray_postlens_section_seconds"].samples) == 3
    assert all(name.startswith("ray_serve_") for name in SERVE_FAMILIES)


def test_nothing_exported_is_an_empty_page() -> None:
    assert select("") == b""


class CountingAgent:
    """Exports a page when it is let go, and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0
        self.open = asyncio.Event()
        self.open.set()
        self.is_up = True

    async def __call__(self) -> str:
        self.calls += 1
        await self.open.wait()
        if not self.is_up:
            raise ConnectionError("refused")
        return EXPORTED


async def test_one_collection_serves_everyone_for_a_second() -> None:
    agent, clock = CountingAgent(), ManualClock()
    agent.open.clear()
    page = NodePage(agent, clock)
    readers = [asyncio.create_task(page.read()) for _ in range(20)]
    await asyncio.sleep(0.01)
    readers[0].cancel()  # its client has gone: the others get their page all the same
    agent.open.set()
    pages = await asyncio.gather(*readers[1:])
    assert set(pages) == {select(EXPORTED)}
    clock.now += 0.9
    await page.read()
    assert agent.calls == 1
    clock.now += 0.2
    await page.read()
    assert agent.calls == 2


async def test_a_failure_is_told_and_not_kept() -> None:
    agent = CountingAgent()
    agent.is_up = False
    page = NodePage(agent, ManualClock())
    with pytest.raises(ConnectionError):
        await page.read()
    agent.is_up = True
    assert await page.read() == select(EXPORTED)
