"""When a message that was not delivered is tried again. Pure."""

import random

#: Before the first further attempt; each wait is four times the one before.
FIRST_WAIT_S = 5.0
_FACTOR = 4
MAX_WAIT_S = 6 * 3_600.0
#: Each wait is up to a quarter longer or shorter, so that failures part.
_JITTER = 0.25


def wait_s(failures: int, retry_after_s: float = 0.0) -> float:
    """Seconds until the next attempt.

    Args:
        failures: in a row, from 1.
        retry_after_s: what the receiver asked for; it counts up to the longest wait.
    """
    wait: float = min(FIRST_WAIT_S * _FACTOR ** min(failures - 1, 20), MAX_WAIT_S)
    wait *= random.uniform(1 - _JITTER, 1 + _JITTER)
    return max(wait, min(retry_after_s, MAX_WAIT_S))
