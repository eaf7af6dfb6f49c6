"""A circuit breaker: an outage of a helpful service costs one timeout now and then, not each call.

Knows no service and makes no call itself.
"""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

#: How long the breaker stays open after a failure: the price of an outage is one timeout in
#: this time, and a spurious failure costs no more than this time without the service.
RETRY_AFTER_S = 2.0


class CircuitBreaker:
    """Closed while calls succeed, open after a failure, half open for a single call in between."""

    def __init__(self, service: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Closed.

        Args:
            service: its name, for the log.
            clock: seconds from any start.
        """
        self._service = service
        self._clock = clock
        self._opened_at: float | None = None
        self._next_try_at = 0.0

    @property
    def closed(self) -> bool:
        """Whether the last call succeeded."""
        return self._opened_at is None

    def allow_call(self) -> bool:
        """Whether a call may be made now; of an open breaker one call in :data:`RETRY_AFTER_S`."""
        if self._opened_at is None:
            return True
        now = self._clock()
        if now < self._next_try_at:
            return False
        self._next_try_at = now + RETRY_AFTER_S  # others wait for the outcome of this one
        return True

    def record_failure(self, error: Exception) -> None:
        """Open; the first failure of an outage is logged."""
        now = self._clock()
        self._next_try_at = now + RETRY_AFTER_S
        if self._opened_at is None:
            self._opened_at = now
            log.warning("%s failed (%s); going on without it.", self._service, type(error).__name__)

    def record_success(self) -> None:
        """Close; the end of an outage is logged."""
        if self._opened_at is not None:
            outage_s = self._clock() - self._opened_at
            log.info("%s is back after %.1f s.", self._service, outage_s)
            self._opened_at = None
