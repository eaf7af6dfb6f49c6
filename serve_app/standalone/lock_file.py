"""A lock file that names its owner: one process at a time, and none after its end."""

import fcntl
import os
from pathlib import Path
from typing import TextIO


class Held(Exception):
    """Another process holds the lock; the message is its process id, as far as known."""


def acquire(path: Path) -> TextIO:
    """Hold the lock until the file that is returned is closed.

    The kernel frees it when this process ends, however it ends.

    Raises:
        Held: another process has it.
        OSError: the file cannot be written.
    """
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "not known"
        lock.close()
        raise Held(owner) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
