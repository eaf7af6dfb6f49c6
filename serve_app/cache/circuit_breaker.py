"""A circuit breaker: an outage of a helpful service costs one timeout now and then, not each call.

Knows no service and makes no call itself.
"""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

#: How long the service is left alone after a failure: the price of an outage is one timeout
#: in this time, and a spurious failure costs no more than this time without the service.
RETRY_AFTER_S = 2.0


class Breaker:
    """Leaves a failing service alone for a while, then lets a single call try it again."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Closed.

        Args:
            name: of the service, for the log.
            clock: seconds from any start.
        """
        self._name = name
        self._clock = clock
        self._failed_at: float | None = None
        self._next_try_at = 0.0

    @property
    def closed(self) -> bool:
        """Whether the last call went well."""
        return self._failed_at is None

    def lets_through(self) -> bool:
        """Whether a call may be made now."""
        if self._failed_at is None:
            return True
        now = self._clock()
        if now < self._next_try_at:
            return False
        self._next_try_at = now + RETRY_AFTER_S  # others wait for the outcome of this one
        return True

    def failed(self, error: Exception) -> None:
        """Note a failure; the first of an outage is logged."""
        now = self._clock()
        self._next_try_at = now + RETRY_AFTER_S
        if self._failed_at is None:
            self._failed_at = now
            log.warning("%s failed (%s); going on without it.", self._name, type(error).__name__)

    def succeeded(self) -> None:
        """Note a success, which ends an outage."""
        if self._failed_at is not None:
            now = self._clock()
            log.info("%s is back after %.1f s.", self._name, now - self._failed_at)
            self._failed_at = None
