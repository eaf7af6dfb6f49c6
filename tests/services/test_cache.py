"""What is particular to each cache, against a real Valkey, also one that stops and comes back."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import redis.asyncio as redis_client
import zstandard

from serve_app.cache import MemoryCache, RedisCache, TieredCache, TtlPolicy
from serve_app.cache.circuit_breaker import RETRY_AFTER_S
from serve_app.cache.codec import RecordCodec, format_id
from serve_app.standalone.embedded import EmbeddedServers
from tests.manual_clock import ManualClock
from tests.services.records import digest, record, section

TIMEOUT_S = 1.0

OPENED: list[RedisCache] = []


@pytest.fixture(autouse=True)
async def closing() -> AsyncIterator[None]:
    """What a test opens is closed in the loop it was opened in."""
    yield
    while OPENED:
        await OPENED.pop().close()


def over_redis(
    url: str,
    *,
    ttl_s: float = 60,
    ttl_max_s: float = 480,
    timeout_s: float = TIMEOUT_S,
    clock: Callable[[], float] = time.monotonic,
) -> RedisCache:
    ttl = TtlPolicy(ttl_s, max(ttl_s, ttl_max_s))
    cache = RedisCache(url, ttl, timeout_s=timeout_s, clock=clock)
    OPENED.append(cache)
    return cache


def in_memory(size_bytes: int = 2**20, clock: Callable[[], float] = time.monotonic) -> MemoryCache:
    return MemoryCache(size_bytes, TtlPolicy(60, 60), clock=clock)


def key_of(key: str) -> str:
    return f"postlens:{format_id()}:{key}"


class TestTiered:
    async def test_what_redis_finds_is_then_in_memory(self, redis_url: str) -> None:
        cached = record(digest())
        await over_redis(redis_url).put_many([cached])
        lookups: list[tuple[str, int]] = []
        memory = in_memory()
        cache = TieredCache(
            memory, over_redis(redis_url), on_lookup=lambda *lookup: lookups.append(lookup)
        )
        assert await cache.get_many([cached.digest, digest()]) == {cached.digest: cached}
        assert lookups == [("memory", 0), ("redis", 1), ("none", 1)]
        assert memory.get(cached.digest) == cached
        lookups.clear()
        await cache.get_many([cached.digest])
        assert lookups == [("memory", 1), ("redis", 0), ("none", 0)]
        await cache.close()

    async def test_redis_gets_the_sections_that_memory_has(self, redis_url: str) -> None:
        key = digest()
        cache = TieredCache(in_memory(), over_redis(redis_url))
        await cache.put_many([record(key, "keywords")])
        await cache.put_many([record(key, "sentiment")])
        in_redis = await over_redis(redis_url).get_many([key])
        assert set(in_redis[key].sections) == {"keywords", "sentiment"}
        await cache.close()

    async def test_what_came_to_memory_meanwhile_is_newer(self, redis_url: str) -> None:
        key = digest()
        old = section(body=b'{"old":1}')
        await over_redis(redis_url).put_many([record(key, sentiment=old, tone=old)])
        memory = in_memory()
        cache = TieredCache(memory, over_redis(redis_url))
        looking = asyncio.create_task(cache.get_many([key]))
        await asyncio.sleep(0)  # it has looked in memory and waits for Redis
        memory.put(record(key, sentiment=section(body=b'{"new":1}')))
        found = (await looking)[key]
        assert found.sections["sentiment"].body == b'{"new":1}'
        assert found.sections["tone"].body == b'{"old":1}'
        assert memory.get(key) == found


class TestRenewal:
    """What is used in memory does not expire in Redis."""

    async def expires_in_s(self, redis_url: str, key: str) -> float:
        async with redis_client.Redis.from_url(redis_url) as client:
            left_ms: int = await client.pttl(key_of(key))
            return left_ms / 1000

    async def test_uses_in_memory_lengthen_the_ttl_in_redis(self, redis_url: str) -> None:
        cache = TieredCache(in_memory(), over_redis(redis_url))
        used, unused = record(digest()), record(digest())
        await cache.put_many([used, unused])
        for _ in range(2):
            await cache.get_many([used.digest])
        await cache.renew(cache.take_uses())
        assert 230 < await self.expires_in_s(redis_url, used.digest) <= 240
        assert 50 < await self.expires_in_s(redis_url, unused.digest) <= 60
        assert cache.renewed == 1

    async def test_a_record_in_use_is_renewed_below_the_share_and_not_above(
        self, redis_url: str
    ) -> None:
        clock = ManualClock()
        memory = MemoryCache(2**20, TtlPolicy(10_000, 10_000), clock=clock)
        redis = over_redis(redis_url, ttl_s=100, ttl_max_s=100)
        cache = TieredCache(memory, redis, refresh_below=0.25, clock=clock)
        cached = record(digest())
        await cache.put_many([cached])
        renewed = []
        for seconds in (0, 74, 2, 74, 2):
            clock.now += seconds
            assert cache.count_use(cached.digest)
            await cache.renew(cache.take_uses())
            renewed.append(cache.renewed)
        assert renewed == [1, 1, 2, 2, 3]
        await cache.close()

    async def test_what_redis_has_lost_is_put_there_again(self, redis_url: str) -> None:
        cache = TieredCache(in_memory(), over_redis(redis_url))
        cached = record(digest())
        await cache.put_many([cached])
        async with redis_client.Redis.from_url(redis_url) as client:
            await client.delete(key_of(cached.digest))
        assert cache.count_use(cached.digest)
        await cache.renew(cache.take_uses())
        assert await over_redis(redis_url).get_many([cached.digest]) == {cached.digest: cached}

    async def test_a_longer_ttl_that_another_replica_granted_is_not_cut(
        self, redis_url: str
    ) -> None:
        cached = record(digest())
        one, other = (TieredCache(in_memory(), over_redis(redis_url)) for _ in range(2))
        await one.put_many([cached])
        for _ in range(5):
            one.count_use(cached.digest)
        await one.renew(one.take_uses())
        await other.get_many([cached.digest])
        await other.renew(other.take_uses())
        assert 470 < await self.expires_in_s(redis_url, cached.digest) <= 480

    async def test_uses_are_counted_until_they_are_taken(self, redis_url: str) -> None:
        cache = TieredCache(in_memory(), over_redis(redis_url))
        cached = record(digest())
        await over_redis(redis_url).put_many([cached])
        await cache.get_many([cached.digest, digest()])
        assert cache.count_use(cached.digest)
        assert not cache.count_use(digest())
        assert cache.take_uses() == {cached.digest: 2}
        assert cache.take_uses() == {}


class TestRedis:
    async def test_values_are_compressed_and_expire(self, redis_url: str) -> None:
        cached = record(digest(), sentiment=section(body=b'{"a":"' + b"x" * 10_000 + b'"}'))
        await over_redis(redis_url, ttl_s=60).put_many([cached])
        client = redis_client.Redis.from_url(redis_url)
        key = key_of(cached.digest)
        assert await client.strlen(key) < 500
        assert 58_000 < await client.pttl(key) <= 60_000
        await client.aclose()

    async def test_forgets_after_its_time_to_live(self, redis_url: str) -> None:
        cache = over_redis(redis_url, ttl_s=0.2)
        cached = record(digest())
        await cache.put_many([cached])
        assert await cache.get_many([cached.digest])
        await asyncio.sleep(0.25)
        assert await cache.get_many([cached.digest]) == {}

    @pytest.mark.parametrize(
        "value",
        [
            b"",
            b"nonsense",
            zstandard.compress(b"not json"),
            zstandard.compress(b"{}"),
            RecordCodec().encode(record("ab"))[:-4],
            RecordCodec().encode(record("ab"))[:-1] + b"!",
            zstandard.compress(b"[" * 20 * 2**20),
        ],
        ids=["empty", "not zstd", "not json", "no record", "cut off", "altered", "too large"],
    )
    async def test_a_corrupt_value_is_a_miss(self, value: bytes, redis_url: str) -> None:
        cache = over_redis(redis_url)
        bad, good = digest(), record(digest())
        client = redis_client.Redis.from_url(redis_url)
        await client.set(key_of(bad), value)
        await client.aclose()
        await cache.put_many([good])
        assert await cache.get_many([bad, good.digest]) == {good.digest: good}
        assert cache.corrupt == 1
        assert cache.server.breaker.closed

    def test_a_url_of_another_kind_is_refused_at_once(self) -> None:
        with pytest.raises(ValueError, match="redis://"):
            over_redis("http://localhost")


class TestOutage:
    async def test_redis_killed_is_a_miss_and_never_an_error(
        self, own: EmbeddedServers, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO")
        clock = ManualClock()
        cache = TieredCache(in_memory(0), over_redis(own.redis_url, clock=clock))
        cached = record(digest())
        await cache.put_many([cached])
        assert await cache.get_many([cached.digest]) == {cached.digest: cached}
        os.kill(own.pids["valkey"], signal.SIGKILL)
        assert await cache.get_many([cached.digest]) == {}
        await cache.put_many([cached])
        assert cache.redis is not None
        assert (cache.redis.server.failures, cache.redis.server.skipped) == (1, 1)
        assert not cache.redis.server.breaker.closed
        own.stop()
        with EmbeddedServers.start(folder):
            clock.now += RETRY_AFTER_S
            await cache.put_many([cached])
            assert await cache.get_many([cached.digest]) == {cached.digest: cached}
            assert cache.redis.server.breaker.closed
        await cache.close()
        outage = [line for line in caplog.messages if "Redis" in line]
        assert [line.split()[1] for line in outage] == ["failed", "is"]

    async def test_a_restart_between_two_calls_is_not_noticed(
        self, own: EmbeddedServers, folder: Path
    ) -> None:
        cache = over_redis(own.redis_url)
        cached = record(digest())
        await cache.put_many([cached])
        own.stop()
        with EmbeddedServers.start(folder):
            assert await cache.get_many([cached.digest]) == {cached.digest: cached}
            assert cache.server.failures == 0
        await cache.close()

    async def test_a_hanging_redis_costs_one_timeout_and_not_one_for_each_call(
        self, own: EmbeddedServers
    ) -> None:
        clock = ManualClock()
        cache = over_redis(own.redis_url, timeout_s=0.2, clock=clock)
        cached = record(digest())
        await cache.put_many([cached])
        os.kill(own.pids["valkey"], signal.SIGSTOP)
        try:
            started = time.monotonic()
            for _ in range(50):
                assert await cache.get_many([cached.digest]) == {}
            assert 0.15 < time.monotonic() - started < 0.6
            assert (cache.server.failures, cache.server.skipped) == (1, 49)
            clock.now += RETRY_AFTER_S
            await asyncio.gather(*(cache.get_many([cached.digest]) for _ in range(20)))
            assert (cache.server.failures, cache.server.skipped) == (2, 68)
        finally:
            os.kill(own.pids["valkey"], signal.SIGCONT)
        clock.now += RETRY_AFTER_S
        assert await cache.get_many([cached.digest]) == {cached.digest: cached}
        await cache.close()
