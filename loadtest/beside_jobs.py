"""What a large job costs the callers beside it, and how soon a second workspace's job starts.

    python -m loadtest.beside_jobs [--posts 100000] [--seconds 40] [--rounds 3]

starts a service with two workspaces. In each round one client sends new short posts one after the
other, first alone, then while a job of the first workspace runs, which is cancelled at the round's
end. In the last round the second workspace sends a job of its own; until that ends, the posts of
both are counted. Writes ``loadtest/results/JOBS.md``.
"""

import argparse
import os
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson

from loadtest.environment import environment_facts, facts_line
from loadtest.generator.posts import PostGenerator
from loadtest.kills import is_ready
from loadtest.paths import RESULTS
from serve_app.standalone.ports import free_port
from serve_app.standalone.service_process import start_service
from training.outputs import output_folder

_WORKSPACES = ("first", "second")
_KEYS = {name: f"{name}-key-of-the-measurement" for name in _WORKSPACES}
_CHARACTERS = 300
_PAUSE_S = 0.1
_POLL_S = 0.1
_READY_TIMEOUT_S = 240.0
_REQUEST_TIMEOUT_S = 300.0
#: Posts of the second workspace's job: some chunks, so that turns can be counted.
_SECOND_POSTS = 1_000
#: A job has begun in earnest, and the first chunks are not those of an idle queue.
_WARM_UP_S = 5.0
_GOAL_P95 = 1.1
_GOAL_START_S = 5.0


@dataclass(frozen=True, slots=True)
class PostTimes:
    """What one interactive post took.

    Attributes:
        took_ms: as the client saw it.
        stages_ms: of ``Server-Timing``, by stage.
    """

    took_ms: float
    stages_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class RoundOfPosts:
    """The interactive posts, alone and beside a job."""

    alone: Sequence[PostTimes]
    beside: Sequence[PostTimes]

    def p95_ratio(self) -> float:
        """How many times the p95 is beside a job what it is alone."""
        return percentile_ms(self.beside, 95) / percentile_ms(self.alone, 95)


def percentile_ms(posts: Sequence[PostTimes], share: float) -> float:
    """What so many of a hundred posts took at most."""
    return float(np.percentile([post.took_ms for post in posts], share))


@dataclass(frozen=True, slots=True)
class SecondJob:
    """A job that came while another workspace's job ran.

    Attributes:
        start_s: from its acceptance to its first answered posts, in seconds.
        took_s: until its end.
        posts: of this job.
        others: posts of the first job that were answered meanwhile.
    """

    start_s: float
    took_s: float
    posts: int
    others: int

    @property
    def share(self) -> float:
        """Of the posts that were answered while both had some, those of the second."""
        return self.posts / (self.posts + self.others)


@contextmanager
def serving(folder: Path) -> Iterator[dict[str, httpx.Client]]:
    """A whole service of one machine; a client for each workspace."""
    os.environ["POSTLENS_API_KEYS"] = ",".join(f"{name}:{key}" for name, key in _KEYS.items())
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    service = start_service(port, folder, folder / "service.log")
    try:
        service.wait_until(lambda: is_ready(url), _READY_TIMEOUT_S, poll_s=_POLL_S)
        headers = {name: {"Authorization": f"Bearer {key}"} for name, key in _KEYS.items()}
        yield {
            name: httpx.Client(base_url=url, headers=each, timeout=_REQUEST_TIMEOUT_S)
            for name, each in headers.items()
        }
    finally:
        service.stop()


def ask_steadily(client: httpx.Client, texts: Iterator[str], seconds: float) -> list[PostTimes]:
    """Each post that was sent in so many seconds, one after the other."""
    posts, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        response = client.post("/v1/analyze", json={"text": next(texts)}).raise_for_status()
        took_ms = 1000 * (time.perf_counter() - began)
        assert response.json()["sentiment"]["status"] == "ok", response.text
        stages = (stage.split(";dur=") for stage in response.headers["server-timing"].split(", "))
        posts.append(PostTimes(took_ms, {name: float(ms) for name, ms in stages}))
        time.sleep(_PAUSE_S)
    return posts


def submit(client: httpx.Client, texts: Sequence[str]) -> dict[str, Any]:
    """A job with these posts, as it was accepted."""
    lines = (orjson.dumps({"id": uuid.uuid4().hex, "text": text}) for text in texts)
    headers = {"Content-Type": "application/x-ndjson"}
    response = client.post("/v1/jobs", content=b"\n".join(lines), headers=headers)
    job: dict[str, Any] = response.raise_for_status().json()
    return job


def answered(client: httpx.Client, job: dict[str, Any]) -> int:
    """Posts of a job that have ended."""
    now = client.get(f"/v1/jobs/{job['id']}").raise_for_status().json()
    return int(now["succeeded"] + now["failed"])


def cancel(client: httpx.Client, job: dict[str, Any]) -> None:
    """Cancel a job, and wait until its last chunk has ended."""
    client.post(f"/v1/jobs/{job['id']}:cancel").raise_for_status()
    time.sleep(_WARM_UP_S)


def second_job(
    clients: dict[str, httpx.Client], first: dict[str, Any], texts: Sequence[str]
) -> SecondJob:
    """Send the second workspace's job while the first one's runs, and follow both to its end."""
    one, other = (clients[name] for name in _WORKSPACES)
    job = submit(other, texts)
    accepted_at = time.monotonic()
    before, start_s = answered(one, first), 0.0
    while (done := answered(other, job)) < len(texts):
        if done and not start_s:
            start_s = time.monotonic() - accepted_at
        time.sleep(_POLL_S)
    took_s = time.monotonic() - accepted_at
    return SecondJob(start_s or took_s, took_s, len(texts), answered(one, first) - before)


def measure(
    posts: int, seconds: float, rounds: int, seed: int
) -> tuple[list[RoundOfPosts], SecondJob, float]:
    """The rounds, the second job, and posts a second of the first one beside interactive calls."""
    generator = PostGenerator(seed)
    interactive = iter(lambda: generator.of_length(1, _CHARACTERS)[0], "")
    many = generator.of_length(posts, _CHARACTERS)
    results, rates = [], []
    with (
        tempfile.TemporaryDirectory(prefix="postlens-beside-jobs-") as folder,
        serving(Path(folder)) as clients,
    ):
        client = clients[_WORKSPACES[0]]
        ask_steadily(client, interactive, _WARM_UP_S)
        for number in range(rounds):
            alone = ask_steadily(client, interactive, seconds)
            # Other texts in each round, or their answers would be in the cache.
            job = submit(client, [f"{number}. {text}" for text in many])
            time.sleep(_WARM_UP_S)
            before, began = answered(client, job), time.monotonic()
            beside = ask_steadily(client, interactive, seconds)
            rates.append((answered(client, job) - before) / (time.monotonic() - began))
            results.append(RoundOfPosts(alone, beside))
            print(row(f"round {number + 1}", results[-1]), flush=True)
            if number == rounds - 1:
                texts = generator.of_length(_SECOND_POSTS, _CHARACTERS)
                second = second_job(clients, job, texts)
            cancel(client, job)
    return results, second, float(np.median(rates))


def row(name: str, each: RoundOfPosts) -> str:
    """The table's row of a round."""
    figures = [
        f"{percentile_ms(posts, share):.0f}"
        for posts in (each.alone, each.beside)
        for share in (50, 95)
    ]
    counts = f"{len(each.alone)} / {len(each.beside)}"
    return f"| {name} | {counts} | {' | '.join(figures)} | {each.p95_ratio():.2f} |"


def stage_rows(rounds: Sequence[RoundOfPosts]) -> str:
    """The table's rows of the stages of all rounds' posts."""
    alone = [post.stages_ms for each in rounds for post in each.alone]
    beside = [post.stages_ms for each in rounds for post in each.beside]
    return "\n".join(
        f"| {stage} | "
        + " | ".join(
            f"{np.percentile([post.get(stage, 0.0) for post in posts], share):.0f}"
            for posts in (alone, beside)
            for share in (50, 95)
        )
        + " |"
        for stage in alone[0]
    )


def page(
    rounds: Sequence[RoundOfPosts], second: SecondJob, rate: float, options: argparse.Namespace
) -> str:
    """All figures as a page of Markdown."""
    rows = "\n".join(row(f"round {n}", each) for n, each in enumerate(rounds, 1))
    ratio = float(np.median([each.p95_ratio() for each in rounds]))
    return f"""# Jobs beside interactive calls

Made by `python -m loadtest.beside_jobs --posts {options.posts} --seconds {options.seconds:.0f} \
--rounds {options.rounds} --seed {options.seed}`; do not edit. \
{facts_line(options.facts)}

One client sends new posts of {_CHARACTERS} characters one after the other, {_PAUSE_S:.1f} s apart,
to a service with `configs/local.yaml`: alone, and while a job of {options.posts:,} such posts runs.

| | posts | alone, p50 ms | p95 ms | beside the job, p50 ms | p95 ms | p95, times |
|---|---|---:|---:|---:|---:|---:|
{rows}

Where the service says (`Server-Timing`) that it spent the time, all rounds:

| stage | alone, p50 ms | p95 ms | beside the job, p50 ms | p95 ms |
|---|---:|---:|---:|---:|
{stage_rows(rounds)}

| | measured | goal |
|---|---:|---:|
| p95 beside the job against alone, median of the rounds | {ratio:.2f} | <= {_GOAL_P95} |
| posts/s of the job beside the interactive calls | {rate:.1f} | |
| a second workspace's job starts after | {second.start_s:.1f} s | < {_GOAL_START_S:.0f} s |
| of the posts that were answered until its end, its own | {second.share:.0%} | half |
| its {second.posts:,} posts took | {second.took_s:.0f} s | |
"""


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=output_folder, default=RESULTS)
    options = parser.parse_args()
    options.facts = environment_facts(["ray"])
    text = page(*measure(options.posts, options.seconds, options.rounds, options.seed), options)
    (options.output / "JOBS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
