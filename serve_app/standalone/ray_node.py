"""The processes of Ray on this machine: which are started, whether they live, one restarted.

Ray 2.60 has no public call for any of it, so each reaches into Ray's node; each says why.
"""

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ray._private.node import Node

GCS = "gcs_server"
RAYLET = "raylet"


def leave_out_helpers() -> None:
    """Have Ray start without its autoscaler, its dashboard and the copying of workers' logs.

    Nothing here asks any of the three, and ``ray.init`` cannot be told: together they take
    290 MB, and 6 s of a core at each start. To be called before ``ray.init``.
    """
    from ray._private.node import Node

    for name in ("start_monitor", "start_api_server", "start_log_monitor"):
        setattr(Node, name, _start_nothing)


def _start_nothing(*_: object, **__: object) -> None:
    """In place of a method that starts a process."""


def keep_token_private() -> None:
    """Let nobody else read the cluster's token, which Ray writes for all to read.

    To be called before ``ray.init``.
    """
    os.umask(0o077)
    with contextlib.suppress(FileNotFoundError):
        (Path.home() / ".ray" / "auth_token").chmod(0o600)  # of an earlier version


def ended(kind: str) -> bool:
    """Whether the process, :data:`GCS` or :data:`RAYLET`, is gone though Ray was started."""
    return any(info.process.poll() is not None for info in _node().all_processes[kind])


def restart_gcs() -> None:
    """Start the GCS again, where it listened before and on the tables that it left on disk.

    Raylet and workers look for it for a minute, and work on meanwhile.
    """
    node = _node()
    node.kill_gcs_server(check_alive=False)
    node.start_gcs_server()  # type: ignore[no-untyped-call]


def _node() -> "Node":
    from ray._private import worker

    node: Node | None = worker._global_node
    assert node is not None, "Ray was not started in this process"
    return node
