"""Starting a server to measure, and leaving no process of it behind."""

import contextlib
import signal
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loadtest.bench.process_usage import ProcessUsage, process_usage
from loadtest.generator.http_load import ServerAddress
from serve_app.standalone.child_process import ChildProcess
from serve_app.standalone.process_mark import ProcessMark
from serve_app.standalone.readiness_probe import unready_reason

_STOP_TIMEOUT_S = 40.0
_END_TIMEOUT_S = 5.0
_POLL_S = 0.05


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
        ProcessFailed: it ended, or was not ready in time; with the end of its log.
    """
    mark = ProcessMark(uuid.uuid4().hex, "LOADTEST_SERVER")
    url = f"http://{address.host}:{address.port}"
    started = time.monotonic()
    process = ChildProcess(
        command.arguments,
        log=log,
        stop_signal=command.stop_signal,
        stop_timeout_s=_STOP_TIMEOUT_S,
        variables={**command.variables, mark.variable: mark.value},
    )
    try:
        process.wait_until(
            lambda: unready_reason(url, command.ready_path) is None,
            command.start_timeout_s,
            poll_s=_POLL_S,
        )
        yield RunningServer(mark, time.monotonic() - started)
    finally:
        process.stop()
        mark.end(timeout_s=_END_TIMEOUT_S)
