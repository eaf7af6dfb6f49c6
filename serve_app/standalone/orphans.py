"""Finding and ending the processes of a service that was killed.

Every process of a service inherits one environment variable that names its data
folder, so what a `kill -9` leaves behind can be told from anybody else's processes.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

_MARK = "POSTLENS_SERVICE"


def mark(data_dir: Path) -> None:
    """Let this process and all it starts from now on carry the service's mark."""
    os.environ[_MARK] = str(data_dir)


def marked(data_dir: Path) -> Iterator[psutil.Process]:
    """The living processes of the service of this data folder, this one and its parents aside."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        try:
            if process.pid not in own and process.environ().get(_MARK) == str(data_dir):
                yield process
        except psutil.Error:  # it ended meanwhile, is a zombie, or is another user's
            continue


def end(data_dir: Path, *, patience_s: float = 3.0) -> int:
    """Ask the service's processes to end, then kill those that have not; how many there were."""
    processes = list(marked(data_dir))
    for process in processes:
        _signal(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=patience_s)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=patience_s)
    return len(processes)


def _signal(send: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        send()
