"""A queue in which callers share what is served, however much each of them brings.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996) with equal weights: an item's
start tag is where its caller's last one ended, but never before the one served last, and the
smallest tag is served first. So a caller with one short text waits for about one text of each
other caller, and never for all that one of them has waiting. Knows no text and no loop.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Item = TypeVar("Item")


class Caller:
    """Who has texts analysed: one request, or the service itself.

    Attributes:
        bulk: it brings so much that it stands behind those who bring little.
    """

    def __init__(self, *, bulk: bool = False) -> None:
        self.bulk = bulk


class FairQueue(Generic[Item]):
    """Items of several callers; :meth:`pop` gives the one whose caller was served least."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Item]] = []
        self._numbers = count()
        self._served = 0
        self._ends: WeakKeyDictionary[Caller, int] = WeakKeyDictionary()

    def __len__(self) -> int:
        return len(self._heap)

    def head(self) -> Item:
        """The item that :meth:`pop` would give, which stays.

        Raises:
            IndexError: the queue is empty.
        """
        return self._heap[0][-1]

    def push(self, item: Item, size: int, caller: Caller) -> None:
        """Add an item of this caller, of so many units of work."""
        start = max(self._served, self._ends.get(caller, 0))
        self._ends[caller] = start + size
        heappush(self._heap, (start, next(self._numbers), item))

    def pop(self) -> Item:
        """Take the item whose turn it is; of one caller's, the first that came.

        Raises:
            IndexError: the queue is empty.
        """
        self._served, _, item = heappop(self._heap)
        return item

    def keep(self, wanted: Callable[[Item], bool]) -> None:
        """Remove every item that is not wanted."""
        self._heap = [entry for entry in self._heap if wanted(entry[-1])]
        heapify(self._heap)
