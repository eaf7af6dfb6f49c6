"""The servers that are measured: how each is started, asked and judged."""

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from loadtest.bench.server import Command, free_port
from loadtest.generator.connection import Response
from loadtest.generator.load_result import Judge, NotAnswered
from loadtest.generator.loops import Address, post_request

ROOT = Path(__file__).parents[2]
_BAD_SECTIONS = (b'"status":"timeout"', b'"status":"failed"', b'"status":"shed"')
#: Long enough for everything that a benchmark sends at once.
_TIMEOUT_MS = 600_000


@dataclass(frozen=True, slots=True)
class Target:
    """A server that can be measured.

    Attributes:
        key: its name in the findings.
        name: its name for people.
        command: how it is started.
        address: where it listens then.
        path: where a post is sent.
        body: the body that asks for one text.
    """

    key: str
    name: str
    command: Command
    address: Address
    path: str
    body: Callable[[str], bytes]

    def requests(self, texts: Sequence[str]) -> list[bytes]:
        """A whole HTTP request for each text."""
        return [post_request(self.address, self.path, self.body(text)) for text in texts]


def postlens(data_dir: Path) -> Target:
    """`postlens serve`, as README says, on a data folder of its own."""
    address = _address(judge_analysis)
    command = Command(
        (sys.executable, "-m", "serve_app.cli", "serve", "--port", str(address.port),
         "--data-dir", str(data_dir)),
        ready_path="/v1/health/ready",
        stop_signal=signal.SIGINT,
        environment={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return Target("postlens", "PostLens", command, address, "/v1/analyze", _text_body)


def batch_request(target: Target, texts: Sequence[str]) -> bytes:
    """One request of PostLens that asks for many posts."""
    body = orjson.dumps({"posts": [{"text": text} for text in texts], "timeout_ms": _TIMEOUT_MS})
    return post_request(target.address, f"{target.path}/batch", body)


def fastapi(models: Path) -> Target:
    """Peer (a): FastAPI, one request at a time in the thread pool, stock models."""
    address = _address(judge_status)
    command = _module(
        "fastapi_server", address, "/health", **_analyzers("stock", models, threads=None)
    )
    return Target(
        "fastapi-stock", "FastAPI, stock models", command, address, "/analyze", _text_body
    )


def litserve(python: str, analyzers: str, models: Path) -> Target:
    """Peer (b): LitServe with batches and a worker a core, ``stock`` or ``own`` analyzers."""
    address = _address(judge_status)
    environment = _analyzers(analyzers, models, threads=1)
    command = _module("litserve_server", address, "/health", python=python, **environment)
    name = f"LitServe, {_SHOWN[analyzers]}"
    return Target(f"litserve-{analyzers}", name, command, address, "/predict", _text_body)


def bentoml(python: str, analyzers: str, models: Path, home: Path) -> Target:
    """Peer (c): BentoML with adaptive batches, ``stock`` or ``own`` analyzers."""
    address = _address(judge_status)
    command = Command(
        (python, "-m", "bentoml_cli.cli", "serve", "loadtest.bench.peers.bentoml_server:Analyses",
         "--host", "127.0.0.1", "--port", str(address.port), "--working-dir", str(ROOT)),
        ready_path="/readyz",
        environment={
            **_analyzers(analyzers, models, threads=1),
            "PYTHONPATH": str(ROOT),
            "BENTOML_HOME": str(home),
            "BENTOML_DO_NOT_TRACK": "True",
        },
    )  # fmt: skip
    name = f"BentoML, {_SHOWN[analyzers]}"
    return Target(f"bentoml-{analyzers}", name, command, address, "/analyze", _texts_body)


def ray_handles() -> Target:
    """Peer (d): our analyzers in Ray Serve at its defaults, a call a request and analysis."""
    address = _address(judge_analysis)
    command = _module("ray_defaults_server", address, "/health")
    name = "Ray Serve at its defaults, our analyzers"
    return Target("ray-own", name, command, address, "/analyze", _text_body)


def ray_noop(kind: str) -> Target:
    """Ray Serve that answers nothing: ``haproxy`` at its fastest, or ``default``."""
    address = _address(judge_status)
    command = _module("ray_noop_server", address, "/", kind)
    return Target(f"noop-{kind}", f"Ray Serve no-op, {kind}", command, address, "/", _text_body)


def litserve_noop(python: str) -> Target:
    """LitServe that answers nothing."""
    address = _address(judge_status)
    command = _module("litserve_server", address, "/health", "noop", python=python)
    return Target("noop-litserve", "LitServe no-op", command, address, "/predict", _text_body)


def judge_status(response: Response) -> bool:
    """Good where the status is 200; never from a cache."""
    if response.status != 200:
        raise NotAnswered(f"status {response.status}: {response.body[:120]!r}")
    return False


def judge_analysis(response: Response) -> bool:
    """Good where the status is 200 and no section is missing; a hit where all were cached."""
    judge_status(response)
    for bad in _BAD_SECTIONS:
        if bad in response.body:
            raise NotAnswered(f"a section with {bad.decode()}")
    return b'"cache":"hit"' in response.body


_SHOWN = {"stock": "stock models", "own": "our analyzers"}


def _address(judge: Judge) -> Address:
    return Address("127.0.0.1", free_port(), judge)


def _module(
    name: str, address: Address, ready_path: str, *more: str, python: str = sys.executable,
    **environment: str,
) -> Command:  # fmt: skip
    arguments = (python, "-m", f"loadtest.bench.peers.{name}", str(address.port), *more)
    return Command(arguments, ready_path, {**environment, "PYTHONPATH": str(ROOT)})


def _analyzers(kind: str, models: Path, *, threads: int | None) -> dict[str, str]:
    """What bench.peers.analyzers reads; threads: of torch in a process, None its own choice."""
    found = {"LOADTEST_ANALYZERS": kind, "LOADTEST_MODELS": str(models)}
    return found if threads is None else {**found, "LOADTEST_THREADS": str(threads)}


def _text_body(text: str) -> bytes:
    return orjson.dumps({"text": text})


def _texts_body(text: str) -> bytes:
    return orjson.dumps({"texts": [text]})
