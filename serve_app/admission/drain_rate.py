"""How fast work is really done, measured while there is enough of it.

Knows units and moments; nothing of what the units are.
"""

import math
import time
from collections.abc import Callable

#: Work comes back in whole batches: a shorter stretch would have seen one or none.
_STRETCH_S = 2.0
#: The rate forgets with this time constant: the last ten seconds or so tell.
_MEMORY_S = 10.0

RETRY_AFTER_MIN_S, RETRY_AFTER_MAX_S = 1, 60


def retry_after_s(seconds: float) -> int:
    """So long a wait as the header ``Retry-After`` has it: whole seconds, from 1 to 60."""
    return math.ceil(min(max(seconds, RETRY_AFTER_MIN_S), RETRY_AFTER_MAX_S))


class DrainRate:
    """Units a second, of those stretches of time in which enough was waiting.

    Little that waits is done at its own pace and not at the most that is possible, and nothing
    tells nothing: such stretches are left out, so that the rate stays what it was while idle.

    Attributes:
        waiting: the units that wait now.
        per_s: units a second while many wait; None before that was so for a stretch.
    """

    def __init__(self, enough: float = 1, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing waits, and nothing is known.

        Args:
            enough: units that have to wait, on average, for a stretch to count.
            clock: seconds.
        """
        self._enough = enough
        self._clock = clock
        self.waiting = 0
        self.per_s: float | None = None
        self._measured_s = 0.0
        self._began = self._at = clock()
        self._waited = 0.0  # units times seconds, in this stretch
        self._done = 0  # units, in this stretch

    def come(self, units: int) -> None:
        """So many more wait."""
        self._pass_time()
        self.waiting += units

    def leave(self, units: int, *, done: bool) -> None:
        """So many wait no longer; whether because they are done."""
        self._pass_time()
        self.waiting -= units
        self._done += units if done else 0

    def seconds(self, units: float) -> float:
        """About how long so many units take; 0 while that is not known."""
        return units / self.per_s if self.per_s else 0.0

    def _pass_time(self) -> None:
        now = self._clock()
        self._waited += self.waiting * (now - self._at)
        self._at = now
        if now - self._began >= _STRETCH_S:
            self._end_stretch(now - self._began)
            self._began, self._waited, self._done = now, 0.0, 0

    def _end_stretch(self, stretch_s: float) -> None:
        if self._waited < self._enough * stretch_s:
            return
        self._measured_s += stretch_s
        # The plain mean until there is as much as is remembered.
        weight = max(-math.expm1(-stretch_s / _MEMORY_S), stretch_s / self._measured_s)
        previous = self.per_s or 0.0
        # Nothing done so far tells nothing: the first batch may still be at work.
        self.per_s = previous + weight * (self._done / stretch_s - previous) or None
