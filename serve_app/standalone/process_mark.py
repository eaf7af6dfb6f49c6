"""Finding and ending every process of a server by an environment variable that they inherit.

A variable in the environment tells a server's processes from anybody else's, also those that
have left its process tree (HAProxy's workers, Ray's daemons) or outlived a `kill -9`.
"""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """An environment variable whose value names one server.

    Attributes:
        value: of this server alone, such as its data folder.
        variable: the name in the environment.
    """

    value: str
    variable: str = "POSTLENS_SERVICE"

    def set(self) -> None:
        """Let all that this process starts from now on carry the mark."""
        os.environ[self.variable] = self.value

    def processes(self) -> list[psutil.Process]:
        """The living processes that carry the mark or descend from one that does.

        The mark alone would not do: a process that tells its state in its title, as Ray's
        do, writes it over its environment now and then. This process and its parents are
        left out.
        """
        parents = {process: _parent_id(process) for process in psutil.process_iter()}
        excluded = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
        ids = {p.pid for p in parents if p.pid not in excluded and self._carried_by(p)}
        while children := {p.pid for p, parent in parents.items() if parent in ids} - ids:
            ids |= children
        return [process for process in parents if process.pid in ids]

    def end(self, *, timeout_s: float = 3.0) -> int:
        """Ask these processes to end, then kill those that have not; how many there were."""
        processes = self.processes()
        for process in processes:
            _signal(process.terminate)
        _, alive = psutil.wait_procs(processes, timeout=timeout_s)
        for process in alive:
            _signal(process.kill)
        psutil.wait_procs(alive, timeout=timeout_s)
        return len(processes)

    def _carried_by(self, process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.Error):  # it ended, is a zombie, or is another user's
            return bool(process.environ().get(self.variable) == self.value)
        return False


def _parent_id(process: psutil.Process) -> int | None:
    with contextlib.suppress(psutil.Error):
        return int(process.ppid())
    return None


def _signal(send: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.Error):
        send()
