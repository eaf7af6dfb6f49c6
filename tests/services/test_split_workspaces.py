"""Kept posts on two Postgres servers, split by workspace: docs/scale.md, "Beyond one server"."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.standalone.embedded import EmbeddedServers
from tests.services.asgi_client import client_of
from tests.services.kept_posts import KeptPosts, kept_posts

ACME, BETA = "acme-key-0123456789", "beta-key-0123456789"


class SplitByKey:
    """What a balancer does in front of two installations: the key of a request names its server."""

    def __init__(self, installations: Mapping[str, ASGIApp]) -> None:
        self._installations = installations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = dict(scope["headers"])[b"authorization"].decode().removeprefix("Bearer ")
        await self._installations[key](scope, receive, send)


@dataclass(frozen=True)
class Split:
    """Two installations behind one address."""

    servers: Mapping[str, EmbeddedServers]
    kept: Mapping[str, KeptPosts]
    client: httpx.AsyncClient

    async def call(
        self, key: str, method: str, path: str, body: object | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"}
        return await self.client.request(method, path, json=body, headers=headers)

    async def texts(self, key: str) -> list[str]:
        """All that the server of a key holds, whoever's it is."""
        connection = await asyncpg.connect(self.servers[key].database_url)
        rows = await connection.fetch("SELECT text FROM posts ORDER BY text")
        await connection.close()
        return [row["text"] for row in rows]


@pytest.fixture
async def split(tmp_path: Path) -> AsyncIterator[Split]:
    async with AsyncExitStack() as stack:
        servers, kept = {}, {}
        for name, key in (("acme", ACME), ("beta", BETA)):
            servers[key] = stack.enter_context(EmbeddedServers.start(tmp_path / name))
            url = servers[key].database_url
            kept[key] = await stack.enter_async_context(kept_posts(url, keys=[f"{name}:{key}"]))
        front = SplitByKey({key: each.api for key, each in kept.items()})
        yield Split(servers, kept, await stack.enter_async_context(client_of(front)))


async def test_each_workspace_is_on_its_own_server(split: Split) -> None:
    for key, text in ((ACME, "Proud of our team in Berlin."), (BETA, "Sorry, we lost an order.")):
        body = {"text": text, "external_id": "li-1", "author": "anna"}
        assert (await split.call(key, "POST", "/v1/posts", body)).status_code == 201
    assert await split.texts(ACME) == ["Proud of our team in Berlin."]
    assert await split.texts(BETA) == ["Sorry, we lost an order."]
    for key, word in ((ACME, "berlin"), (BETA, "order")):
        for q, count in ((word, 1), ("berlin order".replace(word, "").strip(), 0)):
            found = (await split.call(key, "GET", f"/v1/posts?q={q}&count=true")).json()
            assert found["count"] == {"value": count, "exact": True}
        trend = (await split.call(key, "GET", "/v1/trends?measure=posts&bucket=day")).json()
        assert sum(trend["series"][0]["posts"]) == 1


async def test_without_its_server_one_workspace_waits_and_the_other_goes_on(split: Split) -> None:
    body = {"text": "Thank you all."}
    assert (await split.call(ACME, "POST", "/v1/posts", body)).status_code == 201
    split.servers[ACME].stop()
    refused = await split.call(ACME, "POST", "/v1/posts", body)
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert (await split.call(BETA, "POST", "/v1/posts", body)).status_code == 201
    assert await split.texts(BETA) == ["Thank you all."]


async def test_a_workspace_is_deleted_on_its_server_alone(split: Split) -> None:
    for key in (ACME, BETA):
        await split.call(key, "POST", "/v1/posts", {"text": "Thank you all."})
    assert (await split.call(ACME, "DELETE", "/v1/workspace")).is_success
    assert await split.texts(ACME) == []
    assert await split.texts(BETA) == ["Thank you all."]
