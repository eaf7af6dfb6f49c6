"""Processes of a service are killed at random while posts are written: none is lost, none doubled.

``python -m loadtest.post_kills --kills 100`` starts a service, writes and imports posts from
several clients without a pause, ends a random process with SIGKILL again and again, at times all of
them, and then counts in Postgres. What it counted is written to ``docs/evidence/posts.md``.
"""

import argparse
import asyncio
import contextlib
import random
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import psutil

from loadtest.environment import environment_facts, facts_line
from loadtest.kills import is_ready, processes
from loadtest.paths import ROOT
from serve_app.standalone.embedded import postgres
from serve_app.standalone.ports import free_port
from serve_app.standalone.process_mark import ProcessMark
from serve_app.standalone.service_process import start_service

EVIDENCE = ROOT / "docs" / "evidence" / "posts.md"
ALL = "all processes at once"
#: What is killed, and how often in a hundred.
WEIGHTS = {
    "the driver": 34,
    "Postgres": 24,
    "the encoder": 10,
    "an analysis": 10,
    "Valkey": 6,
    "HAProxy": 6,
    ALL: 10,
}
_CLIENTS = 3
_MANY = 20
_IMPORTED = 200
_WHOLE_TIMEOUT_S = 240.0
#: On a busy machine Ray gives a start up; whoever runs the service starts it again.
_STARTS = 3
#: None of the pending posts ends for so long: a lease of one, and some.
_PENDING_STILL_S = 180.0
#: Between files, or far more posts would be left pending than are analysed meanwhile.
_IMPORT_PAUSE_S = 4.0
_POLL_S = 0.2
_REQUEST_TIMEOUT_S = 40


@dataclass
class Writers:
    """Clients that write posts one after the other, each until it is acknowledged.

    Attributes:
        acknowledged: texts of posts, by the id that the service gave.
        imported: how many of these were rows of files.
        refusals: answers that are none of "not now", by status.
        retries: requests and files that were sent again.
    """

    url: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    imported: int = 0
    refusals: Counter[int] = field(default_factory=Counter)
    retries: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _given_up: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to write, and to import."""
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(_CLIENTS)]
        self._threads.append(threading.Thread(target=self._run_imports))
        for thread in self._threads:
            thread.start()

    def stop(self, *, finish: bool) -> None:
        """Write nothing more.

        Args:
            finish: what was begun is sent until it is acknowledged; a service that is gone for
                good would never do so.
        """
        self._stopped.set()
        if not finish:
            self._given_up.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        while not self._stopped.is_set():
            # One client sends many at a time, one names its posts, one relies on the key alone.
            texts = [_text() for _ in range(_MANY if number == 0 else 1)]
            named = number != 1
            posts = [{"text": t, **({"external_id": t[-32:]} if named else {})} for t in texts]
            for post in self._write({"posts": posts} if len(posts) > 1 else posts[0]):
                self.acknowledged[post["id"]] = post["text"]

    def _write(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """The posts as acknowledged; asks again, with the same key, as long as it takes."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        while not self._given_up.is_set():
            with contextlib.suppress(httpx.HTTPError):
                response = httpx.post(
                    f"{self.url}/v1/posts", json=body, headers=headers, timeout=_REQUEST_TIMEOUT_S
                )
                if response.is_success:
                    answer = response.json()
                    return [item["post"] for item in answer.get("items", [{"post": answer}])]
                self._note(response)
            self._pause()
        return []

    def _run_imports(self) -> None:
        while not self._stopped.is_set():
            texts = [_text() for _ in range(_IMPORTED)]
            while not self._import(texts) and not self._given_up.is_set():
                self._pause()
            self._stopped.wait(_IMPORT_PAUSE_S)

    def _import(self, texts: list[str]) -> bool:
        """Send a file; whether it was answered to its end. What breaks off is sent again whole."""
        file = b"\n".join(orjson.dumps({"text": t, "external_id": t[-32:]}) for t in texts)
        headers = {"Content-Type": "application/x-ndjson"}
        address = f"{self.url}/v1/posts:import"
        with (
            contextlib.suppress(httpx.HTTPError),
            httpx.stream(
                "POST", address, content=file, headers=headers, timeout=_REQUEST_TIMEOUT_S
            ) as response,
        ):
            if not response.is_success:
                self._note(response)
                return False
            for line in map(orjson.loads, response.iter_lines()):
                if "id" in line:
                    self.imported += line["id"] not in self.acknowledged
                    self.acknowledged[line["id"]] = texts[line["row"] - 1]
                elif "imported" in line:
                    return "error" not in line
                else:
                    self.refusals[line["status"]] += 1
        return False

    def _note(self, response: httpx.Response) -> None:
        # While it starts, HAProxy knows no route yet.
        if response.status_code < 500 and response.status_code != httpx.codes.NOT_FOUND:
            self.refusals[response.status_code] += 1

    def _pause(self) -> None:
        self.retries += 1
        time.sleep(_POLL_S)


@dataclass(frozen=True, slots=True)
class FinalCount:
    """What Postgres holds in the end.

    Attributes:
        acknowledged: posts that the clients were told of.
        lost: of these, not there.
        doubled: texts that are there more than once.
        pending: posts that have not ended.
        failed: posts whose analysis was given up.
    """

    acknowledged: int
    lost: int
    doubled: int
    pending: int
    failed: int


class KilledService:
    """One service, started again whenever all of it was killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.mark = ProcessMark(str(folder.resolve()))
        self._log = folder / "service.log"
        self._process = start_service(self.port, folder, self._log)

    @property
    def _last_lines(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8").splitlines()[-20:])

    def wait_until_whole(self) -> None:
        """Wait until all is ready and nothing degraded.

        Raises:
            TimeoutError: it is not after four minutes, nor after so many more from each start of
                some that failed.
        """
        deadline = time.monotonic() + _WHOLE_TIMEOUT_S
        starts_left = _STARTS
        while not is_ready(self.url):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not whole after {_WHOLE_TIMEOUT_S:.0f} s: {self._last_lines}")
            if starts_left and self._process.exit_code is not None:
                print(f"it ended with {self._process.exit_code}: {self._last_lines}", flush=True)
                self._process = start_service(self.port, self.folder, self._log)
                deadline = time.monotonic() + _WHOLE_TIMEOUT_S
                starts_left -= 1
            time.sleep(_POLL_S)

    def kill(self, kind: str) -> bool:
        """End a process of a kind, or all of them; whether there was one."""
        victims = self.mark.processes() if kind == ALL else processes(kind, self.mark)[:1]
        if kind == ALL:
            self._process.kill()
        for victim in victims:
            with contextlib.suppress(psutil.NoSuchProcess):  # the guard was quicker
                victim.kill()
        if kind == ALL:
            self._process = start_service(self.port, self.folder, self._log)
        return bool(victims)

    def stop(self) -> None:
        """Ctrl-C."""
        self._process.stop()

    async def count(self, writers: Writers) -> FinalCount:
        """Ask Postgres itself, once nothing is pending or nothing of that ends any more."""
        connection = await asyncpg.connect(postgres.url(self.folder / "run"))
        try:
            pending = await _pending_at_last(connection)
            rows = await connection.fetch("SELECT id::text, text, state FROM posts")
        finally:
            await connection.close()
        there = {row["id"]: row["text"] for row in rows}
        texts = Counter(there.values())
        lost = [id for id, text in writers.acknowledged.items() if there.get(id) != text]
        return FinalCount(
            acknowledged=len(writers.acknowledged),
            lost=len(lost),
            doubled=sum(number > 1 for number in texts.values()),
            pending=pending,
            failed=sum(row["state"] == "failed" for row in rows),
        )


async def _pending_at_last(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    """The posts that are still pending when no post has ended for long; 0 as soon as all have."""
    fewest, ended_at = -1, time.monotonic()
    while pending := await connection.fetchval(
        "SELECT count(*) FROM posts WHERE state = 'pending'"
    ):
        if fewest < 0 or pending < fewest:
            fewest, ended_at = pending, time.monotonic()
        elif time.monotonic() > ended_at + _PENDING_STILL_S:
            break
        await asyncio.sleep(1)
    return int(pending)


def _text() -> str:
    return f"Proud of what we shipped in Berlin. Reference {uuid.uuid4().hex}"


def run(kills: int, seed: int, folder: Path) -> tuple[FinalCount, Counter[str], Writers]:
    """Kill so many processes under load; what was left, what was killed, and who wrote."""
    choice = random.Random(seed)
    service = KilledService(folder)
    killed: Counter[str] = Counter()
    try:
        service.wait_until_whole()
        writers = Writers(service.url)
        writers.start()
        ended_well = False
        try:
            while killed.total() < kills:
                time.sleep(choice.uniform(0.1, 2.0))
                [kind] = choice.choices(list(WEIGHTS), list(WEIGHTS.values()))
                killed[kind] += service.kill(kind)
                time.sleep(choice.uniform(0.0, 1.0))
                service.wait_until_whole()
                print(f"{killed.total()}: {kind}; {len(writers.acknowledged)} posts", flush=True)
            ended_well = True
        finally:
            writers.stop(finish=ended_well)
        return asyncio.run(service.count(writers)), killed, writers
    finally:
        service.stop()


def page(count: FinalCount, killed: Counter[str], writers: Writers, seed: int) -> str:
    """The evidence as a page of Markdown."""
    rows = "\n".join(f"| {kind} | {killed[kind]} |" for kind in WEIGHTS)
    return f"""# Posts survive what is killed

Measured on {datetime.now(UTC):%Y-%m-%d} by `python -m loadtest.post_kills --kills \
{killed.total()} --seed {seed}`, which writes this page. {facts_line(environment_facts(["ray"]))}

{_CLIENTS} clients wrote posts without a pause, one of them {_MANY} at a time, each until it was
acknowledged, and one imported files of {_IMPORTED} rows, each again until it was answered to its
end; {killed.total()} processes of the service were ended by SIGKILL at random moments.

| killed | times |
|---|---:|
{rows}

| posts | |
|---|---:|
| acknowledged | {count.acknowledged:,} |
| of these rows of files | {writers.imported:,} |
| of all lost | {count.lost} |
| kept twice | {count.doubled} |
| pending for ever | {count.pending} |
| given up | {count.failed} |
| requests sent again | {writers.retries:,} |
| refused | {writers.refusals.total()} |
"""


def main() -> None:
    """Kill, count, write the page; status 1 where a post was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=12)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postlens-post-kills-") as folder:
        count, killed, writers = run(options.kills, options.seed, Path(folder))
    print(count, dict(killed), dict(writers.refusals))
    EVIDENCE.parent.mkdir(exist_ok=True)
    EVIDENCE.write_text(page(count, killed, writers, options.seed), encoding="utf-8")
    raise SystemExit(bool(count.lost or count.doubled or count.pending))


if __name__ == "__main__":
    main()
