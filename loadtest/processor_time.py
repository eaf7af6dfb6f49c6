"""Processor time of a piece of work, whatever other threads and processes do meanwhile."""

import time
from collections.abc import Callable


def thread_seconds(work: Callable[[], object]) -> float:
    """Seconds of processor time that ``work`` takes of this thread."""
    started_s = time.thread_time()
    work()
    return time.thread_time() - started_s
