"""Finding and ending every process of a server by an environment variable that they inherit.

A variable in the environment tells a server's processes from anybody else's, also those that
have left its process tree (HAProxy's workers, Ray's daemons) or outlived a `kill -9`.
"""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass

import psutil

#: Ray's processes tell their state in their title, for which they take the room of their
#: arguments and of their environment; this has them leave the latter alone (py-setproctitle).
_UNCHANGED = {"SPT_NOENV": "1"}
#: How long a process may need to be gone once it is killed.
_KILL_TIMEOUT_S = 3.0
#: A killed process may be replaced by one that is killed next, but not for ever.
_KILL_PASSES = 5


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
        os.environ.update(self.variables)

    @property
    def variables(self) -> dict[str, str]:
        """What the environment of a process must have to carry the mark."""
        return {self.variable: self.value} | _UNCHANGED

    def processes(self) -> list[psutil.Process]:
        """The living processes that carry the mark or descend from one that does.

        The mark alone would not do, where a process writes its title over its environment.
        This process and its parents are left out.
        """
        parents = {process: _parent_id(process) for process in psutil.process_iter()}
        excluded = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
        ids = {p.pid for p in parents if p.pid not in excluded and self._carried_by(p)}
        while children := {p.pid for p, parent in parents.items() if parent in ids} - ids:
            ids |= children
        return [process for process in parents if process.pid in ids]

    def end(self, *, timeout_s: float = 3.0) -> int:
        """Ask these processes to end, then kill those that have not; how many there were.

        Those that one of them starts meanwhile, in place of another, are killed, too.

        Args:
            timeout_s: how long they may take to end by themselves.
        """
        processes = self.processes()
        for process in processes:
            _signal(process.terminate)
        _, alive = psutil.wait_procs(processes, timeout=timeout_s)
        for _ in range(_KILL_PASSES):
            for process in alive:
                _signal(process.kill)
            psutil.wait_procs(alive, timeout=_KILL_TIMEOUT_S)
            if not (alive := self.processes()):
                break
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
