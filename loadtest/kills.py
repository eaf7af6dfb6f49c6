"""Each kind of process of a one-machine service is killed in turn, under load.

``python -m loadtest.kills`` starts a service, kills, and writes what its users noticed:
requests failed, seconds without a good answer, seconds until all was whole again, and answers
given before that are not in the store. For `docs/operations.md`.
"""

import argparse
import contextlib
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import httpx
import psutil

from deployments.results import ANALYSES
from loadtest.bench.server import ServerCommand, running
from loadtest.environment import environment_facts, facts_line
from loadtest.generator.http_load import ServerAddress
from serve_app.standalone.ports import free_port
from serve_app.standalone.process_mark import ProcessMark
from serve_app.standalone.service_process import serve_command

#: What a kind's command line contains, in the order of the killing.
KINDS: Mapping[str, str] = {
    "Postgres": "bin/postgres",
    "Valkey": "valkey-server",
    "HAProxy": "bin/haproxy",
    "HAProxy's manager": "ray::HAProxyManager",
    "Serve's fallback proxy": "ray::ProxyActor",
    "Serve's controller": "ray::ServeController",
    "Ray's GCS": "gcs_server",
    "the guard": "serve_app.standalone.guard",
    "an analysis": "ray::ServeReplica:default:sentiment",
    "the encoder": "ray::ServeReplica:default:encoder",
    "the driver": "ray::ServeReplica:default:driver",
    "a worker of jobs": "ray::ServeReplica:default:jobs",
    "Ray's metrics agent": "ray::DashboardAgent",
    "Ray's environment agent": "ray::RuntimeEnvAgent",
    "Ray's raylet": "raylet/raylet",
    "the process that holds Ray": "serve_app.standalone.ray_process",
}

_CLIENTS = 2
_WHOLE_TIMEOUT_S = 180.0
_POLL_S = 0.25
#: Rows are written a moment behind their answers.
_WRITE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What users noticed of one kill.

    Attributes:
        kind: what was killed, of :data:`KINDS`.
        requests: sent from right before the kill until all was whole.
        failed: of these, without an answer or with a section that is not there.
        down_s: the longest time without a good answer.
        whole_s: from the kill until the process was there again and all was ready.
        lost: good answers from before the kill that the service no longer has.
        reasons: why those failed, each once.
    """

    kind: str
    requests: int
    failed: int
    down_s: float
    whole_s: float
    lost: int
    reasons: frozenset[str]


@dataclass
class Load:
    """Clients that each send a new post after the other's answer, until they are stopped."""

    url: str
    answers: list[tuple[float, str | None]] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)
    _stopped: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Send as long as the context lasts."""
        clients = [threading.Thread(target=self._send) for _ in range(_CLIENTS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self._stopped.set()
            for client in clients:
                client.join()

    def _send(self) -> None:
        while not self._stopped.is_set():
            digest = self._analyze()
            self.answers.append((time.monotonic(), digest))
            self._stopped.wait(0 if digest else _POLL_S)

    def _analyze(self) -> str | None:
        """Send a post that is new; the digest of a whole answer, else None."""
        body = {"text": f"Proud of what we shipped. Reference {uuid.uuid4().hex}."}
        try:
            response = httpx.post(f"{self.url}/v1/analyze", json=body, timeout=30)
        except httpx.HTTPError as error:
            self.reasons.add(type(error).__name__)
            return None
        if response.status_code != httpx.codes.OK:
            self.reasons.add(f"status {response.status_code}")
            return None
        answer = response.json()
        failed = [name for name in ANALYSES if answer[name]["status"] != "ok"]
        self.reasons.update(f"{name} {answer[name]['status']}" for name in failed)
        return None if failed else str(answer["digest"])

    @property
    def failed(self) -> int:
        """Requests without a whole answer."""
        return sum(digest is None for _, digest in self.answers)

    def longest_gap_s(self) -> float:
        """The longest time between two good answers, of whichever client."""
        times = [at for at, digest in self.answers if digest]
        return max((later - at for at, later in pairwise(times)), default=0.0)


def kill(kind: str, url: str, mark: ProcessMark) -> Outcome:
    """Kill one process under load and wait until the service is whole again.

    Raises:
        TimeoutError: it is not whole after three minutes.
    """
    load = Load(url)
    with load.running():
        _wait_until(lambda: len(load.answers) >= 2 * _CLIENTS)
        [victim, *_] = processes(kind, mark)
        before = [digest for _, digest in load.answers if digest]
        killed_at = time.monotonic()
        victim.kill()
        _wait_until(lambda: victim not in processes(kind, mark))
        _wait_until(lambda: bool(processes(kind, mark)) and is_ready(url))
        whole_s = time.monotonic() - killed_at
        good = len(load.answers)
        _wait_until(lambda: any(digest for _, digest in load.answers[good:]))
    lost = missing(url, before)
    return Outcome(
        kind=kind,
        requests=len(load.answers),
        failed=load.failed,
        down_s=load.longest_gap_s(),
        whole_s=whole_s,
        lost=lost,
        reasons=frozenset(load.reasons),
    )


def processes(kind: str, mark: ProcessMark) -> list[psutil.Process]:
    """The living processes of a kind, without children that still bear their parent's name."""
    parents = {}
    for process in mark.processes():
        with contextlib.suppress(psutil.Error):  # it ended meanwhile
            if KINDS[kind] in " ".join(process.cmdline()[:4]):
                parents[process] = process.ppid()
    ids = {process.pid for process in parents}
    return [process for process, parent in parents.items() if parent not in ids]


def is_ready(url: str) -> bool:
    """Whether all is ready and nothing degraded."""
    try:
        response = httpx.get(f"{url}/v1/health/ready", timeout=10)
    except httpx.HTTPError:
        return False
    return response.status_code == httpx.codes.OK and response.json()["status"] == "ready"


def missing(url: str, digests: Sequence[str]) -> int:
    """How many of these the store does not have after a while."""
    missing = list(digests)
    deadline = time.monotonic() + _WRITE_TIMEOUT_S
    while missing and time.monotonic() < deadline:
        missing = [digest for digest in missing if not _is_stored(url, digest)]
    return len(missing)


def _is_stored(url: str, digest: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        response = httpx.get(f"{url}/v1/analyses/{digest}", timeout=10)
        return response.status_code == httpx.codes.OK
    return False


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WHOLE_TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not whole after {_WHOLE_TIMEOUT_S:.0f} s")
        time.sleep(_POLL_S)


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table of Markdown."""
    rows = [
        f"| {o.kind} | {o.failed} of {o.requests} | {', '.join(sorted(o.reasons))} "
        f"| {o.down_s:.1f} | {o.whole_s:.1f} | {o.lost} |"
        for o in outcomes
    ]
    head = "| killed | requests failed | with | no good answer for, s | whole after, s | lost |"
    return "\n".join([head, "|---|---:|---|---:|---:|---:|", *rows])


def main() -> None:
    """Start a service, kill each kind, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", action="append", choices=KINDS, help="Only these.")
    kinds = parser.parse_args().kind or list(KINDS)
    facts = facts_line(environment_facts(["ray"]))
    with tempfile.TemporaryDirectory(prefix="postlens-kills-") as folder:
        port = free_port()
        address = ServerAddress("127.0.0.1", port, lambda _: True)
        command = ServerCommand(tuple(serve_command(port, Path(folder))), "/v1/health/ready")
        with running(command, address, Path(folder) / "service.log") as server:
            outcomes = []
            for kind in kinds:
                outcomes.append(kill(kind, f"http://127.0.0.1:{port}", server.mark))
                print(outcomes[-1], flush=True)
    print(f"\n{table(outcomes)}\n\n{facts}")


if __name__ == "__main__":
    main()
