"""Both embedded servers together: the lock on their data, their start and their stop."""

import contextlib
import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from serve_app.standalone.child_process import ChildProcess
from serve_app.standalone.embedded import postgres, valkey
from serve_app.standalone.embedded.socket_folder import make_socket_folder
from serve_app.standalone.errors import EmbeddedError
from serve_app.standalone.lock_file import LockHeld, acquire
from serve_app.standalone.process_user import ProcessUser
from serve_app.standalone.supervised import Supervised

_PROGRAMS: Mapping[str, Callable[[Path, Path, ProcessUser, float], ChildProcess]] = {
    "Postgres": postgres.start,
    "Valkey": valkey.start,
}


class EmbeddedServers:
    """Postgres and Valkey, running until :meth:`stop` or until this process dies.

    Attributes:
        database_url: for asyncpg; also valid in other processes of the same user.
        redis_url: for redis-py.
        servers: each of the two, for whoever sees after them.
    """

    def __init__(self, lock: TextIO, sockets: Path, servers: Sequence[Supervised]) -> None:
        self._lock = lock
        self.servers = servers
        self.database_url = postgres.url(sockets)
        self.redis_url = valkey.url(sockets)

    @property
    def pids(self) -> dict[str, int]:
        """Ids of the processes that run, by server, ``postgres`` and ``valkey``."""
        return {server.state.name.lower(): server.pid for server in self.servers if server.pid}

    @classmethod
    def start(cls, data_dir: Path, *, timeout_s: float = 60.0) -> Self:
        """Start both servers on the data under ``data_dir``, which is made where missing.

        To be called in the main thread of a process that stays: when that thread ends,
        however it ends, the kernel stops the servers.

        Args:
            data_dir: holds ``postgres/``, ``valkey/``, ``logs/`` and the sockets.
            timeout_s: for each server to become ready.

        Raises:
            EmbeddedError: not Linux, the data are in use, or a package is missing.
            ProcessFailed: a server does not start.
        """
        _require_linux()
        data_dir = data_dir.absolute()
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as undo:
            lock = _lock(data_dir)
            undo.callback(lock.close)
            user = ProcessUser.unprivileged()
            sockets = make_socket_folder(data_dir, user)
            servers: list[Supervised] = []
            for name, program in _PROGRAMS.items():
                start = functools.partial(program, data_dir, sockets, user, timeout_s)
                servers.append(Supervised(name, start(), start))
                undo.callback(servers[-1].stop)
            undo.pop_all()
            return cls(lock, sockets, servers)

    def stop(self) -> None:
        """Stop both, each having written what it holds; a second call does nothing."""
        for server in self.servers:
            server.ask_to_stop()
        for server in self.servers:
            server.stop()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _lock(data_dir: Path) -> TextIO:
    """The one pair of servers on these data."""
    try:
        return acquire(data_dir / "embedded.lock")
    except LockHeld as error:
        raise EmbeddedError(
            f"{data_dir} is in use by process {error.owner}. "
            "Stop it, or choose another data folder."
        ) from None


def _require_linux() -> None:
    """Raise EmbeddedError where a child process cannot be tied to our life."""
    if sys.platform != "linux":
        raise EmbeddedError(
            f"The embedded Postgres and Valkey need Linux (this is {sys.platform}): elsewhere "
            "they would outlive a killed parent. Run both yourself and set "
            "POSTLENS_DATABASE_URL and POSTLENS_REDIS_URL."
        )
