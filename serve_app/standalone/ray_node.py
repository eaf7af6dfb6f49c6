"""The processes of Ray on this machine: which are started, whether they live, one restarted.

Ray 2.60 has no public call for any of it, so each reaches into Ray's node; each says why.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from ray._private.node import Node

_AGENTS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")


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


def leave_out_pandas() -> None:
    """Have ``import pandas`` fail in this process, as where it is not installed.

    Where it is, Ray Serve imports it to write data frames as JSON, which no answer has: half a
    second and 40 MB of each of eleven processes. To be called before ``ray.serve`` is imported.
    """
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]  # documented: not to be found


def keep_token_private() -> None:
    """Let nobody else read the cluster's token, which Ray writes for all to read.

    To be called before ``ray.init``.
    """
    os.umask(0o077)
    with contextlib.suppress(FileNotFoundError):
        (Path.home() / ".ray" / "auth_token").chmod(0o600)  # of an earlier version


def gcs_ended() -> bool:
    """Whether the GCS is gone though Ray was started."""
    return _ended("gcs_server")


class NodeProcesses:
    """The raylet and its agents, with which a node lives and ends."""

    def __init__(self) -> None:
        """Of the node that was just started in this process."""
        [raylet] = _node().all_processes["raylet"]
        # A raylet whose agent was killed ends its workers and itself, or hangs in between.
        self._agents = [
            child
            for child in psutil.Process(raylet.process.pid).children()
            if child.name() in _AGENTS or child.cmdline()[:1] in ([name] for name in _AGENTS)
        ]

    def ended(self) -> bool:
        """Whether one of them is gone."""
        return _ended("raylet") or not all(_lives(agent) for agent in self._agents)


def _lives(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _ended(kind: str) -> bool:
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
