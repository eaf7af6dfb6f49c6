"""`postlens serve`: the whole service on this machine, from start to stop.

Owns the order of things: what a killed service left behind, the embedded servers,
Ray, the application; and back.
"""

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import httpx
import yaml

from serve_app.standalone import cluster
from serve_app.standalone.child_process import EmbeddedError
from serve_app.standalone.embedded import EmbeddedServers
from serve_app.standalone.lock_file import Held, acquire
from serve_app.standalone.process_mark import ProcessMark

_READY_TIMEOUT_S = 90.0
_WATCH_INTERVAL_S = 1.0


class ServeError(Exception):
    """The service cannot run; the message says why and what to do."""


def config_path(name: str) -> Path:
    """A Serve config file by path, or by the name of one that comes with PostLens.

    Raises:
        ServeError: there is no such file.
    """
    package = Path(__file__).parents[1]
    shipped = [package / "configs" / f"{name}.yaml", package.parent / "configs" / f"{name}.yaml"]
    for path in [Path(name), *shipped]:
        if path.is_file():
            return path
    raise ServeError(
        f"no config file '{name}'; give a path, or one of: local, cpu, gpu, production."
    )


def run(*, host: str, port: int, config: str, data_dir: Path) -> None:
    """Serve until SIGINT or SIGTERM, then stop every child.

    Args:
        host: where HTTP listens.
        port: the HTTP port.
        config: a Serve config file, or the name of one that comes with PostLens.
        data_dir: where the embedded servers keep their data, and the logs are.

    Raises:
        ServeError: the port is taken, or something did not start.
    """
    content = yaml.safe_load(config_path(config).read_text())
    data_dir = data_dir.resolve()
    run_dir = data_dir / "run"
    run_dir.mkdir(parents=True, exist_ok=True)
    lock = _lock(run_dir / "serve.lock")
    mark = ProcessMark(str(data_dir))
    ended = mark.end()
    if ended:
        _say(f"Ended {ended} processes that an earlier service left behind.")
    _require_free(host, port)
    mark.set()
    _stop_on_signals()
    try:
        with _data_servers(data_dir):
            _start_and_serve(content, host, port, data_dir)
    except _Stop:
        pass
    except EmbeddedError as error:
        raise ServeError(str(error)) from error
    finally:
        mark.end()
        lock.close()
    _say("Stopped.")


def _lock(path: Path) -> TextIO:
    """The one service of a data folder."""
    try:
        return acquire(path)
    except Held as owner:
        raise ServeError(
            f"a service already runs on {path.parent.parent} (process {owner}). "
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
        _say("Starting the analyses ...")
        cluster.start(content, host=host, port=port, run_dir=data_dir / "run")
        url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
        _stop_on_signals()  # Ray has put its own handlers in their place
        _wait_until_ready(url)
        _say(_banner(url, data_dir, time.monotonic() - started))
        while cluster.alive():
            time.sleep(_WATCH_INTERVAL_S)
        raise ServeError(f"Ray has ended; {data_dir / 'logs'} and /tmp/ray may say why.")
    except cluster.ClusterError as error:
        raise ServeError(str(error)) from error
    finally:
        _say("Stopping ...")
        cluster.stop(data_dir / "run")


@contextlib.contextmanager
def _data_servers(data_dir: Path) -> Iterator[None]:
    """The embedded Postgres and Valkey, for each of the two that the environment names none."""
    wanted = {"POSTLENS_DATABASE_URL", "POSTLENS_REDIS_URL"} - os.environ.keys()
    if not wanted:
        yield
        return
    _say("Starting the embedded Postgres and Valkey ...")
    with EmbeddedServers.start(data_dir) as servers:
        os.environ.setdefault("POSTLENS_DATABASE_URL", servers.database_url)
        os.environ.setdefault("POSTLENS_REDIS_URL", servers.redis_url)
        yield


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServeError(
                f"cannot listen on {host}:{port}: {error.strerror}. "
                "Stop what listens there, or choose another with --port."
            ) from error


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    last = "no answer"
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(f"{url}/v1/health/ready", timeout=10)
            if answer.status_code == httpx.codes.OK:
                return
            last = answer.text
        except httpx.TransportError as error:
            last = str(error)
        time.sleep(0.1)
    raise ServeError(f"not ready after {_READY_TIMEOUT_S:.0f} s: {last}")


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


def _say(line: str) -> None:
    print(line, file=sys.stdout, flush=True)


def _cpu_slots_dir(data_dir: Path) -> Path:
    folder = data_dir / "run" / "cpu_slots"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
