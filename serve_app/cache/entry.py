"""A record as the memory cache keeps it, and the keys of those it has lately let go."""

from array import array
from dataclasses import dataclass
from enum import IntEnum

#: What an entry takes beside its packed bytes: its object and numbers, the key, a place in
#: the table and in a queue. Measured with tracemalloc (tests/unit/test_memory_cache.py).
OVERHEAD_BYTES = 250


class Queue(IntEnum):
    """Where an entry waits to be judged."""

    GONE = 0
    NEW = 1
    PROVEN = 2


@dataclass(slots=True, eq=False)
class Entry:
    """One kept record.

    Attributes:
        key: the bytes of the text's digest; half as long in memory as its hex digits.
        packed: see :mod:`serve_app.cache.codec`.
        expires_at: on the cache's clock.
        uses: how often it was found since it was first put.
        visits: uses since it was last judged, as far as they matter: 0..3.
        queue: where it is.
        shared_until: until when Redis keeps it for certain, on the cache's clock; 0 where
            that is not known.
    """

    key: bytes
    packed: bytes
    expires_at: float
    uses: int = 0
    visits: int = 0
    queue: Queue = Queue.NEW
    shared_until: float = 0.0

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return OVERHEAD_BYTES + len(self.packed)


class Ghosts:
    """Digests of records that left unproven, so that one that comes back is known.

    A table of 8 bytes a slot, each of 31 bits of the key and the number of its departure; a
    later departure takes the slot of an earlier one. Such a loss, like one false recognition
    in 2^31, costs a record its better or worse place, nothing else.
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
        """A record with this key leaves."""
        self._departures += 1
        mark, slot = self._place(key)
        self._slots[slot] = mark << 32 | self._departures & 0xFFFFFFFF

    def take(self, key: bytes, latest: int) -> bool:
        """Whether it is among so many latest departures; it is then no more."""
        mark, slot = self._place(key)
        held = self._slots[slot]
        if held >> 32 != mark or (self._departures - held) & 0xFFFFFFFF >= latest:
            return False
        self._slots[slot] = 0
        return True

    def _place(self, key: bytes) -> tuple[int, int]:
        # A digest is SHA-256: any of its bits are a good hash. The mark is never 0, which
        # is that of an empty slot.
        bits = int.from_bytes(key[:8], "big")
        return bits >> 32 | 1, bits & self._mask
