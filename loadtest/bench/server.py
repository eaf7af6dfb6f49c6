"""Starting a server to measure, and leaving no process of it behind."""

import contextlib
import http
import http.client
import signal
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loadtest.bench.process_usage import ProcessUsage, process_usage
from loadtest.generator.http_load import ServerAddress
from serve_app.standalone.child_process import Child, EmbeddedError
from serve_app.standalone.process_mark import ProcessMark

_STOP_TIMEOUT_S = 40.0
_END_TIMEOUT_S = 5.0


class ServerNotStarted(Exception):
    """A server did not come up; the message says why, with the end of its log."""


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """How a server is started and stopped.

    Attributes:
        arguments: the program and its arguments.
        ready_path: answers 200 to a GET once the server can be used.
        variables: what its environment has beside this process' own.
        start_timeout_s: how long it may take until it is ready.
        stop_signal: what asks it to end.
    """

    arguments: tuple[str, ...]
    ready_path: str
    variables: Mapping[str, str] = field(default_factory=dict)
    start_timeout_s: float = 180.0
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that runs now."""

    mark: ProcessMark
    ready_after_s: float

    def usage(self) -> ProcessUsage:
        """What its processes take now."""
        return process_usage(self.mark.processes())


@contextlib.contextmanager
def running(command: ServerCommand, address: ServerAddress, log: Path) -> Iterator[RunningServer]:
    """A server that is ready; at the end it and all its processes are stopped.

    Raises:
        ServerNotStarted: it ended, or was not ready in time.
    """
    mark = ProcessMark(uuid.uuid4().hex, "LOADTEST_SERVER")
    started = time.monotonic()
    variables = {**command.variables, mark.variable: mark.value}
    try:
        child = Child(
            command.arguments, log=log, stop_signal=command.stop_signal, variables=variables
        )
    except EmbeddedError as error:
        raise ServerNotStarted(str(error)) from error
    try:
        _wait_until_ready(child, command, address)
        yield RunningServer(mark, time.monotonic() - started)
    finally:
        child.stop(_STOP_TIMEOUT_S)
        mark.end(timeout_s=_END_TIMEOUT_S)


def _wait_until_ready(child: Child, command: ServerCommand, address: ServerAddress) -> None:
    try:
        child.wait_until(lambda: _answers(address, command.ready_path), command.start_timeout_s)
    except EmbeddedError as error:
        raise ServerNotStarted(str(error)) from error


def _answers(address: ServerAddress, path: str) -> bool:
    # http.client, not httpx: asking many times a second must cost nothing.
    connection = http.client.HTTPConnection(address.host, address.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
