"""Starting a server to measure, and leaving nothing of it behind."""

import contextlib
import http
import http.client
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loadtest.bench.process_usage import MARK, Usage, end, usage
from loadtest.generator.loops import Address

_POLL_S = 0.05
_STOP_TIMEOUT_S = 40.0
_LOG_TAIL = 12


class NotStarted(Exception):
    """A server did not come up; the message says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a server is started.

    Attributes:
        arguments: the program and its arguments.
        environment: what it needs beside this process' own.
        ready_path: answers 200 to a GET once the server can be used.
        start_timeout_s: how long that may take.
        stop_signal: what asks it to end.
    """

    arguments: tuple[str, ...]
    ready_path: str
    environment: Mapping[str, str] = field(default_factory=dict)
    start_timeout_s: float = 180.0
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs now."""

    mark: str
    address: Address
    ready_after_s: float

    def usage(self) -> Usage:
        """What its processes take now."""
        return usage(self.mark)


@contextlib.contextmanager
def running(command: Command, address: Address, log: Path) -> Iterator[Server]:
    """A started server; at the end it and all its processes are stopped.

    Raises:
        NotStarted: it ended, or was not ready in time; the message has the end of its log.
    """
    _require_free(address)
    mark = uuid.uuid4().hex
    environment = {**os.environ, **command.environment, MARK: mark}
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command.arguments, env=environment, stdout=output, stderr=output,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_ready(process, command, address, log)
        yield Server(mark, address, time.monotonic() - started)
    finally:
        _stop(process, command.stop_signal)
        end(mark)


def free_port() -> int:
    """A port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _require_free(address: Address) -> None:
    with socket.socket() as probe:
        if probe.connect_ex((address.host, address.port)) == 0:
            raise NotStarted(f"something listens on {address.host}:{address.port} already")


def _wait_until_ready(
    process: "subprocess.Popen[bytes]", command: Command, address: Address, log: Path
) -> None:
    deadline = time.monotonic() + command.start_timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotStarted(f"it ended with code {process.returncode}: {_tail(log)}")
        if _answers(address, command.ready_path):
            return
        time.sleep(_POLL_S)
    raise NotStarted(f"not ready after {command.start_timeout_s:.0f} s: {_tail(log)}")


def _answers(address: Address, path: str) -> bool:
    # http.client, not httpx: asking twenty times a second must cost nothing.
    connection = http.client.HTTPConnection(address.host, address.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: "subprocess.Popen[bytes]", stop_signal: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_TIMEOUT_S)
            return
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return " / ".join(lines[-_LOG_TAIL:])
