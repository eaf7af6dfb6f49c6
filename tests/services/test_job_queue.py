"""The queue of jobs on a real Postgres: leases, turns, attempts, and counts that are exact."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
import pytest

from deployments.results import Status
from serve_app.jobs.chunk_results import ChunkOutcome, read_chunk, save_chunk
from serve_app.jobs.items import index_of
from serve_app.jobs.queue import ChunkClaim, ChunkQueue
from serve_app.jobs.worker import JobWorker
from serve_app.settings import JobSettings
from tests.services.job_calls import ended, posts, read, results, send
from tests.services.kept_posts import KeptPosts, kept_posts

_LEASE_S = 30.0
_ATTEMPTS = 3
#: Nobody works on jobs but the test.
_BY_HAND = JobSettings(in_driver=False, chunk_posts=50, attempts=_ATTEMPTS)


@pytest.fixture
async def kept(url: str) -> AsyncIterator[KeptPosts]:
    async with kept_posts(url, keys=["a:key-a", "b:key-b"], jobs=_BY_HAND) as kept:
        kept.client.headers["Authorization"] = "Bearer key-a"
        yield kept


@pytest.fixture
async def queue(kept: KeptPosts) -> ChunkQueue:
    return ChunkQueue(kept.rooms.database, attempts=_ATTEMPTS)


async def _claimed(queue: ChunkQueue, lease_s: float = _LEASE_S) -> ChunkClaim:
    claim = await queue.claim(lease_s)
    assert claim is not None
    return claim


async def _expire(url: str) -> None:
    """Have all leases end."""
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE job_chunks SET due_at = now() WHERE state = 'waiting'")
    await connection.close()


class TestLeases:
    async def test_a_chunk_is_claimed_once(self, kept: KeptPosts, queue: ChunkQueue) -> None:
        await send(kept.client, posts=posts(100))
        first, second = await _claimed(queue), await _claimed(queue)
        assert (first.number, second.number) == (0, 1)
        assert await queue.claim(_LEASE_S) is None

    async def test_many_at_once_claim_each_chunk_once(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        await send(kept.client, posts=posts(500))
        claims = await asyncio.gather(*(queue.claim(_LEASE_S) for _ in range(20)))
        numbers = [claim.number for claim in claims if claim]
        rest = []
        while claim := await queue.claim(_LEASE_S):  # where all looks of one came too late
            rest.append(claim.number)
        assert sorted(numbers + rest) == list(range(10))

    async def test_a_lease_that_ended_is_open_to_others(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        await send(kept.client, posts=posts(1))
        first = await _claimed(queue, lease_s=0.2)
        assert await queue.claim(_LEASE_S) is None
        await asyncio.sleep(0.3)
        second = await _claimed(queue)
        assert (second.number, second.attempt) == (first.number, 2)
        assert not await queue.renew(first, _LEASE_S)
        assert await queue.renew(second, _LEASE_S)

    async def test_a_lease_that_is_renewed_does_not_end(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        await send(kept.client, posts=posts(1))
        claim = await _claimed(queue, lease_s=0.3)
        for _ in range(3):
            await asyncio.sleep(0.2)
            assert await queue.renew(claim, 0.3)
        assert await queue.claim(_LEASE_S) is None

    async def test_whoever_lost_a_chunk_reports_in_vain(
        self, kept: KeptPosts, queue: ChunkQueue, url: str
    ) -> None:
        job = await send(kept.client, posts=posts(3))
        lost = await _claimed(queue)
        await _expire(url)
        claim = await _claimed(queue)
        await kept.rooms.jobs.runs.run(lost)
        assert (await read(kept.client, job))["succeeded"] == 0
        await kept.rooms.jobs.runs.run(claim)
        await kept.rooms.jobs.runs.run(claim)
        assert (await read(kept.client, job))["succeeded"] == 3
        assert [line["index"] for line in await results(kept.client, job)] == [0, 1, 2]

    async def test_of_two_reports_at_once_one_counts(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        job = await send(kept.client, posts=posts(50))
        claim = await _claimed(queue)
        await asyncio.gather(*(kept.rooms.jobs.runs.run(claim) for _ in range(4)))
        now = await read(kept.client, job)
        assert (now["state"], now["succeeded"], now["failed"]) == ("completed", 50, 0)

    async def test_results_and_state_are_one_commit(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        job = await send(kept.client, posts=posts(2))
        claim = await _claimed(queue)

        async def save_and_die() -> None:
            async with kept.rooms.database.transaction(claim.workspace) as connection:
                chunk = await read_chunk(connection, claim)
                assert chunk
                line = b'{"index":0,"status":"ok","id":"0","result":{}}\n'
                outcome = ChunkOutcome([line], chunk.items[1:])
                assert await save_chunk(connection, claim, chunk, outcome, retry_hours=1)
                raise ValueError("killed")

        with pytest.raises(ValueError, match="killed"):
            await save_and_die()
        now = await read(kept.client, job)
        assert (now["state"], now["succeeded"], now["failed"]) == ("running", 0, 0)
        assert await results(kept.client, job) == []
        assert await queue.renew(claim, _LEASE_S)

    async def test_what_is_given_back_is_no_attempt_unless_it_counts(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        await send(kept.client, posts=posts(1))
        await queue.release(await _claimed(queue), wait_s=0, counts=False)
        claim = await _claimed(queue)
        assert claim.attempt == 1
        await queue.release(claim, wait_s=0, counts=True)
        assert (await _claimed(queue)).attempt == 2


class TestAttempts:
    async def test_they_are_bounded_and_the_sweeper_says_why(
        self, kept: KeptPosts, queue: ChunkQueue, url: str
    ) -> None:
        job = await send(kept.client, posts=posts(2))
        for _ in range(_ATTEMPTS):
            assert await kept.rooms.jobs.sweeper.run_once() == 0
            await _claimed(queue)
            await _expire(url)
        assert await queue.claim(_LEASE_S) is None
        assert await kept.rooms.jobs.sweeper.run_once() == 1
        now = await read(kept.client, job)
        assert (now["state"], now["succeeded"], now["failed"]) == ("completed", 0, 2)
        [first, _] = (await kept.client.get(f"/v1/jobs/{job['id']}/failures")).json()["items"]
        assert first["error"]["type"] == "/problems/analysis-failed"
        assert f"{_ATTEMPTS} attempts" in first["error"]["detail"]

    async def test_what_is_answered_is_kept_while_the_rest_is_tried_again(
        self, kept: KeptPosts, queue: ChunkQueue, url: str
    ) -> None:
        job = await send(kept.client, posts=[*posts(1), {"text": " "}])
        kept.service.statuses["tone"] = Status.FAILED
        for attempt in range(1, _ATTEMPTS + 1):
            await kept.rooms.jobs.runs.run(await _claimed(queue))
            await _expire(url)
            now = await read(kept.client, job)
            assert bool(now["ended_at"]) == (attempt == _ATTEMPTS)
        assert (now["succeeded"], now["failed"]) == (0, 2)
        [failed, refused] = await results(kept.client, job)
        assert failed["error"]["detail"] == "tone ended with failed."
        assert refused["error"]["type"] == "/problems/blank-text"

    async def test_a_chunk_that_breaks_the_analysis_fails_with_its_reason(
        self, kept: KeptPosts, queue: ChunkQueue, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = await send(kept.client, posts=posts(1))

        def broken(*_: object) -> None:
            raise ArithmeticError

        monkeypatch.setattr(kept.rooms.jobs.runs, "_answers", broken)
        for _ in range(_ATTEMPTS):
            await kept.rooms.jobs.runs.run(await _claimed(queue))
            await _expire(url)
        [line] = await results(kept.client, job)
        assert "ArithmeticError" in line["error"]["detail"]


class TestTurns:
    async def test_workspaces_take_turns(self, kept: KeptPosts, queue: ChunkQueue) -> None:
        await send(kept.client, posts=posts(500), api_key="key-a")
        assert (await _claimed(queue)).workspace_name == "a"
        await send(kept.client, posts=posts(150), api_key="key-b")
        names = [(await _claimed(queue)).workspace_name for _ in range(6)]
        assert names == ["b", "a", "b", "a", "b", "a"]

    async def test_many_little_jobs_of_one_workspace_take_no_more_turns(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        await send(kept.client, posts=posts(500), api_key="key-a")
        names: Counter[str] = Counter()
        for number in range(8):
            for _ in range(2):
                await send(kept.client, posts=posts(1, start=number), api_key="key-b")
            names[(await _claimed(queue)).workspace_name] += 1
        assert names == {"a": 4, "b": 4}

    async def test_an_urgent_job_goes_before_others_of_its_workspace(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        jobs = {
            name: await send(kept.client, posts=posts(100), priority=name)
            for name in ("low", "normal", "high")
        }
        claimed = [str((await _claimed(queue)).job) for _ in range(6)]
        wanted = ("high", "high", "normal", "normal", "low", "low")
        assert claimed == [jobs[name]["id"] for name in wanted]

    async def test_equal_jobs_of_a_workspace_take_turns(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        first = await send(kept.client, posts=posts(150))
        second = await send(kept.client, posts=posts(150))
        claimed = [str((await _claimed(queue)).job) for _ in range(6)]
        assert claimed == [first["id"], second["id"]] * 3

    async def test_a_workspace_that_is_deleted_has_no_turn(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        await send(kept.client, posts=posts(1))
        workspace = await kept.rooms.workspaces.get("a")
        await kept.rooms.workspaces.close_for(workspace)
        assert await queue.claim(_LEASE_S) is None


class TestWorkers:
    def _worker(self, kept: KeptPosts, queue: ChunkQueue) -> JobWorker:
        return JobWorker(queue, kept.rooms.jobs.runs.run, concurrency=2, lease_s=5)

    async def test_several_leave_nothing_out_and_do_nothing_twice(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        job = await send(kept.client, posts=posts(730), analyses=["sentiment"])
        workers = [self._worker(kept, queue) for _ in range(3)]
        for worker in workers:
            worker.start()
        now = await ended(kept.client, job)
        for worker in workers:
            await worker.close()
        assert (now["state"], now["succeeded"], now["failed"]) == ("completed", 730, 0)
        lines = await results(kept.client, job)
        assert [(line["index"], line["id"]) for line in lines] == [(n, str(n)) for n in range(730)]
        assert sorted(kept.service.read["sentiment"]) == sorted(p["text"] for p in posts(730))

    async def test_one_that_stops_gives_its_chunk_back(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        await send(kept.client, posts=posts(1))
        kept.service.gate.clear()
        worker = self._worker(kept, queue)
        worker.start()
        async with asyncio.timeout(10):
            while not (await queue.length()).claimed:  # noqa: ASYNC110 - only asking tells
                await asyncio.sleep(0.05)
        await worker.close()
        kept.service.gate.set()
        assert (await _claimed(queue)).attempt == 1

    async def test_a_claim_is_kept_alive_while_its_chunk_runs(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        job = await send(kept.client, posts=posts(1))
        kept.service.pause_s = 2.0
        worker = JobWorker(queue, kept.rooms.jobs.runs.run, concurrency=1, lease_s=0.8)
        assert await worker.run_once()
        assert (await read(kept.client, job))["state"] == "completed"
        assert worker.chunk_s > 1

    async def test_a_chunk_of_a_job_that_is_cancelled_ends_with_the_claim(
        self, kept: KeptPosts, queue: ChunkQueue
    ) -> None:
        job = await send(kept.client, posts=posts(1))
        kept.service.gate.clear()
        worker = JobWorker(queue, kept.rooms.jobs.runs.run, concurrency=1, lease_s=0.8)
        working = asyncio.create_task(worker.run_once())
        async with asyncio.timeout(10):
            while not (await queue.length()).claimed:  # noqa: ASYNC110 - only asking tells
                await asyncio.sleep(0.05)
            await kept.client.post(f"/v1/jobs/{job['id']}:cancel")
            assert await working
        kept.service.gate.set()
        assert (await read(kept.client, job))["state"] == "cancelled"
        assert await results(kept.client, job) == []


def test_the_index_of_a_line_is_read_without_parsing_it() -> None:
    assert index_of(b'{"index":1204,"status":"ok","id":null,"result":{}}\n') == 1204
