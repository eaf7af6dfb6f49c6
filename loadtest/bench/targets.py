"""The servers that are measured: how each is started, asked and checked."""

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from loadtest.bench import version_02
from loadtest.bench.server import ServerCommand
from loadtest.generator.connection import HttpResponse
from loadtest.generator.http_load import ServerAddress, post_request
from loadtest.generator.load_result import BadResponse, ResponseCheck
from loadtest.paths import ROOT
from serve_app.standalone.ports import free_port
from serve_app.standalone.service_process import serve_command

_MISSING_SECTION = (b'"status":"timeout"', b'"status":"failed"', b'"status":"shed"')
#: Long enough for everything that a benchmark sends at once.
_TIMEOUT_MS = 600_000


@dataclass(frozen=True, slots=True)
class BenchTarget:
    """A server that can be measured.

    Attributes:
        key: its name in the measurements.
        name: its name for people.
        command: how it is started.
        address: where it listens then.
        path: where a post is sent.
        body: the body that asks for one text.
    """

    key: str
    name: str
    command: ServerCommand
    address: ServerAddress
    path: str
    body: Callable[[str], bytes]

    def requests(self, texts: Sequence[str]) -> list[bytes]:
        """A whole HTTP request for each text."""
        return [post_request(self.address, self.path, self.body(text)) for text in texts]


def postlens(data_dir: Path) -> BenchTarget:
    """`postlens serve`, as README says, on a data folder of its own."""
    address = _address(check_analysis)
    command = ServerCommand(
        tuple(serve_command(address.port, data_dir)),
        ready_path="/v1/health/ready",
        stop_signal=signal.SIGINT,
        variables={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return BenchTarget("postlens", "PostLens", command, address, "/v1/analyze", _text_body)


def postlens_02(data_dir: Path) -> BenchTarget:
    """The same of version 0.2: its own interpreter, in its own folder, or it would find ours."""
    address = _address(check_analysis)
    serve = serve_command(address.port, data_dir)[1:]
    command = ServerCommand(
        ("env", f"--chdir={version_02.FOLDER}", str(version_02.python()), *serve),
        ready_path="/v1/health/ready",
        stop_signal=signal.SIGINT,
        variables={"PYTHONPATH": str(version_02.FOLDER)},
    )
    return BenchTarget("version-0.2", "PostLens 0.2", command, address, "/v1/analyze", _text_body)


def batch_request(target: BenchTarget, texts: Sequence[str]) -> bytes:
    """One request of PostLens that asks for many posts."""
    body = orjson.dumps({"posts": [{"text": text} for text in texts], "timeout_ms": _TIMEOUT_MS})
    return post_request(target.address, f"{target.path}/batch", body)


def fastapi(models: Path) -> BenchTarget:
    """Peer (a): FastAPI, one request at a time in the thread pool, stock models."""
    address = _address(check_status)
    command = _module(
        "fastapi_server", address, "/health", **_analyzers("stock", models, threads=None)
    )
    return BenchTarget(
        "fastapi-stock", "FastAPI, stock models", command, address, "/analyze", _text_body
    )


def litserve(python: str, analyzers: str, models: Path) -> BenchTarget:
    """Peer (b): LitServe with batches and a worker a core, ``stock`` or ``own`` analyzers."""
    address = _address(check_status)
    variables = _analyzers(analyzers, models, threads=1)
    command = _module("litserve_server", address, "/health", python=python, **variables)
    name = f"LitServe, {_ANALYZER_NAMES[analyzers]}"
    return BenchTarget(f"litserve-{analyzers}", name, command, address, "/predict", _text_body)


def bentoml(python: str, analyzers: str, models: Path, home: Path) -> BenchTarget:
    """Peer (c): BentoML with adaptive batches, ``stock`` or ``own`` analyzers."""
    address = _address(check_status)
    command = ServerCommand(
        (python, "-m", "bentoml_cli.cli", "serve",
         "loadtest.bench.peers.bentoml_server:BentoAnalyses", "--host", "127.0.0.1",
         "--port", str(address.port), "--working-dir", str(ROOT)),
        ready_path="/readyz",
        variables={
            **_analyzers(analyzers, models, threads=1),
            "PYTHONPATH": str(ROOT),
            "BENTOML_HOME": str(home),
            "BENTOML_DO_NOT_TRACK": "True",
        },
    )  # fmt: skip
    name = f"BentoML, {_ANALYZER_NAMES[analyzers]}"
    return BenchTarget(f"bentoml-{analyzers}", name, command, address, "/analyze", _texts_body)


def ray_defaults() -> BenchTarget:
    """Peer (d): our analyzers in Ray Serve at its defaults, a call a request and analysis."""
    address = _address(check_analysis)
    command = _module("ray_defaults_server", address, "/health")
    name = "Ray Serve at its defaults, our analyzers"
    return BenchTarget("ray-own", name, command, address, "/analyze", _text_body)


def ray_noop(kind: str) -> BenchTarget:
    """Ray Serve that answers nothing: ``haproxy`` at its fastest, or ``default``."""
    address = _address(check_status)
    command = _module("ray_noop_server", address, "/", kind)
    return BenchTarget(
        f"noop-{kind}", f"Ray Serve no-op, {kind}", command, address, "/", _text_body
    )


def litserve_noop(python: str) -> BenchTarget:
    """LitServe that answers nothing."""
    address = _address(check_status)
    command = _module("litserve_server", address, "/health", "noop", python=python)
    return BenchTarget("noop-litserve", "LitServe no-op", command, address, "/predict", _text_body)


def check_status(response: HttpResponse) -> bool:
    """Good where the status is 200; never from a cache."""
    if response.status != 200:
        raise BadResponse(f"status {response.status}: {response.body[:120]!r}")
    return False


def check_analysis(response: HttpResponse) -> bool:
    """Good where the status is 200 and no section is missing; a hit where all were cached."""
    check_status(response)
    for status in _MISSING_SECTION:
        if status in response.body:
            raise BadResponse(f"a section with {status.decode()}")
    return b'"cache":"hit"' in response.body


_ANALYZER_NAMES = {"stock": "stock models", "own": "our analyzers"}


def _address(check: ResponseCheck) -> ServerAddress:
    return ServerAddress("127.0.0.1", free_port(), check)


def _module(
    name: str, address: ServerAddress, ready_path: str, *options: str, python: str = sys.executable,
    **variables: str,
) -> ServerCommand:  # fmt: skip
    arguments = (python, "-m", f"loadtest.bench.peers.{name}", str(address.port), *options)
    return ServerCommand(arguments, ready_path, {**variables, "PYTHONPATH": str(ROOT)})


def _analyzers(kind: str, models: Path, *, threads: int | None) -> dict[str, str]:
    """What bench.peers.analyzers reads; threads: of torch in a process, None its own choice."""
    variables = {"LOADTEST_ANALYZERS": kind, "LOADTEST_MODELS": str(models)}
    return variables if threads is None else {**variables, "LOADTEST_THREADS": str(threads)}


def _text_body(text: str) -> bytes:
    return orjson.dumps({"text": text})


def _texts_body(text: str) -> bytes:
    return orjson.dumps({"texts": [text]})
