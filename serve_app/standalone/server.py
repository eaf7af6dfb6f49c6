"""`postlens serve`: the whole service on this machine, from start to stop.

Owns the order of things: what a killed service left behind, the embedded servers,
Ray, the application; and back.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import yaml

from serve_app.standalone import cluster
from serve_app.standalone.embedded import EmbeddedServers
from serve_app.standalone.errors import ServiceNotStarted
from serve_app.standalone.lock_file import LockHeld, acquire
from serve_app.standalone.ports import require_free
from serve_app.standalone.process_mark import ProcessMark
from serve_app.standalone.readiness_probe import unready_reason

_READY_TIMEOUT_S = 90.0
_WATCH_INTERVAL_S = 1.0


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


def run(*, host: str, port: int, config: str, data_dir: Path) -> None:
    """Serve until SIGINT or SIGTERM, then stop every child process.

    Args:
        host: where HTTP listens.
        port: the HTTP port.
        config: a Serve config file, or the name of one that comes with PostLens.
        data_dir: where the embedded servers keep their data, and the logs are.

    Raises:
        StandaloneError: the port is taken, or something did not start.
    """
    content = yaml.safe_load(config_path(config).read_text())
    data_dir = data_dir.resolve()
    run_dir = data_dir / "run"
    run_dir.mkdir(parents=True, exist_ok=True)
    lock = _lock(run_dir / "serve.lock")
    mark = ProcessMark(str(data_dir))
    if ended := mark.end():
        _print(f"Ended {ended} processes that an earlier service left behind.")
    _check_port(host, port)
    mark.set()
    _stop_on_signals()
    try:
        with _data_servers(data_dir):
            _start_and_serve(content, host, port, data_dir)
    except _Stop:
        pass
    finally:
        mark.end()
        lock.close()
    _print("Stopped.")


def _lock(path: Path) -> TextIO:
    """The one service of a data folder."""
    try:
        return acquire(path)
    except LockHeld as error:
        raise ServiceNotStarted(
            f"a service already runs on {path.parent.parent} (process {error.owner}). "
            "Stop it, or choose another folder with --data-dir."
        ) from None


class _Stop(BaseException):
    """SIGINT or SIGTERM: unwinds from wherever the start has got to."""


def _stop_on_signals() -> None:
    def stop(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second one must not cut the stop short
        raise _Stop

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _start_and_serve(content: dict[str, Any], host: str, port: int, data_dir: Path) -> None:
    os.environ["POSTLENS_LOG_FILE"] = str(data_dir / "logs" / "postlens.jsonl")
    os.environ["POSTLENS_CPU_SLOTS_DIR"] = str(_cpu_slots_dir(data_dir))
    started = time.monotonic()
    try:
        _print("Starting the analyses ...")
        cluster.start(content, host=host, port=port, run_dir=data_dir / "run")
        url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
        _stop_on_signals()  # Ray has put its own handlers in their place
        _wait_until_ready(url)
        _print(_banner(url, data_dir, time.monotonic() - started))
        while cluster.alive():
            time.sleep(_WATCH_INTERVAL_S)
        raise ServiceNotStarted(f"Ray has ended; {data_dir / 'logs'} and /tmp/ray may say why.")
    finally:
        _print("Stopping ...")
        cluster.stop(data_dir / "run")


@contextlib.contextmanager
def _data_servers(data_dir: Path) -> Iterator[None]:
    """The embedded Postgres and Valkey, for each of the two that the environment names none."""
    missing = {"POSTLENS_DATABASE_URL", "POSTLENS_REDIS_URL"} - os.environ.keys()
    if not missing:
        yield
        return
    _print("Starting the embedded Postgres and Valkey ...")
    with EmbeddedServers.start(data_dir) as servers:
        os.environ.setdefault("POSTLENS_DATABASE_URL", servers.database_url)
        os.environ.setdefault("POSTLENS_REDIS_URL", servers.redis_url)
        yield


def _check_port(host: str, port: int) -> None:
    try:
        require_free(host, port)
    except OSError as error:
        raise ServiceNotStarted(
            f"cannot listen on {host}:{port}: {error.strerror}. "
            "Stop what listens there, or choose another with --port."
        ) from error


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while (reason := unready_reason(url)) is not None:
        if time.monotonic() > deadline:
            raise ServiceNotStarted(f"not ready after {_READY_TIMEOUT_S:.0f} s: {reason}")
        time.sleep(0.1)


def _banner(url: str, data_dir: Path, took_s: float) -> str:
    return f"""
PostLens is ready after {took_s:.0f} s: it reads posts and says what they feel like,
what they are about and how they read.

  page      {url}/
  analyse   curl -s {url}/v1/analyze -H 'Content-Type: application/json' -d '{{"text": "..."}}'
  docs      {url}/docs
  metrics   {url}/metrics
  ray       {cluster.address()}
  data      {data_dir}
  logs      {data_dir / "logs"}

Ctrl-C stops it."""


def _print(line: str) -> None:
    print(line, file=sys.stdout, flush=True)


def _cpu_slots_dir(data_dir: Path) -> Path:
    folder = data_dir / "run" / "cpu_slots"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
