"""Slots at the processor, shared by the replicas of one machine.

Four models on two cores at once push each other out of the cores' caches: the same work takes
a ninth more processor time than with two at a time. A slot is a lock on one of as many files
as there are cores, so that the slot of a process that dies is free again. Knows files; nothing
of analyses.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Far less than a batch takes, and far more than a look at the locks.
_POLL_INTERVAL_S = 0.001


def usable_cores() -> int:
    """Cores this process is bound to, where the system binds processes; else all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class CpuSlots:
    """A counting semaphore across processes: as many holders at a time as there are files."""

    def __init__(self, folder: Path, count: int, niceness: int = 0) -> None:
        """Open the lock files, and make those that are missing.

        Args:
            folder: the same for all processes that share the slots; it must exist.
            count: how many may work at the same time.
            niceness: of those who share them; others have slots of their own.

        Raises:
            OSError: the files cannot be made.
        """
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC
        self._files = [os.open(folder / f"{niceness}-{n}", flags, 0o600) for n in range(count)]

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a slot, and release it; for one thread of the process at a time."""
        file = self._acquire()
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _acquire(self) -> int:
        while True:
            for file in self._files:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                return file
            time.sleep(_POLL_INTERVAL_S)
