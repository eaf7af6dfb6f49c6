"""`postlens serve`: the whole service on this machine, from start to stop.

Owns the order of things: what a killed service left behind, the embedded servers,
Ray, the application; and back.
"""

import contextlib
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn, Protocol, TextIO

from serve_app import logs
from serve_app.standalone import cluster
from serve_app.standalone.embedded import EmbeddedServers
from serve_app.standalone.errors import ServiceNotStarted
from serve_app.standalone.guard import Guard
from serve_app.standalone.liveness import LivenessWatch
from serve_app.standalone.lock_file import LockHeld, acquire
from serve_app.standalone.log_rotation import LogRotation
from serve_app.standalone.network_access import require_keys
from serve_app.standalone.ports import free_port, require_free
from serve_app.standalone.process_mark import ProcessMark
from serve_app.standalone.ray_process import RayProcess
from serve_app.standalone.readiness_probe import unready_reason
from serve_app.standalone.service_state import ServiceState
from serve_app.standalone.stop_signals import StopRequested, raise_on
from serve_app.standalone.supervised import Supervised

_READY_TIMEOUT_S = 210.0
_WATCH_INTERVAL_S = 0.2
_LIVE = "/v1/health/live"


class Tended(Protocol):
    """What is seen after."""

    def tend(self) -> str:
        """Start it again where it ended; what there is to tell, or nothing."""


def config_path(name: str) -> Path:
    """A Serve config file by path, or by the name of one that comes with PostLens.

    Raises:
        ServiceNotStarted: there is no such file.
    """
    package = Path(__file__).parents[1]
    shipped = [package / "configs" / f"{name}.yaml", package.parent / "configs" / f"{name}.yaml"]
    for path in [Path(name), *shipped]:
        if path.is_file():
            return path
    raise ServiceNotStarted(
        f"no config file '{name}'; give a path, or one of: local, cpu, gpu, production."
    )


def run(*, host: str, port: int, config: str, data_dir: Path, insecure: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, then stop every process of the service.

    Args:
        host: where HTTP listens.
        port: the HTTP port.
        config: a Serve config file, or the name of one that comes with PostLens.
        data_dir: where the embedded servers keep their data, and the logs are.
        insecure: let everybody in who reaches it, with or without a key.

    Raises:
        StandaloneError: the port is taken, nobody would have a key, or something did not start.
        SystemExit: a signal came before the service was ready; 128 and the signal's number.
    """
    raise_on(signal.SIGINT, signal.SIGTERM)
    ready = threading.Event()
    data_dir = data_dir.resolve()
    ray = RayProcess(str(config_path(config)), host, port, free_port(), str(data_dir))
    try:
        with _exclusive_run(host, port, data_dir) as guard, _data_servers(data_dir) as servers:
            if not insecure:
                require_keys(host, os.environ)
            _serve(ray, servers, [guard, LogRotation(data_dir / "logs")], ready)
    except StopRequested as stop:
        cluster.clean(data_dir / "run")  # after a failure its logs may say why
        _print("Stopped.")
        if not ready.is_set():
            raise SystemExit(128 + stop.signal) from None


@contextlib.contextmanager
def _exclusive_run(host: str, port: int, data_dir: Path) -> Iterator[Guard]:
    """The only service on a data folder; whatever it starts ends with it, however it ends."""
    (data_dir / "run").mkdir(parents=True, exist_ok=True)
    (data_dir / "logs").mkdir(exist_ok=True)
    with _lock(data_dir / "run" / "serve.lock"):
        mark = ProcessMark(str(data_dir))
        if ended := mark.end():
            _print(f"Ended {ended} processes that an earlier service left behind.")
        _check_port(host, port)
        mark.set()
        run = ProcessMark(uuid.uuid4().hex, "POSTLENS_RUN")
        guard = Guard(run)
        run.set()
        try:
            yield guard
        finally:
            guard.stop()
            mark.end()


def _lock(path: Path) -> TextIO:
    """The one service of a data folder."""
    try:
        return acquire(path)
    except LockHeld as error:
        raise ServiceNotStarted(
            f"a service already runs on {path.parent.parent} (process {error.owner}). "
            "Stop it, or choose another folder with --data-dir."
        ) from None


def _serve(
    ray: RayProcess,
    servers: Sequence[Supervised],
    others: Sequence[Tended],
    ready: threading.Event,
) -> None:
    """Start Ray and the application, then see after all processes until a signal comes."""
    data_dir = Path(ray.data_dir)
    os.environ["POSTLENS_LOG_FILE"] = str(data_dir / "logs" / "postlens.jsonl")
    logs.configure(data_dir / "logs" / "postlens.jsonl")
    started = time.monotonic()
    _print("Starting the analyses ...")
    process = ray.start()
    process.wait_until(lambda: unready_reason(ray.url) is None, _READY_TIMEOUT_S, poll_s=0.1)
    _print(_banner(ray, time.monotonic() - started))
    ready.set()
    supervised = Supervised("Ray", process, ray.start, lambda: unready_reason(ray.url) is None)
    try:
        watch = LivenessWatch(supervised, lambda: unready_reason(ray.url, _LIVE) is None)
        _see_after([*servers, supervised], [*others, watch], ray.url, data_dir / "run")
    finally:
        _print("Stopping ...")
        supervised.stop()


def _see_after(
    processes: Sequence[Supervised], others: Sequence[Tended], url: str, run_dir: Path
) -> NoReturn:
    events = ["ready"]
    while True:
        if any(events):
            ServiceState(url, [process.state for process in processes]).write(run_dir)
        time.sleep(_WATCH_INTERVAL_S)
        events = [each.tend() for each in (*processes, *others)]
        for event in filter(None, events):
            _print(event)


@contextlib.contextmanager
def _data_servers(data_dir: Path) -> Iterator[Sequence[Supervised]]:
    """The embedded Postgres and Valkey, for each of the two that the environment names none."""
    missing = {"POSTLENS_DATABASE_URL", "POSTLENS_REDIS_URL"} - os.environ.keys()
    if not missing:
        yield ()
        return
    _print("Starting the embedded Postgres and Valkey ...")
    with EmbeddedServers.start(data_dir) as embedded:
        os.environ.setdefault("POSTLENS_DATABASE_URL", embedded.database_url)
        os.environ.setdefault("POSTLENS_REDIS_URL", embedded.redis_url)
        yield embedded.servers


def _check_port(host: str, port: int) -> None:
    try:
        require_free(host, port)
    except OSError as error:
        raise ServiceNotStarted(
            f"cannot listen on {host}:{port}: {error.strerror}. "
            "Stop what listens there, or choose another with --port."
        ) from error


def _banner(ray: RayProcess, took_s: float) -> str:
    url, data_dir = ray.url, ray.data_dir
    return f"""
PostLens is ready after {took_s:.0f} s: it reads posts and says what they feel like,
what they are about and how they read.

  page      {url}/
  analyse   curl -s {url}/v1/analyze -H 'Content-Type: application/json' -d '{{"text": "..."}}'
  docs      {url}/docs
  metrics   {url}/metrics
  ray       127.0.0.1:{ray.ray_port}
  data      {data_dir}
  logs      {data_dir}/logs

Ctrl-C stops it."""


def _print(line: str) -> None:
    print(line, file=sys.stdout, flush=True)
