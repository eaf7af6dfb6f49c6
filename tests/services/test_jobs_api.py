"""/v1/jobs over the API, on a real Postgres: what is sent, what comes of it, and its limits."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest

from deployments.results import ANALYSES, Status
from serve_app.jobs import watching
from serve_app.jobs.chunk import CHUNK_CHARACTERS
from serve_app.jobs.queue import ChunkQueue
from serve_app.request.post import MAX_CHARACTERS, MAX_ID_CHARACTERS
from serve_app.settings import JobSettings
from tests.services.asgi_client import problem
from tests.services.job_calls import ended, posts, read, results, send
from tests.services.kept_posts import KeptPosts, kept_posts

UNKNOWN_ID = "5e171383-fa5b-4c46-9923-a62c59f44646"
CSV = {"Content-Type": "text/csv"}
NDJSON = {"Content-Type": "application/x-ndjson"}
BYTES = {"Content-Type": "application/octet-stream"}
_MAX_POSTS = 150
_ACTIVE_JOBS = 3
_SETTINGS = JobSettings(
    chunk_posts=50, attempts=1, max_posts=_MAX_POSTS, active_jobs=_ACTIVE_JOBS, lease_s=5
)


@pytest.fixture
async def kept(url: str) -> AsyncIterator[KeptPosts]:
    async with kept_posts(url, jobs=_SETTINGS) as kept:
        yield kept


async def _send_file(
    kept: KeptPosts, content: bytes, headers: dict[str, str], **parameters: Any
) -> dict[str, Any]:
    response = await kept.client.post(
        "/v1/jobs", content=content, headers=headers, params=parameters
    )
    assert response.status_code == 202, response.text
    job: dict[str, Any] = response.json()
    return job


async def _rows(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    count: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    await connection.close()
    return count


class TestPostsOfTheBody:
    async def test_each_is_answered_or_refused_in_its_place(self, kept: KeptPosts) -> None:
        sent = [*posts(60), {"id": "blank", "text": " "}, {"id": "c", "txt": "-"}, *posts(1)]
        job = await send(kept.client, posts=sent, analyses=["tone", "sentiment"], top_n=3)
        assert (job["kind"], job["posts"], job["failed"]) == ("posts", 63, 2)
        assert job["analyses"] == ["sentiment", "tone"]
        now = await ended(kept.client, job)
        assert (now["state"], now["succeeded"], now["failed"]) == ("completed", 61, 2)
        lines = await results(kept.client, job)
        assert [line["index"] for line in lines] == list(range(63))
        assert [line["index"] for line in lines if line["status"] == "error"] == [60, 61]
        assert lines[60]["error"]["pointer"] == "/posts/60/text"
        assert lines[0]["id"] == lines[0]["result"]["id"] == "0"
        assert lines[0]["result"].keys() & set(ANALYSES) == {"sentiment", "tone"}

    async def test_answers_are_those_of_analyze(self, kept: KeptPosts) -> None:
        job = await send(kept.client, posts=posts(1), offsets="utf16", top_n=2)
        await ended(kept.client, job)
        [line] = await results(kept.client, job)
        body = {**posts(1)[0], "offsets": "utf16", "top_n": 2}
        answer = (await kept.client.post("/v1/analyze", json=body)).json()
        assert {**line["result"], "cache": ""} == {**answer, "cache": ""}

    async def test_the_rules_of_the_workspace_count(self, kept: KeptPosts) -> None:
        rule = {"kind": "entity", "phrases": ["Berlin"], "value": "LOC"}
        response = await kept.client.post("/v1/rules", json=rule)
        assert response.status_code == 201, response.text
        async with asyncio.timeout(10):
            while not kept.rooms.corrections.in_force.of("default"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        job = await send(kept.client, posts=posts(1), analyses=["entities"])
        await ended(kept.client, job)
        [line] = await results(kept.client, job)
        assert ("Berlin", "LOC") in {
            (item["text"], item["label"]) for item in line["result"]["entities"]["items"]
        }

    async def test_much_text_makes_small_chunks(self, kept: KeptPosts, url: str) -> None:
        text = ("We won. " * MAX_CHARACTERS)[:MAX_CHARACTERS]
        job = await send(kept.client, posts=[{"text": text}] * 12, analyses=["sentiment"])
        now = await ended(kept.client, job)
        assert now["succeeded"] == 12
        assert await _rows(url, "job_chunks") == 12 * MAX_CHARACTERS // CHUNK_CHARACTERS + 1

    @pytest.mark.parametrize(
        ("body", "slug", "pointer"),
        [
            ({}, "missing-field", ""),
            ({"posts": []}, "out-of-range", "/posts"),
            ({"posts": [{"text": "a"}], "filter": {}}, "contradictory-filter", ""),
            ({"url": "http://a.b/", "filter": {}}, "contradictory-filter", ""),
            ({"url": "http://a.b/", "replay": True}, "missing-field", "/filter"),
            ({"filter": {}, "id_column": "nr"}, "contradictory-filter", "/id_column"),
            ({"posts": [{"text": "a"}], "replay": True}, "missing-field", "/filter"),
            ({"posts": [{"text": "a"}], "priority": "urgent"}, "unknown-value", "/priority"),
            ({"posts": [{"text": "a"}], "analyses": ["mood"]}, "unknown-analysis", "/analyses/0"),
            ({"posts": [{"text": "a"}], "analyses": ["tone"] * 2}, "duplicate-analysis", None),
            (
                {"posts": [{"text": "a"}], "webhooks": [UNKNOWN_ID]},
                "unknown-webhook",
                "/webhooks/0",
            ),
            ({"filter": {"q": "-"}}, "unsearchable-query", None),
            ({"filter": {"colour": "red"}}, "unknown-field", "/filter/colour"),
        ],
    )
    async def test_what_cannot_be_a_job_is_refused(
        self, kept: KeptPosts, url: str, body: dict[str, Any], slug: str, pointer: str | None
    ) -> None:
        content = problem(await kept.client.post("/v1/jobs", json=body), slug)
        if pointer is not None:
            assert content["pointer"] == pointer
        assert await _rows(url, "jobs") == 0

    async def test_ids_have_a_limit(self, kept: KeptPosts) -> None:
        sent = [{"id": "i" * (MAX_ID_CHARACTERS + more), "text": "We won."} for more in (0, 1)]
        job = await send(kept.client, posts=sent)
        await ended(kept.client, job)
        assert [line["status"] for line in await results(kept.client, job)] == ["ok", "error"]

    async def test_a_parameter_of_files_is_refused_beside_json(self, kept: KeptPosts) -> None:
        response = await kept.client.post("/v1/jobs?top_n=3", json={"posts": posts(1)})
        assert "top_n" in problem(response, "contradictory-filter")["detail"]


class TestFiles:
    async def test_rows_are_answered_in_their_places(self, kept: KeptPosts) -> None:
        content = b"nr,text\na,Hello there\nb,\nc,We won\n"
        job = await _send_file(kept, content, CSV, id_column="nr", analyses=["tone"])
        assert (job["kind"], job["posts"], job["failed"]) == ("file", 3, 1)
        await ended(kept.client, job)
        lines = await results(kept.client, job)
        assert [(line["id"], line["status"]) for line in lines] == [
            ("a", "ok"), ("b", "error"), ("c", "ok"),
        ]  # fmt: skip
        assert lines[1]["error"]["detail"].startswith("Line 3: ")
        assert lines[0]["result"].keys() & set(ANALYSES) == {"tone"}

    @pytest.mark.parametrize("packed", [False, True])
    async def test_any_form_is_read(self, kept: KeptPosts, packed: bool) -> None:
        lines = b"".join(orjson.dumps(post) + b"\n" for post in posts(120))
        array = orjson.dumps(posts(2))
        for content, headers, count in ((lines, NDJSON, 120), (array, BYTES, 2)):
            sent = gzip.compress(content) if packed else content
            job = await _send_file(kept, sent, headers)
            now = await ended(kept.client, job)
            assert (now["succeeded"], now["failed"]) == (count, 0)
            assert [r["id"] for r in await results(kept.client, job)] == [
                str(number) for number in range(count)
            ]

    @pytest.mark.parametrize(
        ("content", "headers", "slug"),
        [
            (b"a,b\n1,2\n", CSV, "unreadable-file"),
            (b"", CSV, "unreadable-file"),
            (gzip.compress(b'{"text": "a"}\n' * 99, mtime=0)[:-9], BYTES, "unreadable-file"),
            (b"text\nhello\n", {"Content-Type": "image/png"}, "wrong-media-type"),
        ],
    )
    async def test_what_is_no_file_of_posts_leaves_nothing(
        self, kept: KeptPosts, url: str, content: bytes, headers: dict[str, str], slug: str
    ) -> None:
        problem(await kept.client.post("/v1/jobs", content=content, headers=headers), slug)
        assert await _rows(url, "jobs") == 0
        assert await _rows(url, "job_chunks") == 0


class TestKeptPosts:
    async def _keep(self, kept: KeptPosts, *texts: str) -> list[str]:
        body = {"posts": [{"text": text} for text in texts]}
        response = await kept.client.post("/v1/posts", json=body)
        return [item["post"]["id"] for item in response.json()["items"]]

    async def test_those_that_meet_the_filter_are_analysed(self, kept: KeptPosts) -> None:
        ids = await self._keep(kept, *["Sorry, we lost."] * 70, "We are proud.", "Sorry again.")
        job = await send(kept.client, filter={"sentiment": "negative"}, analyses=["tone"])
        assert job["filter"] == {"sentiment": "negative"}
        now = await ended(kept.client, job)
        assert (now["posts"], now["succeeded"], now["all_posts_found"]) == (71, 71, True)
        lines = await results(kept.client, job)
        assert [line["id"] for line in lines] == ids[:70] + ids[71:]
        assert [line["index"] for line in lines] == list(range(71))

    async def test_a_filter_that_nothing_meets_ends_at_once(self, kept: KeptPosts) -> None:
        now = await ended(kept.client, await send(kept.client, filter={"tag": ["none"]}))
        assert (now["state"], now["posts"], now["failed"]) == ("completed", 0, 0)

    async def test_posts_written_later_are_none_of_it(self, url: str) -> None:
        settings = JobSettings(in_driver=False)
        async with kept_posts(url, jobs=settings) as kept:
            await kept.rooms.jobs.planning.close()
            await self._keep(kept, "We won.")
            job = await send(kept.client, filter={})
            await self._keep(kept, "We won again.")
            while await kept.rooms.jobs.planning.run_once():
                pass
            now = await read(kept.client, job)
            assert (now["posts"], now["all_posts_found"]) == (1, True)

    async def test_a_filter_of_another_release_ends_its_job_and_no_other(self, url: str) -> None:
        async with kept_posts(url, jobs=JobSettings(in_driver=False)) as kept:
            await kept.rooms.jobs.planning.close()
            job, other = [await send(kept.client, filter={}) for _ in range(2)]
            connection = await asyncpg.connect(url)
            await connection.execute(
                """UPDATE jobs SET filter = '{"colour": "red"}' WHERE id = $1::text::uuid""",
                job["id"],
            )
            await connection.close()
            while await kept.rooms.jobs.planning.run_once():
                pass
            states = [(await read(kept.client, each))["state"] for each in (job, other)]
            assert states == ["cancelled", "completed"]
            assert "cannot read its filter" in (await read(kept.client, job))["reason"]

    async def test_a_post_that_was_deleted_meanwhile_fails_with_its_reason(self, url: str) -> None:
        async with kept_posts(url, jobs=JobSettings(in_driver=False)) as kept:
            ids = await self._keep(kept, "We won.", "We lost.")
            job = await send(kept.client, filter={})
            async with asyncio.timeout(10):
                while not (await read(kept.client, job))["all_posts_found"]:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await kept.client.delete(f"/v1/posts/{ids[0]}")
            runs = kept.rooms.jobs.runs
            claim = await ChunkQueue(kept.rooms.database, attempts=3).claim(30)
            assert claim
            await runs.run(claim)
            gone, there = await results(kept.client, job)
            assert gone["error"]["type"] == "/problems/unknown-post"
            assert there["status"] == "ok"


class TestLimits:
    async def test_posts_of_a_body(self, kept: KeptPosts, url: str) -> None:
        response = await kept.client.post("/v1/jobs", json={"posts": posts(_MAX_POSTS + 1)})
        assert "150" in problem(response, "batch-too-large")["detail"]
        assert await _rows(url, "jobs") == 0
        job = await send(kept.client, posts=posts(_MAX_POSTS))
        assert (await ended(kept.client, job))["succeeded"] == _MAX_POSTS

    async def test_posts_of_a_file(self, kept: KeptPosts, url: str) -> None:
        line = b'{"text": "We won."}\n'
        content = line * (_MAX_POSTS + 1)
        response = await kept.client.post("/v1/jobs", content=content, headers=NDJSON)
        problem(response, "batch-too-large")
        assert await _rows(url, "jobs") == 0
        job = await _send_file(kept, line * _MAX_POSTS, NDJSON)
        assert job["posts"] == _MAX_POSTS

    @pytest.mark.parametrize("replay", [False, True])
    async def test_kept_posts_that_meet_a_filter(self, url: str, replay: bool) -> None:
        settings = JobSettings(max_posts=3)
        async with kept_posts(url, jobs=settings) as kept:
            for tag in ("few", "few", "few", "many"):
                body = {"text": f"We won in {tag}.", "tags": ["all", tag]}
                assert (await kept.client.post("/v1/posts", json=body)).status_code == 201
            few, many = [
                await ended(
                    kept.client, await send(kept.client, filter={"tag": [tag]}, replay=replay)
                )
                for tag in ("few", "all")
            ]
        assert (few["state"], few["posts"], few["reason"]) == ("completed", 3, None)
        assert (many["state"], many["posts"]) == ("cancelled", 0)
        assert "More than 3 posts" in many["reason"]
        assert "'since'" in many["reason"]

    async def test_jobs_of_a_workspace_that_have_not_ended(self, kept: KeptPosts) -> None:
        kept.service.gate.clear()
        jobs = [await send(kept.client, posts=posts(1)) for _ in range(_ACTIVE_JOBS)]
        response = await kept.client.post("/v1/jobs", json={"filter": {}})
        problem(response, "limit-reached")
        await kept.client.post(f"/v1/jobs/{jobs[0]['id']}:cancel")
        await send(kept.client, filter={})
        kept.service.gate.set()

    async def test_a_job_that_is_not_sent_to_its_end_is_dropped(
        self, kept: KeptPosts, url: str
    ) -> None:
        # Its work is over, or that would end it once more.
        await ended(kept.client, await send(kept.client, posts=posts(1)))
        connection = await asyncpg.connect(url)
        await connection.execute(
            "UPDATE jobs SET state = 'receiving', ended_at = NULL, received_until = now()"
        )
        assert (await kept.client.get("/v1/jobs")).json()["items"] == []
        await kept.rooms.jobs.sweeper.run_once()
        assert await _rows(url, "jobs") == 0
        await connection.close()

    async def test_jobs_are_deleted_after_their_retention(self, kept: KeptPosts, url: str) -> None:
        old, new = [await send(kept.client, posts=posts(1)) for _ in range(2)]
        await ended(kept.client, old)
        await ended(kept.client, new)
        connection = await asyncpg.connect(url)
        days = _SETTINGS.retention_days
        for job, more in ((old, "1 minute"), (new, "-1 minute")):
            await connection.execute(
                "UPDATE jobs SET ended_at = now() - make_interval(days => $2) - $3::text::interval "
                "WHERE id = $1::text::uuid", job["id"], days, more,
            )  # fmt: skip
        await connection.close()
        await kept.rooms.jobs.sweeper.run_once()
        [left] = (await kept.client.get("/v1/jobs")).json()["items"]
        assert left["id"] == new["id"]
        assert await _rows(url, "job_chunks") == 1


class TestIdempotency:
    async def test_a_request_sent_again_is_answered_with_its_job(
        self, kept: KeptPosts, url: str
    ) -> None:
        headers = {"Idempotency-Key": "k1"}
        body = {"posts": posts(3)}
        first, second = [
            (await kept.client.post("/v1/jobs", json=body, headers=headers)).json()["id"]
            for _ in range(2)
        ]
        assert first == second
        other = await kept.client.post("/v1/jobs", json={"posts": posts(4)}, headers=headers)
        problem(other, "idempotency-key-reused")
        assert await _rows(url, "jobs") == 1

    async def test_sent_at_once_it_is_one_job(self, kept: KeptPosts, url: str) -> None:
        headers = {"Idempotency-Key": "k2"}
        bodies: list[dict[str, Any]] = [{"posts": posts(3)}, {"filter": {}}]
        for body in bodies:
            headers["Idempotency-Key"] += "x"
            answers = await asyncio.gather(
                *(kept.client.post("/v1/jobs", json=body, headers=headers) for _ in range(3))
            )
            assert {answer.status_code for answer in answers} == {202}
            assert len({answer.json()["id"] for answer in answers}) == 1
        assert await _rows(url, "jobs") == 2

    async def test_a_file_is_known_again_with_its_parameters(self, kept: KeptPosts) -> None:
        headers = {**CSV, "Idempotency-Key": "k3"}
        content = b"text\nWe won\n"
        first = await _send_file(kept, content, headers)
        assert (await _send_file(kept, content, headers))["id"] == first["id"]
        response = await kept.client.post("/v1/jobs?top_n=3", content=content, headers=headers)
        problem(response, "idempotency-key-reused")


class TestLists:
    async def test_pages_go_on_behind_each_other(self, kept: KeptPosts) -> None:
        ids = []
        for _ in range(5):
            job = await send(kept.client, posts=posts(1))
            await ended(kept.client, job)
            ids.append(job["id"])
        listed, cursor = [], None
        while True:
            query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await kept.client.get("/v1/jobs", params=query)).json()
            listed += [item["id"] for item in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert listed == ids[::-1]

    async def test_they_are_filtered_by_state_and_kind(self, kept: KeptPosts) -> None:
        done = await send(kept.client, posts=posts(1))
        await ended(kept.client, done)
        kept.service.gate.clear()
        filed = await _send_file(kept, b"text\nWe lost\n", CSV)
        sent = await send(kept.client, posts=[{"text": "Another."}])

        async def found(query: str) -> set[str]:
            items = (await kept.client.get(f"/v1/jobs?{query}")).json()["items"]
            return {item["id"] for item in items}

        assert await found("state=completed") == {done["id"]}
        assert await found("state=waiting&state=running") == {filed["id"], sent["id"]}
        assert await found("kind=file") == {filed["id"]}
        kept.service.gate.set()
        problem(await kept.client.get("/v1/jobs?state=gone"), "unknown-value")
        problem(await kept.client.get("/v1/jobs?cursor=x"), "invalid-cursor")

    async def test_an_unknown_job_is_not_there(self, kept: KeptPosts) -> None:
        for name in (UNKNOWN_ID, "x"):
            for path in ("", "/results", "/failures", "/events"):
                problem(await kept.client.get(f"/v1/jobs/{name}{path}"), "unknown-job")
            for verb in ("cancel", "retry"):
                problem(await kept.client.post(f"/v1/jobs/{name}:{verb}"), "unknown-job")
            problem(await kept.client.delete(f"/v1/jobs/{name}"), "unknown-job")


class TestResults:
    async def test_while_it_runs_they_end_at_the_first_that_is_missing(self, url: str) -> None:
        settings = JobSettings(in_driver=False, chunk_posts=50)
        async with kept_posts(url, jobs=settings) as kept:
            job = await send(kept.client, posts=posts(150))
            queue = ChunkQueue(kept.rooms.database, attempts=3)
            first, second, third = [await queue.claim(30) for _ in range(3)]
            assert first
            assert second
            assert third
            assert await results(kept.client, job) == []
            await kept.rooms.jobs.runs.run(second)
            assert await results(kept.client, job) == []
            await kept.rooms.jobs.runs.run(first)
            lines = await results(kept.client, job)
            assert [line["index"] for line in lines] == list(range(100))
            assert (await read(kept.client, job))["succeeded"] == 100
            await kept.rooms.jobs.runs.run(third)
            more = await results(kept.client, job, first=len(lines))
            assert [line["index"] for line in more] == list(range(100, 150))

    async def test_any_beginning_can_be_chosen(self, kept: KeptPosts) -> None:
        job = await send(kept.client, posts=posts(120))
        await ended(kept.client, job)
        for first in (0, 49, 50, 119, 120):
            indices = [line["index"] for line in await results(kept.client, job, first)]
            assert indices == list(range(first, 120))

    async def test_as_a_table(self, kept: KeptPosts) -> None:
        job = await send(kept.client, posts=[*posts(1), {"text": " ", "id": "=1+1"}])
        await ended(kept.client, job)
        response = await kept.client.get(f"/v1/jobs/{job['id']}/results?format=csv")
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        head, first, second = response.text.removeprefix("\ufeff").splitlines()
        assert head.startswith("index,id,status,error,digest,language")
        assert first.startswith("0,0,ok,,")
        assert second.startswith("1,'=1+1,error,\"The text has 1 characters, ")

    async def test_failures_are_listed_page_by_page(self, kept: KeptPosts) -> None:
        sent = [post if number % 3 else {"text": " "} for number, post in enumerate(posts(130))]
        job = await send(kept.client, posts=sent)
        await ended(kept.client, job)
        listed: list[int] = []
        cursor: int | None = 0
        while cursor is not None:
            path = f"/v1/jobs/{job['id']}/failures?limit=7&cursor={cursor}"
            page = (await kept.client.get(path)).json()
            listed += [item["index"] for item in page["items"]]
            assert len(page["items"]) <= 7
            cursor = page["next_cursor"]
        assert listed == list(range(0, 130, 3))


class TestCancelling:
    async def test_nothing_more_is_analysed_and_results_stay(self, url: str) -> None:
        async with kept_posts(url, jobs=JobSettings(in_driver=False, chunk_posts=50)) as kept:
            job = await send(kept.client, posts=posts(150))
            queue = ChunkQueue(kept.rooms.database, attempts=3)
            first, second = await queue.claim(30), await queue.claim(30)
            assert first
            assert second
            await kept.rooms.jobs.runs.run(second)
            cancelled = (await kept.client.post(f"/v1/jobs/{job['id']}:cancel")).json()
            assert (cancelled["state"], cancelled["succeeded"]) == ("cancelled", 50)
            await kept.rooms.jobs.runs.run(first)
            assert await queue.claim(30) is None
            assert (await read(kept.client, job))["succeeded"] == 50
            assert [r["index"] for r in await results(kept.client, job)] == list(range(50, 100))
            again = (await kept.client.post(f"/v1/jobs/{job['id']}:cancel")).json()
            assert again == await read(kept.client, job)
            problem(await kept.client.post(f"/v1/jobs/{job['id']}:retry"), "job-cancelled")

    async def test_a_job_is_deleted_once_it_has_ended(self, kept: KeptPosts, url: str) -> None:
        kept.service.gate.clear()
        job = await send(kept.client, posts=posts(1))
        problem(await kept.client.delete(f"/v1/jobs/{job['id']}"), "job-is-running")
        kept.service.gate.set()
        await ended(kept.client, job)
        assert (await kept.client.delete(f"/v1/jobs/{job['id']}")).status_code == 204
        problem(await kept.client.get(f"/v1/jobs/{job['id']}"), "unknown-job")
        assert await _rows(url, "job_chunks") == 0


class TestRetrying:
    async def test_those_that_failed_are_analysed_again(self, kept: KeptPosts) -> None:
        kept.service.statuses["tone"] = Status.FAILED
        sent = [*posts(60), {"text": " "}]
        job = await send(kept.client, posts=sent)
        assert (await ended(kept.client, job))["failed"] == 61
        kept.service.statuses.clear()
        again = (await kept.client.post(f"/v1/jobs/{job['id']}:retry")).json()
        assert (again["state"], again["ended_at"]) == ("running", None)
        now = await ended(kept.client, job)
        assert (now["state"], now["succeeded"], now["failed"]) == ("completed", 60, 1)
        lines = await results(kept.client, job)
        assert [line["index"] for line in lines] == list(range(61))
        assert [line["index"] for line in lines if line["status"] == "error"] == [60]

    async def test_what_was_refused_is_not(self, kept: KeptPosts) -> None:
        job = await send(kept.client, posts=[{"text": " "}])
        before = await ended(kept.client, job)
        assert (before["state"], before["failed"]) == ("completed", 1)
        assert (await kept.client.post(f"/v1/jobs/{job['id']}:retry")).json() == before


class TestWatching:
    async def test_events_tell_each_change_until_the_end(self, kept: KeptPosts) -> None:
        job = await send(kept.client, posts=posts(120))
        response = await kept.client.get(f"/v1/jobs/{job['id']}/events")
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [event.splitlines() for event in response.text.split("\n\n") if event]
        assert {event[0] for event in events} == {"event: job"}
        jobs = [orjson.loads(event[1].removeprefix("data: ")) for event in events]
        assert jobs[-1] == await read(kept.client, job)
        assert jobs[-1]["state"] == "completed"
        assert kept.rooms.jobs.desk.watching.watchers == 0

    async def test_watchers_have_a_limit(
        self, kept: KeptPosts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = await send(kept.client, posts=posts(1))
        desk = kept.rooms.jobs.desk
        desk.watching.watchers = watching.MAX_WATCHERS
        response = await kept.client.get(f"/v1/jobs/{job['id']}/events")
        problem(response, "overloaded")
        desk.watching.watchers = watching.MAX_WATCHERS - 1
        await ended(kept.client, job)
        assert (await kept.client.get(f"/v1/jobs/{job['id']}/events")).status_code == 200

    async def test_webhooks_are_told_of_the_end(self, kept: KeptPosts) -> None:
        hooks = []
        for types in (["job.ended"], ["alert.raised"], ["job.ended"]):
            body = {"url": "https://hooks.example.org/postlens", "types": types}
            hooks.append((await kept.client.post("/v1/webhooks", json=body)).json()["id"])
        job = await send(kept.client, posts=posts(1), webhooks=hooks[:2])
        await ended(kept.client, job)
        counts = [
            len((await kept.client.get(f"/v1/webhooks/{hook}/deliveries")).json()["items"])
            for hook in hooks
        ]
        assert counts == [1, 0, 0]
        await ended(kept.client, await send(kept.client, posts=posts(1)))
        response = await kept.client.get(f"/v1/webhooks/{hooks[2]}/deliveries")
        assert [item["type"] for item in response.json()["items"]] == ["job.ended"]
