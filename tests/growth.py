"""How much longer a work takes for a larger input, in processor time of this thread."""

import time
from collections.abc import Callable

# A quadratic work takes 16 times as long for an input four times as long, a linear one 4 times.
FACTOR, MOST_GROWTH = 4, 8
# Less than this is not measured well.
FLOOR_S = 0.03


def thread_seconds(work: Callable[[], object], runs: int = 3) -> float:
    """The least of some runs: what else the machine does can only lengthen one."""
    times = []
    for _ in range(runs):
        started = time.thread_time()
        work()
        times.append(time.thread_time() - started)
    return min(times)


def grows_linearly(work: Callable[[int], object], size: int) -> bool:
    """Whether ``work(size)`` takes no more than its share beyond ``work(size // 4)``."""
    small = thread_seconds(lambda: work(size // FACTOR))
    return thread_seconds(lambda: work(size)) <= max(FLOOR_S, MOST_GROWTH * small)
