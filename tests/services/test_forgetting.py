"""What is deleted leaves nothing behind: no row of any table, no cache of any replica."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import redis.asyncio as redis

from serve_app.cache import MemoryCache, RedisCache, TieredCache, TtlPolicy
from serve_app.forgetting import Forgetting
from serve_app.request.post import PostRequest
from serve_app.settings import StoreSettings
from serve_app.store import PostgresStore
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts
from tests.services.rule_service import RuleService

MARKER = "Zyxwvutsrq"
TEXT = f"Proud of {MARKER} in Berlin! See https://{MARKER}.example.org #{MARKER}"


class StoringService(RuleService):
    """With the whole of what keeps analyses: memory, Redis, and Postgres."""

    @classmethod
    async def start(cls, database_url: str, redis_url: str) -> "StoringService":
        service = cls()
        ttl = TtlPolicy(60, 60)
        service._cache = TieredCache(
            MemoryCache(2**20, ttl), RedisCache(redis_url, ttl, timeout_s=5)
        )
        service._store = await PostgresStore.open(database_url, StoreSettings())
        return service


@asynccontextmanager
async def replica(database_url: str, redis_url: str) -> AsyncIterator[KeptPosts]:
    service = await StoringService.start(database_url, redis_url)
    async with kept_posts(database_url, service=service, keys=("acme:a", "beta:b")) as kept:
        kept.client.headers["Authorization"] = "Bearer a"
        yield kept


async def _tables_with(url: str, marker: str) -> list[str]:
    """The tables in which some row holds the marker, in any case, or a digest of its texts."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT quote_ident(relname) AS name FROM pg_class WHERE relkind = 'r' "
            "AND relnamespace = 'public'::regnamespace"
        )
        found = []
        for (name,) in tables:
            rows = await connection.fetchval(
                f"SELECT count(*) FROM {name} AS t WHERE t::text ILIKE $1", f"%{marker}%"
            )
            found += [name] if rows else []
        return found
    finally:
        await connection.close()


async def _redis_holds(url: str, digests: list[str]) -> list[str]:
    client = redis.Redis.from_url(url)
    keys = [key.decode() async for key in client.scan_iter(match="postlens:*")]
    await client.aclose()
    return [key for key in keys if key.rpartition(":")[2] in digests]


def _memory_holds(kept: KeptPosts, digests: list[str]) -> list[str]:
    service = kept.service
    cache = service._cache
    assert isinstance(cache, TieredCache)
    responses = service._responses._responses
    return [d for d in digests if cache.memory.table.peek(d) or d in responses]


@pytest.mark.parametrize("way", ["post", "author", "workspace"])
async def test_nothing_is_left_behind(database_url: str, redis_url: str, way: str) -> None:
    async with (
        empty_database(database_url) as url,
        replica(url, redis_url) as first,
        replica(url, redis_url) as second,
    ):
        digests = []
        created = await first.client.post(
            "/v1/posts",
            json={
                "text": TEXT,
                "author": MARKER,
                "external_id": MARKER,
                "tags": [MARKER],
                "metadata": {MARKER: MARKER},
            },
        )
        post = created.json()
        path = f"/v1/posts/{post['id']}"
        digests.append(post["analysis"]["digest"])
        edited = await second.client.patch(path, json={"text": TEXT + " Thank you."})
        digests.append(edited.json()["analysis"]["digest"])
        for kept in (first, second):  # every replica has them in its caches
            for text in (TEXT, TEXT + " Thank you.") * 2:
                await kept.client.post("/v1/analyze", json={"text": text})
            await kept.service._store.flush()  # type: ignore[attr-defined]
        assert {"sections", "texts", "external_ids"} <= set(await _tables_with(url, MARKER))
        assert _memory_holds(first, digests) == _memory_holds(second, digests) == digests
        assert len(await _redis_holds(redis_url, digests)) == 2

        target = {"post": path, "author": f"/v1/authors/{MARKER}", "workspace": "/v1/workspace"}
        deleted = await first.client.delete(target[way])
        assert deleted.is_success
        for _ in range(200):  # the other replica hears of it a moment later
            left = [
                *_memory_holds(second, digests),
                *await _redis_holds(redis_url, digests),
                *await _tables_with(url, MARKER),
            ]
            if not left:
                break
            await asyncio.sleep(0.05)
        assert left == []
        assert _memory_holds(first, digests) == []


async def test_a_replica_that_was_away_catches_up(database_url: str, redis_url: str) -> None:
    async with (
        empty_database(database_url) as url,
        replica(url, redis_url) as first,
        replica(url, redis_url) as second,
    ):
        post = (await first.client.post("/v1/posts", json={"text": TEXT})).json()
        digest = post["analysis"]["digest"]
        await second.client.post("/v1/analyze", json={"text": TEXT})
        assert _memory_holds(second, [digest]) == [digest]
        await second.rooms.forgetting.close()
        await first.client.delete(f"/v1/posts/{post['id']}")
        await asyncio.sleep(0.2)
        assert _memory_holds(second, [digest]) == [digest]
        back = Forgetting(second.rooms.database, second.service.forget)
        back.start()
        for _ in range(200):
            if not _memory_holds(second, [digest]):
                break
            await asyncio.sleep(0.05)
        await back.close()
        assert _memory_holds(second, [digest]) == []


async def test_what_is_computed_when_its_text_is_deleted_is_not_kept(database_url: str) -> None:
    async with empty_database(database_url) as url, kept_posts(url) as kept:
        kept.service.pause_s = 0.3
        computing = asyncio.create_task(kept.client.post("/v1/analyze", json={"text": TEXT}))
        await asyncio.sleep(0.1)
        await kept.service.forget([PostRequest(TEXT).digest])
        assert (await computing).json()["sentiment"]["status"] == "ok"
        again = await kept.client.post("/v1/analyze", json={"text": TEXT})
        assert again.json()["cache"] == "miss"
