"""What the bodies of requests take of a driver replica's memory, and how many there are at once.

A body counts from its first byte until its answer is sent: the texts live as long. Small bodies
need no room of what large ones share, so that whoever sends slowly, or much, leaves others
theirs. Knows no HTTP.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from serve_app.admission.drain_rate import DrainRate, retry_after_s
from serve_app.errors import ServiceOverloaded

#: The beginning of each body that is always taken: the longest post in UTF-8, and then some.
FREE_BYTES = 128 * 2**10


class HeldBody:
    """The body of one request, as far as it has come."""

    def __init__(self, memory: "BodyMemory") -> None:
        self._memory = memory
        self.size_bytes = 0

    @property
    def shared_bytes(self) -> int:
        """What it takes of the room that all share."""
        return max(0, self.size_bytes - FREE_BYTES)

    def grow(self, size_bytes: int) -> None:
        """So many more bytes have come.

        Raises:
            ServiceOverloaded: there is no room for them.
        """
        before = self.shared_bytes
        self.size_bytes += size_bytes
        self._memory.take(self.shared_bytes - before)


class BodyMemory:
    """The bodies that one driver replica holds."""

    def __init__(self, limit_bytes: int, limit_requests: int) -> None:
        """Nothing is held yet.

        Args:
            limit_bytes: of ``shared_bytes``.
            limit_requests: of ``requests``.
        """
        self._limit_bytes = limit_bytes
        self._limit_requests = limit_requests
        # How fast they leave is measured while there is half as much as there may be.
        self._bytes = DrainRate(limit_bytes / 2)
        self._requests = DrainRate(limit_requests / 2)

    @property
    def shared_bytes(self) -> int:
        """Of all bodies, without the beginning of each."""
        return self._bytes.waiting

    @property
    def requests(self) -> int:
        """How many there are."""
        return self._requests.waiting

    @contextmanager
    def hold(self) -> Iterator[HeldBody]:
        """The body of a request that begins, held until the end of the context.

        Raises:
            ServiceOverloaded: there are too many requests.
        """
        if self.requests >= self._limit_requests:
            raise ServiceOverloaded(retry_after_s(self._requests.seconds(1)))
        body = HeldBody(self)
        self._requests.come(1)
        try:
            yield body
        finally:
            self._requests.leave(1, done=True)
            self._bytes.leave(body.shared_bytes, done=True)

    def take(self, size_bytes: int) -> None:
        """So many more bytes of the shared room are taken.

        Raises:
            ServiceOverloaded: they are more than there is room for.
        """
        self._bytes.come(size_bytes)
        excess = self.shared_bytes - self._limit_bytes
        if size_bytes and excess > 0:
            raise ServiceOverloaded(retry_after_s(self._bytes.seconds(excess)))
