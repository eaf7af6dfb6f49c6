"""One server process that lives no longer than this one: start, readiness, stop.

Knows processes and signals; not which server it is, nor what is done with it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

#: ``<sys/prctl.h>``.
_PR_SET_PDEATHSIG = 1
_POLL_S = 0.02
_TAIL_BYTES = 2_000
#: The user "nobody" of every Linux (Linux Standard Base, user and group names).
NOBODY = 65534


class EmbeddedError(Exception):
    """An embedded server cannot run here; the message says why and how to fix it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom a child runs: words before its command, and options for ``Popen``.

    Attributes:
        uid: who must own the child's files, as seen from outside a user namespace.
    """

    prefix: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    uid: int = field(default_factory=os.geteuid)

    @classmethod
    def ordinary(cls) -> Self:
        """One that servers which refuse root accept, without creating a user.

        Root is shown to the child as ``nobody`` by a user namespace, where its files stay
        root's own; where namespaces are forbidden, the child becomes ``nobody`` in earnest.
        """
        if os.geteuid() != 0:
            return cls()
        prefix = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
        if _succeeds([*prefix, "true"]):
            return cls(prefix)
        return cls((), {"user": NOBODY, "group": NOBODY, "extra_groups": []}, NOBODY)


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=10).returncode == 0
    except OSError:
        return False


def _tie(death_signal: signal.Signals) -> Callable[[], None]:
    """What a child runs before its program, so that the kernel signals it when we die."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # resolved here: after a fork it could hang
    parent = os.getpid()

    def in_child() -> None:
        if prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != parent:  # it died in between, and the signal will not come
            os._exit(1)

    return in_child


class Child:
    """A running server process whose output goes to a log file."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        stop_signal: signal.Signals,
        identity: Identity | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Start ``command``.

        Args:
            command: the server's program and its arguments, in the foreground.
            log: the file its output is added to.
            stop_signal: what asks it to end; sent by the kernel, too, when this process dies.
            identity: as whom; this process' own user by default.
            variables: what its environment has beside this process' own.

        Raises:
            EmbeddedError: the program cannot be run, or this is not the main thread.
        """
        if threading.current_thread() is not threading.main_thread():
            # PR_SET_PDEATHSIG fires when the *thread* that forked ends (man 2 prctl).
            raise EmbeddedError("Embedded servers must be started from the main thread.")
        self.name = Path(command[0]).name
        self._log = log
        self._log_start = log.stat().st_size if log.exists() else 0
        self._stop_signal = stop_signal
        identity = identity or Identity()
        with log.open("ab") as output:
            self._process = self._spawn(
                [*identity.prefix, *command], output, identity, variables or {}
            )

    def _spawn(
        self,
        command: Sequence[str],
        output: Any,
        identity: Identity,
        variables: Mapping[str, str],
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment() | variables,
                preexec_fn=_tie(self._stop_signal),
                process_group=0,  # Ctrl-C is for us; we stop the servers after the last write
                **identity.options,
            )
        except OSError as error:
            raise EmbeddedError(f"{self.name} cannot be run: {error}.") from error

    @property
    def pid(self) -> int:
        """The process' id."""
        return self._process.pid

    def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Return once ``ready()``.

        Raises:
            EmbeddedError: the process ended, or the time passed; with the end of its log.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            code = self._process.poll()
            if code is not None:
                raise EmbeddedError(f"{self.name} ended with code {code}.\n{self._log_tail()}")
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"{self.name} was not ready after {timeout_s:g} s.\n{self._log_tail()}"
                )
            time.sleep(_POLL_S)

    def run(self, timeout_s: float) -> None:
        """Wait for a program that is no server to do its work.

        Raises:
            EmbeddedError: it failed, or the time passed; with the end of its log.
        """
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code != 0:
            raise EmbeddedError(f"{self.name} ended with code {code}.\n{self._log_tail()}")

    def _log_tail(self) -> str:
        with self._log.open("rb") as log:
            log.seek(max(self._log_start, self._log.stat().st_size - _TAIL_BYTES))
            tail = log.read().decode(errors="replace").strip()
        return f"The end of {self._log}:\n{tail or '(empty)'}"

    def ask_to_stop(self) -> None:
        """Send the stop signal; nothing where the process has ended."""
        self._process.send_signal(self._stop_signal)

    def stop(self, timeout_s: float) -> None:
        """Ask the process to end, and kill it where it has not after ``timeout_s``."""
        self.ask_to_stop()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def environment() -> dict[str, str]:
    """Ours, without what would steer a database client or server elsewhere."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def running_in(folder: Path, program: str) -> list[int]:
    """Ids of the living processes of that program whose working folder is ``folder``.

    Both servers work inside their data folder, which tells them from a stranger who was
    given the same process id; a zombie has no working folder and is not listed.
    """
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and _link(entry / "cwd") == str(folder.resolve())
        and Path(_link(entry / "exe").removesuffix(" (deleted)")).name == program
    ]  # fmt: skip


def _link(path: Path) -> str:
    try:
        return os.readlink(path)
    except OSError:  # it ended meanwhile, or is another user's
        return ""


def require_linux() -> None:
    """Raise EmbeddedError where a child cannot be tied to our life."""
    if sys.platform != "linux":
        raise EmbeddedError(
            f"The embedded Postgres and Valkey need Linux (this is {sys.platform}): elsewhere "
            "they would outlive a killed parent. Run both yourself and set "
            "POSTLENS_DATABASE_URL and POSTLENS_REDIS_URL."
        )
