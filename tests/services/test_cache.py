"""One contract for every cache, against a real Valkey; then what is particular to each."""

import asyncio
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio as redis_client
import zstandard

from deployments.wire import EncodedSection
from serve_app.breaker import RETRY_AFTER_S
from serve_app.cache import Cache, MemoryCache, RedisCache, TieredCache
from serve_app.record import Record
from serve_app.standalone.embedded import EmbeddedServers

TIMEOUT_S = 1.0


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def digest() -> str:
    return uuid.uuid4().hex * 2


def record(key: str, *names: str, body: bytes = b'{"score":0.5}') -> Record:
    sections = {name: EncodedSection("ok", "v1", body) for name in names or ("sentiment",)}
    return Record(key, b'{"language":{"code":"en"}}', sections)


def over_redis(url: str, **options: object) -> RedisCache:
    return RedisCache(url, **{"ttl_s": 60, "timeout_s": TIMEOUT_S, **options})


@pytest.fixture(params=["memory", "redis", "tiered", "tiered without redis"])
async def cache(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Cache]:
    memory = MemoryCache(2**20, 60)
    made: Cache
    match request.param:
        case "memory":
            made = memory
        case "redis":
            made = over_redis(redis_url)
        case "tiered":
            made = TieredCache(memory, over_redis(redis_url))
        case _:
            made = TieredCache(memory, None)
    yield made
    await made.close()


class TestEveryCache:
    async def test_gives_back_what_was_put(self, cache: Cache) -> None:
        records = [record(digest(), "sentiment", "tone") for _ in range(3)]
        await cache.put_many(records)
        keys = [kept.digest for kept in records]
        assert await cache.get_many(keys) == dict(zip(keys, records, strict=True))

    async def test_leaves_out_what_it_does_not_have(self, cache: Cache) -> None:
        kept = record(digest())
        await cache.put_many([kept])
        assert await cache.get_many([digest(), kept.digest, digest()]) == {kept.digest: kept}

    async def test_takes_nothing_and_asks_for_nothing(self, cache: Cache) -> None:
        await cache.put_many([])
        assert await cache.get_many([]) == {}

    async def test_takes_the_same_digest_twice(self, cache: Cache) -> None:
        kept = record(digest())
        await cache.put_many([kept, kept])
        assert await cache.get_many([kept.digest, kept.digest]) == {kept.digest: kept}

    async def test_a_later_section_replaces_an_earlier_one(self, cache: Cache) -> None:
        key = digest()
        await cache.put_many([record(key, body=b'{"score":0.1}')])
        await cache.put_many([record(key, body=b'{"score":0.2}')])
        assert (await cache.get_many([key]))[key].sections["sentiment"].body == b'{"score":0.2}'

    async def test_keeps_emoji_and_large_bodies_to_the_byte(self, cache: Cache) -> None:
        body = ('{"text":"' + "👩‍👩‍👧 née 𝗯𝗼𝗹𝗱 " * 2_000 + '"}').encode()
        kept = record(digest(), body=body)
        await cache.put_many([kept])
        assert (await cache.get_many([kept.digest]))[kept.digest] == kept

    async def test_a_thousand_at_once(self, cache: Cache) -> None:
        records = [record(digest()) for _ in range(1_000)]
        await cache.put_many(records)
        assert len(await cache.get_many([kept.digest for kept in records])) == 1_000

    async def test_concurrent_use(self, cache: Cache) -> None:
        records = [record(digest()) for _ in range(100)]
        await asyncio.gather(*(cache.put_many([kept]) for kept in records))
        found = await asyncio.gather(*(cache.get_many([kept.digest]) for kept in records))
        assert found == [{kept.digest: kept} for kept in records]


@pytest.mark.parametrize("tiered", [False, True])
async def test_a_put_adds_sections_and_wipes_none(tiered: bool, redis_url: str) -> None:
    memory = MemoryCache(2**20, 60)
    cache: Cache = TieredCache(memory, over_redis(redis_url)) if tiered else memory
    key = digest()
    await cache.put_many([record(key, "keywords")])
    await cache.put_many([record(key, "sentiment")])
    assert set((await cache.get_many([key]))[key].sections) == {"keywords", "sentiment"}
    if tiered:
        in_redis = await over_redis(redis_url).get_many([key])
        assert set(in_redis[key].sections) == {"keywords", "sentiment"}


class TestMemory:
    def test_forgets_at_the_end_of_the_time_to_live_and_not_before(self) -> None:
        clock = Clock()
        cache = MemoryCache(2**20, 10, clock=clock)
        kept = cache.put(record(digest()))
        clock.now += 9.999
        assert cache.get(kept.digest) == kept
        clock.now += 0.001
        assert cache.get(kept.digest) is None
        assert (len(cache), cache.size_bytes, cache.evicted) == (0, 0, 0)

    def test_a_read_does_not_prolong_a_life_but_a_put_does(self) -> None:
        clock = Clock()
        cache = MemoryCache(2**20, 10, clock=clock)
        kept = cache.put(record(digest()))
        clock.now += 6
        cache.get(kept.digest)
        cache.put(kept)
        clock.now += 6
        assert cache.get(kept.digest) == kept
        clock.now += 4
        assert cache.get(kept.digest) is None

    def test_holds_as_many_bytes_as_it_may_and_not_one_more(self) -> None:
        records = [record(digest()) for _ in range(3)]
        exactly = 3 * records[0].size_bytes
        roomy, tight = MemoryCache(exactly, 60), MemoryCache(exactly - 1, 60)
        for kept in records:
            roomy.put(kept)
            tight.put(kept)
        assert (len(roomy), roomy.size_bytes, roomy.evicted) == (3, exactly, 0)
        assert (len(tight), tight.evicted) == (2, 1)
        assert tight.get(records[0].digest) is None

    def test_the_least_recently_used_leaves_first(self) -> None:
        first, second, third = (record(digest()) for _ in range(3))
        cache = MemoryCache(2 * first.size_bytes, 60)
        cache.put(first)
        cache.put(second)
        cache.get(first.digest)
        cache.put(third)
        assert cache.get(second.digest) is None
        assert cache.get(first.digest) == first
        assert cache.get(third.digest) == third

    def test_a_record_larger_than_the_cache_evicts_nothing(self) -> None:
        small = record(digest())
        cache = MemoryCache(small.size_bytes, 60)
        cache.put(small)
        large = record(digest(), body=b'{"a":"' + b"x" * 10_000 + b'"}')
        assert cache.put(large) == large
        assert cache.get(large.digest) is None
        assert cache.get(small.digest) == small

    def test_growing_beyond_the_cache_leaves_no_bytes_behind(self) -> None:
        key = digest()
        cache = MemoryCache(record(key).size_bytes, 60)
        cache.put(record(key, "sentiment"))
        merged = cache.put(record(key, "tone"))
        assert set(merged.sections) == {"sentiment", "tone"}
        assert (len(cache), cache.size_bytes) == (0, 0)

    def test_of_no_size_keeps_nothing(self) -> None:
        cache = MemoryCache(0, 60)
        kept = cache.put(record(digest()))
        assert cache.get(kept.digest) is None

    def test_its_bytes_are_the_sum_of_its_records(self) -> None:
        cache = MemoryCache(50_000, 60)
        keys = [digest() for _ in range(40)]
        for turn in range(400):
            body = b'{"a":"' + b"x" * (turn * 37 % 3_000) + b'"}'
            cache.put(record(keys[turn * 7 % 40], body=body))
            assert cache.size_bytes <= 50_000
        kept = [found for key in keys if (found := cache.get(key))]
        assert cache.size_bytes == sum(found.size_bytes for found in kept) > 0


class TestTiered:
    async def test_what_redis_finds_is_then_in_memory(self, redis_url: str) -> None:
        kept = record(digest())
        await over_redis(redis_url).put_many([kept])
        lookups: list[tuple[str, int]] = []
        memory = MemoryCache(2**20, 60)
        cache = TieredCache(
            memory, over_redis(redis_url), on_lookup=lambda *told: lookups.append(told)
        )
        assert await cache.get_many([kept.digest, digest()]) == {kept.digest: kept}
        assert lookups == [("memory", 0), ("redis", 1), ("none", 1)]
        assert memory.get(kept.digest) == kept
        lookups.clear()
        await cache.get_many([kept.digest])
        assert lookups == [("memory", 1), ("redis", 0), ("none", 0)]
        await cache.close()

    async def test_what_came_to_memory_meanwhile_is_newer(self, redis_url: str) -> None:
        key = digest()
        old = record(key, "sentiment", "tone", body=b'{"old":1}')
        await over_redis(redis_url).put_many([old])
        memory = MemoryCache(2**20, 60)
        cache = TieredCache(memory, over_redis(redis_url))
        looking = asyncio.create_task(cache.get_many([key]))
        await asyncio.sleep(0)  # it has looked in memory and waits for Redis
        memory.put(record(key, "sentiment", body=b'{"new":1}'))
        found = (await looking)[key]
        assert found.sections["sentiment"].body == b'{"new":1}'
        assert found.sections["tone"].body == b'{"old":1}'
        assert memory.get(key) == found


class TestRedis:
    async def test_values_are_compressed_and_expire(self, redis_url: str) -> None:
        kept = record(digest(), body=b'{"a":"' + b"x" * 10_000 + b'"}')
        await over_redis(redis_url, ttl_s=60).put_many([kept])
        client = redis_client.Redis.from_url(redis_url)
        key = f"postlens:2:{kept.digest}"
        assert await client.strlen(key) < 500
        assert 58_000 < await client.pttl(key) <= 60_000
        await client.aclose()

    async def test_forgets_after_its_time_to_live(self, redis_url: str) -> None:
        cache = over_redis(redis_url, ttl_s=0.2)
        kept = record(digest())
        await cache.put_many([kept])
        assert await cache.get_many([kept.digest])
        await asyncio.sleep(0.25)
        assert await cache.get_many([kept.digest]) == {}

    @pytest.mark.parametrize(
        "value",
        [
            b"",
            b"nonsense",
            zstandard.compress(b"not json"),
            zstandard.compress(b"{}"),
            zstandard.compress(record("ab").pack())[:-4],
            zstandard.compress(b"[" * 20 * 2**20),
        ],
        ids=["empty", "not zstd", "not json", "no record", "cut off", "too large"],
    )
    async def test_a_corrupt_value_is_a_miss(self, value: bytes, redis_url: str) -> None:
        cache = over_redis(redis_url)
        bad, good = digest(), record(digest())
        client = redis_client.Redis.from_url(redis_url)
        await client.set(f"postlens:2:{bad}", value)
        await client.aclose()
        await cache.put_many([good])
        assert await cache.get_many([bad, good.digest]) == {good.digest: good}
        assert cache.corrupt == 1
        assert cache.available

    def test_a_url_of_another_kind_is_refused_at_once(self) -> None:
        with pytest.raises(ValueError, match="redis://"):
            over_redis("http://localhost")


class TestOutage:
    async def test_redis_killed_is_a_miss_and_never_an_error(
        self, own: EmbeddedServers, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO")
        clock = Clock()
        cache = TieredCache(MemoryCache(0, 60), over_redis(own.redis_url, clock=clock))
        kept = record(digest())
        await cache.put_many([kept])
        assert await cache.get_many([kept.digest]) == {kept.digest: kept}
        os.kill(own.pids["valkey"], signal.SIGKILL)
        assert await cache.get_many([kept.digest]) == {}
        await cache.put_many([kept])
        assert cache.redis is not None
        assert (cache.redis.failures, cache.redis.skipped) == (1, 1)
        assert not cache.redis.available
        own.stop()
        with EmbeddedServers.start(folder):
            clock.now += RETRY_AFTER_S
            await cache.put_many([kept])
            assert await cache.get_many([kept.digest]) == {kept.digest: kept}
            assert cache.redis.available
        await cache.close()
        outage = [line for line in caplog.messages if "Redis" in line]
        assert [line.split()[1] for line in outage] == ["failed", "is"]

    async def test_a_restart_between_two_calls_is_not_noticed(
        self, own: EmbeddedServers, folder: Path
    ) -> None:
        cache = over_redis(own.redis_url)
        kept = record(digest())
        await cache.put_many([kept])
        own.stop()
        with EmbeddedServers.start(folder):
            assert await cache.get_many([kept.digest]) == {kept.digest: kept}
            assert cache.failures == 0
        await cache.close()

    async def test_a_hanging_redis_costs_one_timeout_and_not_one_for_each_call(
        self, own: EmbeddedServers
    ) -> None:
        clock = Clock()
        cache = over_redis(own.redis_url, timeout_s=0.2, clock=clock)
        kept = record(digest())
        await cache.put_many([kept])
        os.kill(own.pids["valkey"], signal.SIGSTOP)
        try:
            started = time.monotonic()
            for _ in range(50):
                assert await cache.get_many([kept.digest]) == {}
            assert 0.15 < time.monotonic() - started < 0.6
            assert (cache.failures, cache.skipped) == (1, 49)
            clock.now += RETRY_AFTER_S
            await asyncio.gather(*(cache.get_many([kept.digest]) for _ in range(20)))
            assert (cache.failures, cache.skipped) == (2, 68)
        finally:
            os.kill(own.pids["valkey"], signal.SIGCONT)
        clock.now += RETRY_AFTER_S
        assert await cache.get_many([kept.digest]) == {kept.digest: kept}
        await cache.close()
