"""The Python client's jobs, and ``postlens jobs`` and ``replay``, against the real API."""

import asyncio
import csv
import gzip
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from serve_app.client import PostLens, RequestRefused
from serve_app.client.server_events import event_data
from serve_app.settings import UploadSettings
from tests.services.job_calls import posts
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts
from tests.services.webhook_receiver import answer, receiving


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    keys = ("acme:a-key", "other:another")
    with running_posts(
        database_url, keys=keys, uploads=UploadSettings(allow_private=True)
    ) as running:
        yield running


@pytest.fixture
def client(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url, api_key="a-key") as postlens:
        yield postlens


def postlens(api: RunningApi, *arguments: object, input: bytes = b"") -> Any:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTLENS_")}
    return subprocess.run(
        [sys.executable, "-m", "serve_app.cli", *map(str, arguments)],
        capture_output=True,
        input=input,
        env={**clean, "POSTLENS_URL": api.url, "POSTLENS_API_KEY": "another"},
        timeout=60,
        check=False,
    )


def test_posts_are_sent_and_their_results_read(client: PostLens) -> None:
    job = client.jobs.create([*posts(120), "A text alone.", {"text": " "}], analyses=["tone"])
    assert isinstance(job.id, UUID)
    assert (job.kind, job.posts, job.analyses) == ("posts", 122, ("tone",))
    now = client.jobs.wait(job.id, every_s=0.05)
    assert (now.state, now.succeeded, now.failed) == ("completed", 121, 1)
    assert now.posts_per_s
    results = list(client.jobs.results(job.id))
    assert [result.index for result in results] == list(range(122))
    assert results[0].id == "0"
    assert results[0].analysis
    assert results[0].analysis.tone
    assert results[-1].problem
    assert results[-1].problem.type == "/problems/blank-text"
    assert [r.index for r in client.jobs.results(job.id, start=120)] == [120, 121]
    assert [failure.index for failure in client.jobs.failures(job.id)] == [121]
    assert next(each.id for each in client.jobs.all(kind="posts", state=["completed"])) == job.id
    assert client.jobs.delete(job.id) is True
    assert client.jobs.delete(job.id) is False


async def test_every_call_can_be_awaited(client: PostLens) -> None:
    job = await client.jobs.create_async(posts(3))
    states = [each.state async for each in client.jobs.watch_async(job.id, every_s=0.05)]
    assert states[-1] == "completed"
    assert len([each async for each in client.jobs.results_async(job.id)]) == 3


def test_a_job_tells_of_itself_until_its_end(client: PostLens) -> None:
    job = client.jobs.create(posts(3))
    told = list(client.jobs.events(job.id))
    assert {each.id for each in told} == {job.id}
    assert [each.ended_at is not None for each in told] == [False] * (len(told) - 1) + [True]
    assert (told[-1].state, told[-1].succeeded) == ("completed", 3)
    with pytest.raises(RequestRefused, match="There is no job"):
        list(client.jobs.events(uuid4()))


async def test_it_goes_on_where_the_stream_is_refused_or_breaks_off(
    client: PostLens, api: RunningApi
) -> None:
    job = await client.jobs.create_async(posts(3))
    await client.jobs.wait_async(job.id, every_s=0.05)
    api.front.statuses = [503]
    told = [each async for each in client.jobs.events_async(job.id)]
    assert [each.state for each in told] == ["completed"]
    assert api.front.requests[-2:] == [f"/v1/jobs/{job.id}/events", f"/v1/jobs/{job.id}"]


async def test_events_are_read_from_parts_of_any_length() -> None:
    stream = b'event: job\ndata: {"a":1}\n\n:\n\ndata: {"a":\ndata: 2}\n\ndata: {"a"'
    for size in (1, 7, len(stream)):

        async def parts(size: int = size) -> AsyncIterator[bytes]:
            for start in range(0, len(stream), size):
                yield stream[start : start + size]

        assert [each async for each in event_data(parts())] == [b'{"a":1}', b'{"a":\n2}']


def test_a_file_is_sent_in_parts(client: PostLens, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv.gz"
    path.write_bytes(gzip.compress(b"nr,text\na,We won.\nb,We lost.\n"))
    sent: list[int] = []
    job = client.jobs.create_from_file(
        path, id_column="nr", analyses=["sentiment", "tone"], on_sent=sent.append
    )
    client.jobs.wait(job.id, every_s=0.05)
    assert [result.id for result in client.jobs.results(job.id)] == ["a", "b"]
    assert sent == [path.stat().st_size]


async def test_a_file_at_a_url_is_fetched(client: PostLens) -> None:
    async with receiving(answer(200, body=b"nr,text\na,We won.\n"), answer(404)) as store:
        job = await client.jobs.create_from_url_async(store.url, id_column="nr", analyses=["tone"])
        await client.jobs.wait_async(job.id, every_s=0.05)
        assert [result.id async for result in client.jobs.results_async(job.id)] == ["a"]
        assert job.kind == "url"
        with pytest.raises(RequestRefused, match="404"):
            await client.jobs.create_from_url_async(store.url)


def test_kept_posts_are_analysed_and_replayed(client: PostLens, api: RunningApi) -> None:
    tag = uuid4().hex
    for text in ("Sorry, we lost.", "Proud of it."):
        client.posts.create(text, tags=[tag])
    job = client.jobs.create_from_kept({"tag": tag}, analyses=["tone"])
    assert client.jobs.wait(job.id, every_s=0.05).succeeded == 2
    again = client.jobs.create_from_kept({"tag": tag}, replay=True)
    now = client.jobs.wait(again.id, every_s=0.05)
    assert (now.kind, now.succeeded, now.flips) == ("replay", 2, {})


def test_what_cannot_be_done_is_refused(client: PostLens) -> None:
    with pytest.raises(RequestRefused, match="There is no job"):
        client.jobs.get(uuid4())
    with pytest.raises(RequestRefused, match="mood"):
        client.jobs.create(["a"], analyses=["mood"])


def test_failed_posts_are_retried(client: PostLens, api: RunningApi) -> None:
    job = client.jobs.create([{"text": " "}, "We won."])
    client.jobs.wait(job.id, every_s=0.05)
    assert client.jobs.retry(job.id).state == "completed"  # nothing can be retried
    assert client.jobs.cancel(job.id).state == "completed"


class TestCommands:
    def test_a_file_is_submitted_watched_and_its_results_written(
        self, api: RunningApi, tmp_path: Path
    ) -> None:
        source = tmp_path / "posts.jsonl"
        lines = [json.dumps(post) for post in [*posts(60), {"text": " "}]]
        source.write_text("\n".join(lines))
        sent = postlens(api, "jobs", "submit", source, "--analyses", "tone,sentiment")
        assert sent.returncode == 0, sent.stderr
        job_id = sent.stdout.decode().strip()
        watched = postlens(api, "jobs", "watch", job_id)
        assert watched.returncode == 1
        assert "60 of 61 posts have an answer, 1 failed" in watched.stderr.decode()
        out = tmp_path / "results.csv"
        assert postlens(api, "jobs", "results", job_id, "-o", out).returncode == 0
        rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
        assert [row["status"] for row in rows] == ["ok"] * 60 + ["error"]
        printed = postlens(api, "jobs", "results", job_id, "--from", 59).stdout.splitlines()
        assert [json.loads(line)["index"] for line in printed] == [59, 60]
        assert (
            "none of them is visible" in postlens(api, "jobs", "failures", job_id).stdout.decode()
        )
        listed = postlens(api, "jobs", "list", "--kind", "file").stdout.decode()
        assert job_id in listed
        assert "completed" in listed
        assert postlens(api, "jobs", "delete", job_id).returncode == 0

    async def test_a_url_is_submitted(self, api: RunningApi) -> None:
        async with receiving(answer(200, body=b"nr,text\na,We won.\n")) as store:
            sent = await asyncio.to_thread(
                postlens, api, "jobs", "submit", store.url + "?signature=s3cret",
                "--id-column", "nr", "--watch", "--json",
            )  # fmt: skip
        assert sent.returncode == 0, sent.stderr
        job = json.loads(sent.stdout)
        assert (job["kind"], job["succeeded"]) == ("url", 1)
        assert b"s3cret" not in sent.stdout + sent.stderr

    def test_standard_input_is_a_file(self, api: RunningApi) -> None:
        sent = postlens(
            api, "jobs", "submit", "-", "--format", "ndjson", "--watch", "--json",
            input=b'{"text": "We won."}\n',
        )  # fmt: skip
        assert sent.returncode == 0, sent.stderr
        assert json.loads(sent.stdout)["succeeded"] == 1

    def test_jobs_are_cancelled_and_retried(self, api: RunningApi) -> None:
        sent = postlens(api, "jobs", "submit", "--kept", "--tag", "none")
        job_id = sent.stdout.decode().strip()
        assert postlens(api, "jobs", "watch", job_id).returncode == 0
        for verb in ("cancel", "retry"):
            changed = postlens(api, "jobs", verb, job_id, "--json")
            assert json.loads(changed.stdout)["state"] == "completed"
        unknown = postlens(api, "jobs", "cancel", uuid4())
        assert unknown.returncode == 1
        assert "There is no job" in unknown.stderr.decode()

    def test_a_replay_tells_what_came_out_otherwise(self, api: RunningApi) -> None:
        with PostLens.over_http(api.url, api_key="another") as client:
            client.posts.create("We are proud of Berlin.")
        replayed = postlens(api, "replay", "--watch")
        assert replayed.returncode == 0, replayed.stderr
        assert "No analysis came out otherwise." in replayed.stderr.decode()

    def test_a_file_or_kept_posts_have_to_be_named(self, api: RunningApi) -> None:
        assert "--kept" in postlens(api, "jobs", "submit").stderr.decode()
