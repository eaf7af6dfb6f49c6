"""How much longer a work takes for a larger input, in processor time of this thread."""

from collections.abc import Callable

from loadtest.processor_time import thread_seconds

# A quadratic work takes 16 times as long for an input four times as long, a linear one 4 times.
FACTOR, MOST_GROWTH = 4, 8
# Less than this is not measured well.
FLOOR_S = 0.03
_LOOKS = 3


def grows_linearly(work: Callable[[int], object], size: int) -> bool:
    """Whether ``work(size)`` takes no more than its share beyond ``work(size // 4)``."""
    # Caches and memory of a busy machine are shared: what is not linear fails every look.
    return any(_looks_linear(work, size) for _ in range(_LOOKS))


def _looks_linear(work: Callable[[int], object], size: int) -> bool:
    small = _least_seconds(work, size // FACTOR)
    return _least_seconds(work, size) <= max(FLOOR_S, MOST_GROWTH * small)


def _least_seconds(work: Callable[[int], object], size: int) -> float:
    # What else the machine does can only lengthen a run.
    return min(thread_seconds(lambda: work(size)) for _ in range(3))
