"""S3-FIFO: which cached entry leaves when room is short. Knows keys and sizes, not contents.

After Yang, Zhang, Qiu, Yue, Vigfusson: "FIFO queues are all you need for cache eviction",
SOSP 2023, https://doi.org/10.1145/3600006.3613147. New entries pass through a small queue;
only those used on the way reach the main one, so entries that are used once never push out
those that are used often. A hit raises a counter and moves nothing.
"""

from abc import ABC, abstractmethod
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Generic, TypeVar

#: Of the bytes, for the small queue. The paper takes a tenth, and as many ghosts as there are
#: entries in the main queue; half and twice of that find 0.2 % more here.
_SMALL_SHARE = 0.05
_GHOSTS_PER_MAIN_ENTRY = 2
#: More uses than this on one way through a queue count no more; the paper's two bits.
_MAX_FREQUENCY = 3
#: A small entry with its share of the table; there is a ghost slot for each that might fit.
_MIN_ENTRY_BYTES = 1_024


class Queue(IntEnum):
    """Where an entry waits for its turn."""

    NONE = 0
    SMALL = 1
    MAIN = 2


@dataclass(slots=True, eq=False)
class QueuedEntry(ABC):
    """What the policy knows of an entry; what is cached is added by a subclass.

    Attributes:
        key: evenly distributed bytes, at least 8, such as those of a SHA-256 digest.
        frequency: uses since it last had its turn; to be raised by one at each use.
        queue: where it is.
    """

    key: bytes
    frequency: int = field(default=0, init=False)
    queue: Queue = field(default=Queue.NONE, init=False)

    @property
    @abstractmethod
    def size_bytes(self) -> int:
        """What it takes in memory; changes are reported by :meth:`S3Fifo.resize`."""


Entry = TypeVar("Entry", bound=QueuedEntry)


class S3Fifo(Generic[Entry]):
    """The small and the main queue, and the ghosts of what left the small one.

    Attributes:
        size_bytes: what the queued entries take together.
    """

    def __init__(self, limit_bytes: int, *, expired: Callable[[Entry], bool]) -> None:
        """Empty.

        Args:
            limit_bytes: what the entries may take; it is the caller who keeps to it.
            expired: whether an entry leaves at its turn, however often it was used.
        """
        self._small_limit_bytes = _SMALL_SHARE * limit_bytes
        self._expired = expired
        self._small: deque[Entry] = deque()
        self._main: deque[Entry] = deque()
        self._small_bytes = 0
        self._ghosts = Ghosts(max(1, limit_bytes // _MIN_ENTRY_BYTES))
        self.size_bytes = 0

    def add(self, entry: Entry) -> None:
        """Queue a new entry; one that left the small queue lately goes to the main one."""
        self.size_bytes += entry.size_bytes
        if self._ghosts.take(entry.key, latest=_GHOSTS_PER_MAIN_ENTRY * len(self._main)):
            self._append_to_main(entry)
        else:
            entry.queue = Queue.SMALL
            self._small.append(entry)
            self._small_bytes += entry.size_bytes

    def resize(self, entry: Entry, growth_bytes: int) -> None:
        """Note that a queued entry takes so many more bytes than before."""
        self.size_bytes += growth_bytes
        if entry.queue is Queue.SMALL:
            self._small_bytes += growth_bytes

    def remove(self, entry: Entry) -> None:
        """Forget an entry, if it is queued; its object stays until its turn or :meth:`compact`."""
        if entry.queue is not Queue.NONE:
            self.resize(entry, -entry.size_bytes)
            entry.queue = Queue.NONE

    def evict(self) -> Entry:
        """Remove the entry whose turn it is to leave.

        Raises:
            IndexError: nothing is queued.
        """
        while True:
            from_small = self._small and (
                not self._main or self._small_bytes >= self._small_limit_bytes
            )
            entry = (self._small if from_small else self._main).popleft()
            if entry.queue is Queue.NONE:
                continue
            if not entry.frequency or self._expired(entry):
                if from_small:
                    self._ghosts.add(entry.key)
                self.remove(entry)
                return entry
            if from_small:
                self._small_bytes -= entry.size_bytes
            else:
                entry.frequency = min(entry.frequency, _MAX_FREQUENCY) - 1
            self._append_to_main(entry)

    def compact(self) -> None:
        """Drop the objects of removed entries."""
        self._small = deque(entry for entry in self._small if entry.queue is Queue.SMALL)
        self._main = deque(entry for entry in self._main if entry.queue is Queue.MAIN)

    def _append_to_main(self, entry: Entry) -> None:
        entry.queue = Queue.MAIN
        self._main.append(entry)


class Ghosts:
    """Keys of entries that left the small queue, so that one that comes back is recognised.

    A table of 8 bytes a slot, each of 31 bits of the key and the number of its departure; a
    later departure takes the slot of an earlier one. Such a loss, like one false recognition
    in 2^31, costs an entry its better or worse queue, nothing else.
    """

    def __init__(self, slots: int) -> None:
        """Empty.

        Args:
            slots: at least 1; rounded up to a power of two.
        """
        size = 1 << max(0, slots - 1).bit_length()
        self._slots = array("Q", bytes(8 * size))
        self._mask = size - 1
        self._departures = 0

    def add(self, key: bytes) -> None:
        """An entry with this key leaves."""
        self._departures += 1
        mark, slot = self._place(key)
        self._slots[slot] = mark << 32 | self._departures & 0xFFFFFFFF

    def take(self, key: bytes, *, latest: int) -> bool:
        """Whether it is among so many latest departures; it is then no more."""
        mark, slot = self._place(key)
        ghost = self._slots[slot]
        if ghost >> 32 != mark or (self._departures - ghost) & 0xFFFFFFFF >= latest:
            return False
        self._slots[slot] = 0
        return True

    def _place(self, key: bytes) -> tuple[int, int]:
        # A digest is SHA-256: any of its bits are a good hash. The mark is never 0, which
        # is that of an empty slot.
        bits = int.from_bytes(key[:8], "big")
        return bits >> 32 | 1, bits & self._mask
