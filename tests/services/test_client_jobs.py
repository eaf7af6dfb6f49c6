"""The Python client's jobs, and ``postlens jobs`` and ``replay``, against the real API."""

import csv
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from serve_app.client import PostLens, RequestRefused
from tests.services.job_calls import posts
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url, keys=("acme:a-key", "other:another")) as running:
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
