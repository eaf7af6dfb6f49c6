"""What every cache promises, in memory, over a real Valkey, and in both.

A cache may forget at any time; one with room to spare and a TTL of a minute does not.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from serve_app.cache import Cache, MemoryCache, RedisCache, TieredCache, TtlPolicy
from tests.services.records import digest, record, section

_TTL = TtlPolicy(60, 60)


@pytest.fixture(params=["memory", "redis", "tiered", "tiered without redis"])
async def cache(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Cache]:
    memory = MemoryCache(2**22, _TTL)
    redis = RedisCache(redis_url, _TTL, timeout_s=5.0)
    caches: dict[str, Cache] = {
        "memory": memory,
        "redis": redis,
        "tiered": TieredCache(memory, redis),
        "tiered without redis": TieredCache(memory, None),
    }
    yield caches[request.param]
    await caches[request.param].close()
    await redis.close()


async def test_gives_back_what_was_put(cache: Cache) -> None:
    records = [record(digest(), "sentiment", "tone") for _ in range(3)]
    await cache.put_many(records)
    keys = [cached.digest for cached in records]
    assert await cache.get_many(keys) == dict(zip(keys, records, strict=True))


async def test_leaves_out_what_it_does_not_have(cache: Cache) -> None:
    cached = record(digest())
    await cache.put_many([cached])
    assert await cache.get_many([digest(), cached.digest, digest()]) == {cached.digest: cached}


async def test_takes_nothing_and_asks_for_nothing(cache: Cache) -> None:
    await cache.put_many([])
    assert await cache.get_many([]) == {}


async def test_takes_the_same_digest_twice(cache: Cache) -> None:
    cached = record(digest())
    await cache.put_many([cached, cached])
    assert await cache.get_many([cached.digest, cached.digest]) == {cached.digest: cached}


async def test_a_later_section_replaces_an_earlier_one(cache: Cache) -> None:
    key = digest()
    await cache.put_many([record(key, sentiment=section(0.1))])
    await cache.put_many([record(key, sentiment=section(0.2, version="v2"))])
    assert await cache.get_many([key]) == {key: record(key, sentiment=section(0.2, version="v2"))}


async def test_keeps_emoji_and_large_bodies_to_the_byte(cache: Cache) -> None:
    body = ('{"text":"' + "👩‍👩‍👧 née 𝗯𝗼𝗹𝗱 " * 2_000 + '"}').encode()
    cached = record(digest(), sentiment=section(body=body))
    await cache.put_many([cached])
    assert await cache.get_many([cached.digest]) == {cached.digest: cached}


async def test_a_thousand_at_once(cache: Cache) -> None:
    records = [record(digest()) for _ in range(1_000)]
    await cache.put_many(records)
    keys = [cached.digest for cached in records]
    assert await cache.get_many(keys) == dict(zip(keys, records, strict=True))


async def test_concurrent_use(cache: Cache) -> None:
    records = [record(digest()) for _ in range(100)]
    await asyncio.gather(*(cache.put_many([cached]) for cached in records))
    answers = await asyncio.gather(*(cache.get_many([cached.digest]) for cached in records))
    assert answers == [{cached.digest: cached} for cached in records]


async def test_a_put_adds_sections_and_wipes_none(cache: Cache) -> None:
    """Redis alone replaces: whoever puts a record there has merged it (see RedisCache)."""
    key = digest()
    await cache.put_many([record(key, "keywords")])
    await cache.put_many([record(key, "sentiment")])
    sections = {"sentiment"} if isinstance(cache, RedisCache) else {"keywords", "sentiment"}
    assert set((await cache.get_many([key]))[key].sections) == sections
