"""Processes of a service are killed at random while jobs run: no post is lost, none doubled.

``python -m loadtest.job_kills --kills 200 --posts 20000`` starts a service whose jobs have a worker
of their own, sends a job, and ends a random process with SIGKILL again and again, at times all of
them. A job that has ended is counted, and followed by another while kills are left. What was
counted is written to ``docs/evidence/jobs.md``.
"""

import argparse
import random
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson

from loadtest.environment import environment_facts, facts_line
from loadtest.paths import ROOT
from loadtest.post_kills import ALL, KilledService

EVIDENCE = ROOT / "docs" / "evidence" / "jobs.md"
#: What is killed, and how often in a hundred.
WEIGHTS = {
    "the driver": 28,
    "a worker of jobs": 28,
    "Postgres": 22,
    "the encoder": 8,
    "HAProxy": 4,
    ALL: 10,
}
_POLL_S = 0.2
_REQUEST_TIMEOUT_S = 60
#: Nothing happens for so long: the job hangs.
_STILL_S = 300.0
_ENDED = ("completed", "cancelled")


@dataclass
class JobTally:
    """What became of the posts of all jobs.

    Attributes:
        jobs: that were sent, and have ended.
        posts: that they had.
        answered: with a result of their own text.
        failed: kept as failed, with a reason.
        lost: neither.
        doubled: that stand among the results more than once, or whose answer is another's.
        miscounted: jobs whose counts are not those of their results.
        hanging: jobs that did not end.
        reasons: of those that failed.
    """

    jobs: int = 0
    posts: int = 0
    answered: int = 0
    failed: int = 0
    lost: int = 0
    doubled: int = 0
    miscounted: int = 0
    hanging: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or hung."""
        return not (self.lost or self.doubled or self.miscounted or self.hanging)

    def add(self, job: dict[str, Any], lines: list[dict[str, Any]], ids: list[str]) -> None:
        """Count the results of a job that has ended, whose posts had these ids."""
        by_id = Counter(line["id"] for line in lines)
        places = [ids[line["index"]] == line["id"] for line in lines]
        failures = [line for line in lines if line["status"] == "error"]
        self.jobs += 1
        self.posts += len(ids)
        self.failed += len(failures)
        self.answered += len(lines) - len(failures)
        self.lost += sum(id not in by_id for id in ids)
        self.doubled += sum(count - 1 for count in by_id.values()) + places.count(False)
        self.reasons.update(line["error"]["detail"] for line in failures)
        counted = job["succeeded"] + job["failed"] == job["posts"] == len(lines)
        self.miscounted += not (counted and job["failed"] == len(failures))


class JobUnderKills:
    """One job after the other, sent and read however often the service goes away."""

    def __init__(self, url: str, posts: int) -> None:
        self._http = httpx.Client(base_url=url, timeout=_REQUEST_TIMEOUT_S)
        self._posts = posts
        self.ids: list[str] = []
        self.job: dict[str, Any] = {}
        self._moved_at = time.monotonic()

    def send(self) -> None:
        """Send the next job, until it is acknowledged."""
        self.ids = [uuid.uuid4().hex for _ in range(self._posts)]
        lines = [{"id": i, "text": f"Proud of our work in Berlin. Reference {i}"} for i in self.ids]
        content = b"\n".join(map(orjson.dumps, lines))
        headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": uuid.uuid4().hex}
        url = "/v1/jobs?analyses=sentiment&analyses=readability"
        self.job = _until_answered(lambda: self._http.post(url, content=content, headers=headers))
        self._moved_at = time.monotonic()

    def look(self) -> bool:
        """Look at the job; whether it has ended."""
        before = self.job["succeeded"], self.job["failed"]
        self.job = _until_answered(lambda: self._http.get(f"/v1/jobs/{self.job['id']}"))
        if (self.job["succeeded"], self.job["failed"]) != before:
            self._moved_at = time.monotonic()
        return self.job["state"] in _ENDED

    @property
    def hangs(self) -> bool:
        """Whether nothing has happened for long."""
        return time.monotonic() - self._moved_at > _STILL_S

    def results(self) -> list[dict[str, Any]]:
        """All lines."""
        path = f"/v1/jobs/{self.job['id']}/results"
        while True:
            try:
                response = self._http.get(path)
                response.raise_for_status()
                return [orjson.loads(line) for line in response.iter_lines()]
            except httpx.HTTPError:
                time.sleep(_POLL_S)


def _until_answered(call: Callable[[], httpx.Response]) -> dict[str, Any]:
    """The answer, asked for again as long as it is "not now"."""
    deadline = time.monotonic() + _STILL_S
    while True:
        try:
            response = call()
            if response.is_success:
                answer: dict[str, Any] = response.json()
                return answer
            # While it starts, HAProxy knows no route yet.
            if response.status_code not in (404, 500, 502, 503, 504):
                raise ValueError(f"{response.status_code}: {response.text[:200]}")
        except httpx.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer in {_STILL_S:.0f} s")
        time.sleep(_POLL_S)


def run(kills: int, posts: int, seed: int, folder: Path) -> tuple[JobTally, Counter[str]]:
    """Kill so many processes while jobs run; what became of the posts, and what was killed."""
    choice = random.Random(seed)
    service = KilledService(folder)
    tally, killed = JobTally(), Counter[str]()
    try:
        service.wait_until_whole()
        work = JobUnderKills(service.url, posts)
        while killed.total() < kills:
            work.send()
            _kill_while_it_runs(service, work, kills, choice, killed)
            if work.hangs:
                tally.hanging += 1
            else:
                tally.add(work.job, work.results(), work.ids)
            print(tally, flush=True)
        return tally, killed
    finally:
        service.stop()


def _kill_while_it_runs(
    service: KilledService,
    work: JobUnderKills,
    kills: int,
    choice: random.Random,
    killed: Counter[str],
) -> None:
    """Kill processes until the job has ended, or as many as are to be killed."""
    while not work.look() and not work.hangs:
        time.sleep(choice.uniform(0.1, 3.0))
        if killed.total() < kills:
            [kind] = choice.choices(list(WEIGHTS), list(WEIGHTS.values()))
            killed[kind] += service.kill(kind)
            service.wait_until_whole()
            print(f"{killed.total()}: {kind}; {work.job['succeeded']} answered", flush=True)


def page(tally: JobTally, killed: Counter[str], posts: int, seed: int) -> str:
    """The evidence as a page of Markdown."""
    rows = "\n".join(f"| {kind} | {killed[kind]} |" for kind in WEIGHTS)
    reasons = "\n".join(f"- {count} x {reason}" for reason, count in tally.reasons.most_common(5))
    return f"""# Jobs survive what is killed

Measured on {datetime.now(UTC):%Y-%m-%d} by `python -m loadtest.job_kills --kills \
{killed.total()} --posts {posts} --seed {seed}`, which writes this page. \
{facts_line(environment_facts(["ray"]))}

Jobs of {posts:,} posts ran one after the other, with a worker in a process of its own, while \
{killed.total()} processes of the service were ended by SIGKILL at random moments.

| killed | times |
|---|---:|
{rows}

| posts | |
|---|---:|
| jobs | {tally.jobs} |
| posts | {tally.posts:,} |
| answered | {tally.answered:,} |
| failed, with a reason | {tally.failed} |
| lost | {tally.lost} |
| stored twice, or in another's place | {tally.doubled} |
| jobs whose counts are wrong | {tally.miscounted} |
| jobs that did not end | {tally.hanging} |
{reasons}
"""


def main() -> None:
    """Kill, count, write the page; status 1 where a post was lost or doubled, or a job hung."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postlens-job-kills-") as folder:
        tally, killed = run(options.kills, options.posts, options.seed, Path(folder))
    EVIDENCE.parent.mkdir(exist_ok=True)
    EVIDENCE.write_text(page(tally, killed, options.posts, options.seed), encoding="utf-8")
    raise SystemExit(not tally.holds)


if __name__ == "__main__":
    main()
