"""Keeping the log files of a service small: the older half of each goes when it is full."""

import shutil
import time
from pathlib import Path

#: A log and its predecessor, ``NAME.1``, take twice this at most, and what comes in between
#: two looks.
MAX_BYTES = 32 * 2**20
_LOOK_INTERVAL_S = 10.0


class LogRotation:
    """Looks after all files of a folder; seen after like a process."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._next_look_at = 0.0

    def tend(self) -> str:
        """Rotate what is full, every ten seconds; there is nothing to tell."""
        if time.monotonic() >= self._next_look_at:
            self._next_look_at = time.monotonic() + _LOOK_INTERVAL_S
            self.rotate()
        return ""

    def rotate(self) -> None:
        """Give each full file a new beginning; its content goes into ``NAME.1``."""
        for log in self._folder.iterdir():
            if log.suffix != ".1" and log.is_file() and log.stat().st_size > self._max_bytes:
                _rotate(log)


def _rotate(log: Path) -> None:
    older = log.with_name(f"{log.name}.1")
    if log.suffix == ".jsonl":  # its writers look for a new file before each line
        log.replace(older)
        return
    # Programs hold the others open, and append: what is written in between is lost.
    shutil.copyfile(log, older)
    with log.open("r+b") as file:
        file.truncate(0)
