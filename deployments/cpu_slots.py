"""Taking turns at the processor, among the replicas of one machine.

Four models on two cores at once push each other out of the cores' caches: the same work takes
a ninth more processor time than in turns. A turn is a lock on one of as many files as there
are cores, so that one whose process dies is free again. Knows files; nothing of analyses.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Far less than a batch takes, and far more than a look at the locks.
_LOOK_EVERY_S = 0.001


class Turns:
    """As many at a time as there are files."""

    def __init__(self, folder: Path, count: int) -> None:
        """Open the files, and make those that are not there.

        Args:
            folder: the same for all that take turns; it must exist.
            count: how many may work at the same time.

        Raises:
            OSError: the files cannot be made.
        """
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC
        self._files = [os.open(folder / str(n), flags, 0o600) for n in range(count)]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and give it back; for one thread of the process at a time."""
        file = self._taken()
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _taken(self) -> int:
        while True:
            for file in self._files:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                return file
            time.sleep(_LOOK_EVERY_S)
