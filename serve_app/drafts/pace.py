"""How many texts a caller may send."""

import time
from collections.abc import Callable

#: Texts a second that a channel takes for long, and at once; keys that are held down repeat 30
#: times a second.
TEXTS_PER_SECOND = 50
TEXTS_AT_ONCE = 100


class Pace:
    """A bucket of texts that fills up evenly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Full.

        Args:
            clock: seconds that pass.
        """
        self._clock = clock
        self._left = float(TEXTS_AT_ONCE)
        self._at = clock()

    def allows_one(self) -> bool:
        """Whether one more text may come now; it counts if so."""
        now = self._clock()
        self._left = min(TEXTS_AT_ONCE, self._left + (now - self._at) * TEXTS_PER_SECOND)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
