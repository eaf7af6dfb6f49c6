"""Slots that workspaces share: none takes them all from the others."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from serve_app.errors import ServiceOverloaded


class SharedSlots:
    """Slots of one replica, of which a workspace holds at most half, and at least one.

    Attributes:
        limit: of all of them.
        share: of one workspace.
    """

    def __init__(self, limit: int, *, retry_after_s: int) -> None:
        """All are free.

        Args:
            limit: how many there are; 0 for none.
            retry_after_s: what is told whoever finds none.
        """
        self.limit = limit
        self.share = max(1, limit // 2)
        self._retry_after_s = retry_after_s
        self._held: Counter[Hashable] = Counter()

    @property
    def count(self) -> int:
        """How many are held."""
        return self._held.total()

    @contextmanager
    def hold(self, workspace: Hashable) -> Iterator[None]:
        """One of them, until the end of the block.

        Raises:
            ServiceOverloaded: all are held, or the workspace has its share.
        """
        if self.count >= self.limit or self._held[workspace] >= self.share:
            raise ServiceOverloaded(self._retry_after_s)
        self._held[workspace] += 1
        try:
            yield
        finally:
            self._held[workspace] -= 1
            if not self._held[workspace]:
                del self._held[workspace]
