"""One child process that lives no longer than this one: start, readiness, stop.

Knows processes and signals; not which program it is, nor what is done with it.
"""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from serve_app.standalone.errors import ProcessFailed
from serve_app.standalone.process_user import ProcessUser

#: ``<sys/prctl.h>``.
_PR_SET_PDEATHSIG = 1
_TAIL_BYTES = 2_000


def neutral_environment() -> dict[str, str]:
    """Ours, without what would steer a database client or server elsewhere."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return variables | {"LC_ALL": "C", "TZ": "UTC"}


class ChildProcess:
    """A running program whose output goes to a log file."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        stop_signal: signal.Signals,
        stop_timeout_s: float,
        death_signal: signal.Signals | None = None,
        user: ProcessUser | None = None,
        variables: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start ``command``.

        Args:
            command: the program and its arguments, in the foreground.
            log: the file its output is added to.
            stop_signal: what asks it to end.
            stop_timeout_s: how long it may take to end before it is killed.
            death_signal: sent by the kernel when this process dies; the stop signal by default.
            user: as whom; this process' own user by default.
            variables: what its environment has beside ``environment``.
            environment: :func:`neutral_environment` by default.

        Raises:
            ProcessFailed: the program cannot be run, or this is not the main thread.
        """
        if threading.current_thread() is not threading.main_thread():
            # PR_SET_PDEATHSIG fires when the *thread* that forked ends (man 2 prctl).
            raise ProcessFailed("Child processes must be started from the main thread.")
        self.name = Path(command[0]).name
        self._log = log
        self._log_start = log.stat().st_size if log.exists() else 0
        self._stop_signal = stop_signal
        self._stop_timeout_s = stop_timeout_s
        self._death_signal = death_signal or stop_signal
        if environment is None:
            environment = neutral_environment()
        environment = {**environment, **(variables or {})}
        with log.open("ab") as output:
            self._process = self._spawn(command, output, user or ProcessUser(), environment)

    def _spawn(
        self,
        command: Sequence[str],
        output: IO[bytes],
        user: ProcessUser,
        environment: Mapping[str, str],
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [*user.command_prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                preexec_fn=_tied_to_parent(self._death_signal),
                process_group=0,  # Ctrl-C is for us; we stop the servers after the last write
                **user.popen_options,
            )
        except OSError as error:
            raise ProcessFailed(f"{self.name} cannot be run: {error}.") from error

    @property
    def pid(self) -> int:
        """The process' id, and that of its process group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Its exit code, the negative number of a signal that ended it; None while it runs."""
        return self._process.poll()

    def wait_until(
        self, is_ready: Callable[[], bool], timeout_s: float, *, poll_s: float = 0.02
    ) -> None:
        """Return once ``is_ready()``; where it never is, the process is stopped.

        Raises:
            ProcessFailed: it ended, or the time passed; with the end of its log.
        """
        deadline = time.monotonic() + timeout_s
        try:
            while not is_ready():
                if (code := self._process.poll()) is not None:
                    raise self._failure(f"ended with code {code}")
                if time.monotonic() > deadline:
                    raise self._failure(f"was not ready after {timeout_s:g} s")
                time.sleep(poll_s)
        except BaseException:  # Ctrl-C during a slow start, too
            self.stop()
            raise

    def finish(self, timeout_s: float) -> None:
        """Wait for a program that is no server to do its work.

        Raises:
            ProcessFailed: it failed, or the time passed; with the end of its log.
        """
        if (code := self.wait(timeout_s)) != 0:
            raise self._failure(f"ended with code {code}")

    def wait(self, timeout_s: float) -> int:
        """The exit code; a process that goes on longer is killed."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return self.kill()

    def ask_to_stop(self) -> None:
        """Send the stop signal; nothing where the process has ended."""
        self._process.send_signal(self._stop_signal)

    def stop(self) -> None:
        """Ask the process to end, and kill it where it does not."""
        self.ask_to_stop()
        self.wait(self._stop_timeout_s)

    def kill(self) -> int:
        """End the process at once, without its help; the exit code."""
        self._process.kill()
        return self._process.wait()

    def _failure(self, reason: str) -> ProcessFailed:
        with self._log.open("rb") as log:
            log.seek(max(self._log_start, self._log.stat().st_size - _TAIL_BYTES))
            tail = log.read().decode(errors="replace").strip()
        end_of_log = f"The end of {self._log}:\n{tail or '(empty)'}"
        return ProcessFailed(f"{self.name} {reason}.\n{end_of_log}")


def _tied_to_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """What a child process runs before its program, so that the kernel signals it when we die."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # resolved here: after a fork it could hang
    parent = os.getpid()

    def tie() -> None:
        if prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != parent:  # it died in between, and the signal will not come
            os._exit(1)

    return tie


def how_it_ended(code: int) -> str:
    """An exit code in words; a negative one is a signal's."""
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
