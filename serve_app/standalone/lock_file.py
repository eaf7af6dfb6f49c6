"""A lock file that names its owner: one process at a time, and none after its end."""

import fcntl
import os
from pathlib import Path
from typing import TextIO


class LockHeld(Exception):
    """Another process holds the lock.

    Attributes:
        owner: its process id, or ``not known``.
    """

    def __init__(self, owner: str) -> None:
        super().__init__(f"The lock is held by process {owner}.")
        self.owner = owner


def acquire(path: Path) -> TextIO:
    """Hold the lock until the file that is returned is closed.

    The kernel frees it when this process ends, however it ends.

    Raises:
        LockHeld: another process has it.
        OSError: the file cannot be written.
    """
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "not known"
        lock.close()
        raise LockHeld(owner) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
