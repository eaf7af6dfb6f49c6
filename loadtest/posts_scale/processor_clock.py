"""Processor time of this process and a Postgres: what a quiet machine would take for the same."""

import time
from pathlib import Path


class ProcessorClock:
    """Counts this process and, where it runs on this machine, a Postgres with all its connections.

    What Postgres cleans up beside them is no request's. Linux alone: it reads ``/proc``.
    """

    def __init__(self, postgres_pid: int | None) -> None:
        """Of a Postgres elsewhere, None: its time is not in the sum."""
        self._pid = postgres_pid

    def seconds(self) -> float:
        """Since some moment; differences count."""
        return time.process_time() + sum(map(_seconds_of, self._connections()))

    def _connections(self) -> list[str]:
        if self._pid is None:
            return []
        return Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()


def _seconds_of(pid: str) -> float:
    process = Path(f"/proc/{pid}")
    try:
        if b"autovacuum" in (process / "cmdline").read_bytes():
            return 0.0
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    except FileNotFoundError:  # it ended meanwhile
        return 0.0
