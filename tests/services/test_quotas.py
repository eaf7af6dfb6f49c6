"""Limits of keys over a real Valkey and Postgres: at their edges, at once, and through faults."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from serve_app.cache import RedisServer
from serve_app.cache.circuit_breaker import RETRY_AFTER_S
from serve_app.quotas.limits import MINUTE_US, SECOND_US, Cost, KeyLimits, KeyQuota
from serve_app.quotas.local_limiter import LocalLimiter
from serve_app.quotas.redis_limiter import RedisLimiter
from serve_app.standalone.embedded import EmbeddedServers
from tests.services.asgi_client import problem
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts
from tests.services.limited_keys import (
    ADMIN,
    WallClock,
    limited_keys,
    made,
    send,
    usage,
    usage_of,
)

MAY = datetime(2026, 5, 31, 23, 0, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    async with empty_database(database_url) as url:
        yield url


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
async def kept(database: str, redis_url: str, clock: WallClock) -> AsyncIterator[KeptPosts]:
    async with limited_keys(database, redis_url, clock) as kept:
        yield kept


@pytest.fixture
async def server(redis_url: str) -> AsyncIterator[RedisServer]:
    server = RedisServer(redis_url, timeout_s=10)
    yield server
    await server.close()


async def test_redis_and_a_replica_count_alike(server: RedisServer) -> None:
    """The same requests, of which many are at the edge, have the same standing in both."""
    chance = random.Random(13)
    for _ in range(12):
        limits = KeyLimits(
            *(chance.choice([None, chance.randint(1, most)]) for most in (50, 500, 3_000))
        )
        quota = KeyQuota(1, uuid4(), limits)
        redis, local = RedisLimiter(server), LocalLimiter()
        now_us = WallClock(MAY)()
        for _ in range(60):
            now_us += chance.choice([0, 1, 33_333, SECOND_US, 7 * MINUTE_US, -SECOND_US])
            cost = Cost(chance.randint(1, 20), chance.randint(1, 200))
            standing, _ = await redis.take(quota, cost, now_us)
            alone = local.take(quota, cost, now_us)
            assert standing is not None
            assert (standing.fits, standing.headers()) == (alone.fits, alone.headers())


async def test_many_at_once_get_exactly_what_there_is(redis_url: str) -> None:
    """All limits are checked and counted as one, by whichever replica."""
    quota = KeyQuota(1, uuid4(), KeyLimits(100, 1_000, 670))
    servers = [RedisServer(redis_url, timeout_s=30) for _ in range(4)]
    limiters = [RedisLimiter(server) for server in servers]
    now_us = WallClock(MAY)()
    calls = [limiters[i % 4].take(quota, Cost(1 + i % 3, 10), now_us) for i in range(400)]
    standings = [standing for standing, _ in await asyncio.gather(*calls)]
    assert all(standing is not None for standing in standings)
    last, _ = await limiters[0].take(quota, Cost(1_001, 0), now_us)
    assert last is not None
    fitting = [i for i, standing in enumerate(standings) if standing and standing.fits]
    posts = sum(1 + i % 3 for i in fitting)
    assert (last.count.level, last.count.posts) == (posts * MINUTE_US, posts)
    assert last.count.characters == 10 * len(fitting)
    assert posts == 100 or len(fitting) == 67
    for server in servers:
        await server.close()


async def test_a_call_that_is_sent_twice_counts_once(server: RedisServer) -> None:
    limiter, quota = RedisLimiter(server), KeyQuota(1, uuid4(), KeyLimits(10))
    now_us = WallClock()()
    await limiter.take(quota, Cost(1, 1), now_us)
    limiter._open[2] = None
    arguments = limiter._arguments(quota, Cost(3, 3), now_us, 2)
    first, second = [await limiter._count(*arguments) for _ in range(2)]
    assert first[:2] == second[:2] == [1, 4 * MINUTE_US]


async def test_every_route_with_posts_counts_them_once(kept: KeptPosts, clock: WallClock) -> None:
    key = await made(kept, posts_per_minute=1_000)
    headers, client = key["headers"], kept.client
    await client.post("/v1/analyze", json={"text": "12345"}, headers=headers)
    await client.post(
        "/v1/analyze/batch", json={"posts": [{"text": "1"}, {"text": " "}]}, headers=headers
    )
    post = (await client.post("/v1/posts", json={"text": "123"}, headers=headers)).json()
    await client.post("/v1/posts", json={"posts": [{"text": "1"}] * 3}, headers=headers)
    path = f"/v1/posts/{post['id']}"
    await client.put(path, json={"text": "1234"}, headers=headers)
    await client.patch(path, json={"text": "12"}, headers=headers)
    last = await client.patch(path, json={"author": "anna"}, headers=headers)
    assert "ratelimit" not in last.headers
    rows = b'{"text":"1"}\n{"text":"12"}\n'
    jsonl = {**headers, "Content-Type": "application/x-ndjson"}
    await client.post("/v1/posts:import", content=rows, headers=jsonl)
    drafts = {"from": {"text": "1"}, "to": {"post": post["id"]}}
    compared = await client.post("/v1/posts:compare", json=drafts, headers=headers)
    assert compared.headers["ratelimit"] == '"minute";r=989;t=1'
    total = await usage_of(kept, key["id"], 11)
    assert total == {"posts": 11, "characters": 22, "requests": 8}


async def test_a_batch_beyond_the_minute_is_refused_whole(
    kept: KeptPosts, clock: WallClock
) -> None:
    key = await made(kept, posts_per_minute=60)
    answer = await send(kept, key, 50)
    assert answer.headers["ratelimit-policy"] == '"minute";q=60;w=60'
    assert answer.headers["ratelimit"] == '"minute";r=10;t=50'
    refused = await send(kept, key, 11)
    detail = "The request holds 11 posts, and 10 of the key's 60 a minute are left; it fits in 1 s."
    assert problem(refused, "rate-limited")["detail"] == detail
    assert refused.headers["retry-after"] == "1"
    assert (await send(kept, key, 10)).status_code == 200
    never = await send(kept, key, 61)
    assert "never fits" in problem(never, "rate-limited")["fix"]
    assert "retry-after" not in never.headers
    clock.us += SECOND_US
    assert (await send(kept, key, 2)).status_code == 429
    assert (await send(kept, key, 1)).status_code == 200
    assert (await usage_of(kept, key["id"], 61))["posts"] == 61


async def test_the_posts_of_a_job_are_held_to_the_month_and_not_to_the_minute(
    kept: KeptPosts, clock: WallClock
) -> None:
    key = await made(kept, posts_per_minute=2, posts_per_month=8)
    body = {"posts": [{"text": "12"}] * 5 + [{"text": " "}]}
    taken = await kept.client.post("/v1/jobs", json=body, headers=key["headers"])
    assert taken.status_code == 202
    rows = {**key["headers"], "Content-Type": "application/x-ndjson"}
    beyond = await kept.client.post("/v1/jobs", content=b'{"text":"1"}\n' * 4, headers=rows)
    problem(beyond, "quota-exhausted")
    jobs = (await kept.client.get("/v1/jobs", headers=key["headers"])).json()["items"]
    assert [job["id"] for job in jobs] == [taken.json()["id"]]
    assert (await send(kept, key, 2)).status_code == 200
    problem(await send(kept, key, 1), "rate-limited")
    assert await usage_of(kept, key["id"], 7) == {"posts": 7, "characters": 24, "requests": 2}


async def test_a_month_ends_with_the_calendar_and_usage_shows_what_is_left(
    database: str, redis_url: str
) -> None:
    clock = WallClock(MAY)
    async with limited_keys(database, redis_url, clock) as kept:
        key = await made(kept, posts_per_month=10, characters_per_month=70)
        assert (await send(kept, key, 9)).status_code == 200
        refused = await send(kept, key, 2)
        assert "next month begins on 2026-06-01" in problem(refused, "quota-exhausted")["detail"]
        assert refused.headers["retry-after"] == "3600"
        await usage_of(kept, key["id"], 9)
        [month] = (await usage(kept))["months"]
        assert (month["posts_left"], month["characters_left"]) == (1, 7)
        assert month["renews_at"] == "2026-06-01T00:00:00.000000Z"
        clock.us += 3_600 * SECOND_US
        assert (await send(kept, key, 10)).status_code == 200
        assert (await send(kept, key, 1)).status_code == 429
        await usage_of(kept, key["id"], 10)
        days = (await usage(kept, since="2026-05-31"))["items"]
        assert [(day["day"], day["posts"]) for day in days] == [
            ("2026-05-31", 9),
            ("2026-06-01", 10),
        ]


async def test_rows_beyond_a_limit_are_problems_in_their_place(kept: KeptPosts) -> None:
    key = await made(kept, posts_per_minute=3)
    rows = b"".join(b'{"text":"row %d"}\n' % i for i in range(5))
    headers = {**key["headers"], "Content-Type": "application/x-ndjson"}
    answer = await kept.client.post("/v1/posts:import", content=rows, headers=headers)
    *lines, last = [orjson.loads(line) for line in answer.content.splitlines()]
    assert [line["status"] for line in lines] == [201, 201, 201, 429, 429]
    assert lines[3]["error"]["type"] == "/problems/rate-limited"
    assert (last["imported"], last["refused"]) == (3, 2)
    assert (await usage_of(kept, key["id"], 3))["posts"] == 3


async def test_limits_and_names_change_and_hold_within_a_second(kept: KeptPosts) -> None:
    key = await made(kept, posts_per_minute=1)
    path = f"/v1/keys/{key['id']}"
    changes = {"name": "n", "posts_per_minute": 2, "posts_per_month": 1_000_000_000}
    changed = await kept.client.patch(path, json=changes, headers=ADMIN)
    assert {name: changed.json()[name] for name in changes} == changes
    async with asyncio.timeout(1):
        while (await send(kept, key, 2)).status_code != 200:
            pass
    back = await kept.client.patch(path, json={"posts_per_minute": None}, headers=ADMIN)
    assert (back.json()["name"], back.json()["posts_per_minute"]) == ("n", None)
    for name, most in (("posts_per_minute", 10**6), ("characters_per_month", 10**12)):
        for value in (0, most + 1):
            wrong = await kept.client.patch(path, json={name: value}, headers=ADMIN)
            assert problem(wrong, "out-of-range")["pointer"] == f"/{name}"
        right = await kept.client.patch(path, json={name: most}, headers=ADMIN)
        assert right.json()[name] == most


async def test_callers_without_limits_never_ask_redis(database: str) -> None:
    nobody = "redis://127.0.0.1:9"
    clock = WallClock()
    async with limited_keys(database, nobody, clock) as kept:
        key = await made(kept)
        assert (await send(kept, key, 3)).status_code == 200
        await kept.client.post("/v1/analyze", json={"text": "12345"}, headers=ADMIN)
        assert kept.rooms.quotas._redis is not None
        assert next(kept.rooms.quotas._redis._numbers) == 1  # of its first call
        assert (await usage_of(kept, key["id"], 3))["requests"] == 1
        assert (await usage(kept, key="none"))["total"] == {
            "posts": 1, "characters": 5, "requests": 1,
        }  # fmt: skip


async def test_usage_is_its_workspaces_and_goes_with_it(kept: KeptPosts, database: str) -> None:
    key = await made(kept, posts_per_minute=10)
    await send(kept, key, 2)
    await usage_of(kept, key["id"], 2)
    await kept.client.delete("/v1/workspace", headers=ADMIN)
    await kept.rooms.quotas.metering.write()
    async with kept.rooms.database.transaction(None) as connection:
        assert await connection.fetchval("SELECT count(*) FROM usage_totals") == 0
    assert (await usage(kept))["items"] == []


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ({"since": "yesterday"}, "unknown-value"),
        ({"key": "k"}, "unknown-value"),
        ({"since": "2026-02-01", "until": "2026-01-31"}, "out-of-range"),
        ({"since": "2026-01-01", "until": "2026-04-03"}, "out-of-range"),
    ],
)
async def test_usage_of_no_days_or_too_many_is_refused(
    kept: KeptPosts, query: dict[str, str], slug: str
) -> None:
    problem(await kept.client.get("/v1/usage", params=query, headers=ADMIN), slug)
    await usage(kept, since="2026-01-01", until="2026-04-02")


async def test_a_killed_redis_loses_no_count_and_no_limit(
    database: str, own: EmbeddedServers, folder: Path
) -> None:
    """Counts of Redis' two lives and those between them are added up, none twice."""
    clock = WallClock()
    async with limited_keys(database, own.redis_url, clock) as kept:
        key = await made(kept, posts_per_minute=20, posts_per_month=50)
        assert (await send(kept, key, 20)).status_code == 200
        assert (await usage_of(kept, key["id"], 20))["posts"] == 20
        os.kill(own.pids["valkey"], signal.SIGKILL)
        assert (await send(kept, key, 15)).status_code == 200  # the replica's own minute
        assert (await send(kept, key, 6)).status_code == 429
        own.stop()
        with EmbeddedServers.start(folder):
            await asyncio.sleep(RETRY_AFTER_S)
            clock.us += MINUTE_US
            assert (await usage_of(kept, key["id"], 35))["posts"] == 35
            await kept.rooms.key_ring.refresh()
            assert (await send(kept, key, 16)).status_code == 429  # of the month 15 are left
            assert (await send(kept, key, 15)).status_code == 200
            total = await usage_of(kept, key["id"], 50)
            assert total == {"posts": 50, "characters": 350, "requests": 3}


async def test_a_call_left_without_an_answer_counts_once(
    database: str, own: EmbeddedServers
) -> None:
    """Redis hangs, the replica decides by itself, and Redis comes to the call later."""
    clock = WallClock()
    async with limited_keys(database, own.redis_url, clock, timeout_s=0.5) as kept:
        key = await made(kept, posts_per_month=50)
        assert (await send(kept, key, 1)).status_code == 200
        os.kill(own.pids["valkey"], signal.SIGSTOP)
        try:
            assert (await send(kept, key, 4)).status_code == 200  # left without an answer
            assert (await send(kept, key, 8)).status_code == 200  # Redis is not asked
        finally:
            os.kill(own.pids["valkey"], signal.SIGCONT)
        await asyncio.sleep(RETRY_AFTER_S)
        total = await usage_of(kept, key["id"], 13)
        assert total == {"posts": 13, "characters": 91, "requests": 3}


async def test_what_a_killed_replica_had_in_redis_another_writes(
    database: str, redis_url: str
) -> None:
    clock = WallClock()
    async with limited_keys(database, redis_url, clock) as dead:
        metering = dead.rooms.quotas.metering._task
        while metering.running:  # a client of Redis may take a cancellation for its own
            await metering.close(timeout_s=0.5)
        key = await made(dead, posts_per_minute=100)
        await send(dead, key, 30)
        async with limited_keys(database, redis_url, clock) as other:
            assert (await usage_of(other, key["id"], 30))["posts"] == 30
            for _ in range(3):  # twice is once
                other.rooms.quotas.metering._seen.clear()
                other.rooms.quotas.metering._written.clear()
                await other.rooms.quotas.metering.write()
            assert (await usage_of(other, key["id"], 30))["posts"] == 30
