"""The bodies that a driver replica holds are bounded, and small ones always have room."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import httpx
import pytest

from serve_app.api.application import build_api
from serve_app.api.body_memory import FREE_BYTES, BodyMemory
from serve_app.errors import ServiceOverloaded
from serve_app.settings import ApiSettings
from tests.services.asgi_client import client_of, problem
from tests.services.rule_service import RuleService

MIB = 2**20
JSON = {"Content-Type": "application/json"}


def test_what_all_bodies_share_is_bounded_and_given_back() -> None:
    memory = BodyMemory(MIB, 10)
    with ExitStack() as requests:
        first = requests.enter_context(memory.hold())
        first.grow(FREE_BYTES + MIB)
        assert memory.shared_bytes == MIB
        second = requests.enter_context(memory.hold())
        second.grow(FREE_BYTES)
        with pytest.raises(ServiceOverloaded):
            second.grow(1)
    assert (memory.shared_bytes, memory.requests) == (0, 0)
    with memory.hold() as body:
        body.grow(FREE_BYTES + MIB)


def test_small_bodies_have_room_whatever_large_ones_take() -> None:
    memory = BodyMemory(MIB, 10)
    with memory.hold() as large, memory.hold() as small:
        with pytest.raises(ServiceOverloaded):
            large.grow(FREE_BYTES + MIB + 1)
        for _ in range(128):
            small.grow(FREE_BYTES // 128)
    assert memory.shared_bytes == 0


def test_the_number_of_requests_is_bounded() -> None:
    memory = BodyMemory(MIB, 2)
    with memory.hold(), memory.hold(), pytest.raises(ServiceOverloaded):
        memory.hold().__enter__()
    with memory.hold(), memory.hold():
        assert memory.requests == 2


class StalledBody:
    """A body whose last byte comes when it is let go."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.end = asyncio.Event()
        self.sent = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content) - 1, 65_536):
            yield self._content[start : min(start + 65_536, len(self._content) - 1)]
        self.sent.set()
        await self.end.wait()
        yield self._content[-1:]


async def test_stalled_large_bodies_leave_short_posts_their_room() -> None:
    settings = ApiSettings(body_memory_bytes=8 * MIB)
    async with client_of(build_api(RuleService(), settings=settings)) as client:
        posts = b",".join(b'{"text":"%d %b"}' % (n, b"word " * 3_000) for n in range(300))
        body = StalledBody(b'{"posts":[' + posts + b"]}")
        request = client.post("/v1/analyze/batch", content=body, headers=JSON)
        stalled = asyncio.create_task(request)
        await body.sent.wait()
        refusal = await client.post("/v1/analyze/batch", content=b" " * 6 * MIB, headers=JSON)
        problem(refusal, "overloaded")
        assert int(refusal.headers["Retry-After"]) >= 1
        answer = await client.post("/v1/analyze", json={"text": "We won the prize."})
        assert answer.status_code == 200
        stalled.cancel()
        await asyncio.wait([stalled])
        later = await client.post("/v1/analyze/batch", content=b" " * 6 * MIB, headers=JSON)
        problem(later, "not-json")


async def test_more_requests_than_allowed_are_refused_as_problems() -> None:
    service = RuleService()
    service.gate.clear()
    settings = ApiSettings(requests_in_progress=2)
    async with client_of(build_api(service, settings=settings)) as client:

        async def ask(number: int) -> httpx.Response:
            return await client.post("/v1/analyze", json={"text": f"We won {number} prizes."})

        waiting = [asyncio.create_task(ask(number)) for number in range(2)]
        for _ in range(1_000):
            if len(service.read["tone"]) == 2:
                break
            await asyncio.sleep(0.01)
        problem(await ask(3), "overloaded")
        service.gate.set()
        assert [response.status_code for response in await asyncio.gather(*waiting)] == [200, 200]
        assert (await ask(4)).status_code == 200
