"""A service with keys that have limits, over a real Postgres and a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from serve_app.cache import RedisServer
from serve_app.quotas.limits import SECOND_US
from tests.services.kept_posts import KeptPosts, kept_posts

ADMIN = {"Authorization": "Bearer root"}


class WallClock:
    """Microseconds since 1970 that pass when told to.

    Attributes:
        us: now.
    """

    def __init__(self, at: datetime | None = None) -> None:
        self.us = round((at or datetime.now(UTC)).timestamp()) * SECOND_US

    def __call__(self) -> int:
        return self.us


@asynccontextmanager
async def limited_keys(
    database: str, redis_url: str | None, clock: WallClock, timeout_s: float = 2
) -> AsyncIterator[KeptPosts]:
    """A replica whose environment has a key of the workspace acme."""
    server = RedisServer(redis_url, timeout_s=timeout_s) if redis_url else None
    try:
        async with kept_posts(database, keys=["acme:root"], redis=server, now_us=clock) as kept:
            await kept.rooms.key_ring.refresh()
            yield kept
    finally:
        if server:
            await server.close()


async def made(kept: KeptPosts, **limits: int) -> dict[str, Any]:
    """A key with these limits, which the replica knows; with its ``headers``."""
    response = await kept.client.post("/v1/keys", json={"name": "k", **limits}, headers=ADMIN)
    assert response.status_code == 201, response.text
    await kept.rooms.key_ring.refresh()
    key: dict[str, Any] = response.json()
    return {**key, "headers": {"Authorization": f"Bearer {key['key']}"}}


async def send(
    kept: KeptPosts, key: dict[str, Any], posts: int = 1, text: str = "Thanks!"
) -> httpx.Response:
    """A batch of so many posts."""
    body = {"posts": [{"text": text}] * posts}
    return await kept.client.post("/v1/analyze/batch", json=body, headers=key["headers"])


async def usage_of(kept: KeptPosts, key: str, posts: int) -> dict[str, int]:
    """The total of a key once it has so many posts; what it is after ten seconds otherwise."""
    total: dict[str, int] = {}
    for _ in range(100):
        await kept.rooms.quotas.metering.write()
        total = (await usage(kept, key=key))["total"]
        if total["posts"] >= posts:
            break
        await asyncio.sleep(0.1)
    return total


async def usage(kept: KeptPosts, **query: str) -> dict[str, Any]:
    """What ``GET /v1/usage`` answers."""
    response = await kept.client.get("/v1/usage", params=query, headers=ADMIN)
    assert response.status_code == 200, response.text
    content: dict[str, Any] = response.json()
    return content
