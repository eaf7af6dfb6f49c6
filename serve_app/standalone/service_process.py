"""``postlens serve`` as a child process, for those that start a whole service and use it."""

import signal
import sys
from pathlib import Path

from serve_app.standalone.child_process import ChildProcess

#: The replicas finish, the write-behind is flushed, Ray and the servers stop.
_STOP_TIMEOUT_S = 30.0


def serve_command(port: int, data_dir: Path, config: str = "local") -> list[str]:
    """The command line of a service on a port of loopback, with data of its own."""
    command = [sys.executable, "-m", "serve_app.cli", "serve", "--config", config]
    return [*command, "--port", str(port), "--data-dir", str(data_dir)]


def start_service(port: int, data_dir: Path, log: Path, config: str = "local") -> ChildProcess:
    """Start a service; it is not ready yet.

    Args:
        port: where HTTP will listen.
        data_dir: of this service alone.
        log: the file that what it prints is added to.
        config: a Serve config file, or the name of ours.

    Raises:
        ProcessFailed: the program cannot be run, or this is not the main thread.
    """
    return ChildProcess(
        serve_command(port, data_dir, config),
        log=log,
        stop_signal=signal.SIGINT,
        stop_timeout_s=_STOP_TIMEOUT_S,
    )
