"""Many strings as one stretch of bytes, each decoded when it is asked for."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.integer[Any]]

#: Odd, so that no power of it is 0 modulo 2**32: Knuth's, "The Art of Computer Programming" 6.4.
_MULTIPLIER = 2_654_435_761


class Strings(Sequence[str]):
    """Strings in their order."""

    def __init__(self, content: bytes, sizes: Integers) -> None:
        """Takes what :meth:`of` makes.

        Args:
            content: all of them in UTF-8, end to end.
            sizes: of each, in bytes.
        """
        self.content = content
        self.sizes = sizes

    @classmethod
    def of(cls, strings: Sequence[str]) -> Self:
        """The strings of any sequence."""
        encoded = [string.encode() for string in strings]
        return cls(b"".join(encoded), np.array([len(each) for each in encoded], np.int64))

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, place: Any) -> Any:
        place = place + len(self) if place < 0 else place
        return self.content[self._ends[place] : self._ends[place + 1]].decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self.take(np.arange(len(self))))

    def take(self, places: Integers) -> list[str]:
        """The strings at some places: many at once take a third of the time."""
        starts, ends = self._ends[places].tolist(), self._ends[places + 1].tolist()
        return [self.content[a:b].decode() for a, b in zip(starts, ends, strict=True)]

    def lower_bound(self, string: str) -> int:
        """Of sorted strings, how many come before another: bytes sort as what they encode."""
        content, ends, wanted = self.content, self._ends, string.encode()
        low, high = 0, len(self.sizes)
        while low < high:
            middle = (low + high) // 2
            if content[ends[middle] : ends[middle + 1]] < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def hashes(self, places: Integers) -> NDArray[np.uint32]:
        """The hash of each at some places: of equal strings equal, wherever they stand."""
        sizes = self.sizes[places].astype(np.int64)
        starts = np.cumsum(sizes) - sizes
        offsets = np.arange(sizes.sum()) - np.repeat(starts, sizes)
        powers = np.cumprod(np.full(int(sizes.max(initial=0)) + 1, _MULTIPLIER, np.uint32))
        content = np.frombuffer(self.content, np.uint8)
        weighted = content[offsets + np.repeat(self._ends[places], sizes)] * powers[offsets]
        hashes = np.zeros(len(places), np.uint32)
        filled = np.flatnonzero(sizes)
        hashes[filled] = np.add.reduceat(weighted, starts[filled])
        return hashes ^ hashes >> np.uint32(15)  # the lower bits know little of the higher ones

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(self.sizes, dtype=np.int64)])


def lower_bound(strings: Sequence[str], string: str) -> int:
    """Of sorted strings, how many come before another."""
    if isinstance(strings, Strings):
        return strings.lower_bound(string)
    return bisect_left(strings, string)


def place_of(strings: Sequence[str], string: str) -> int | None:
    """Where in sorted strings one stands; None where it does not."""
    place = lower_bound(strings, string)
    return place if place < len(strings) and strings[place] == string else None


def taken(strings: Sequence[str], places: Integers) -> list[str]:
    """The strings at some places."""
    if isinstance(strings, Strings):
        return strings.take(places)
    return [strings[place] for place in places.tolist()]


def hashes_of(strings: Sequence[str], places: Integers) -> NDArray[np.uint32]:
    """The hashes of the strings at some places."""
    return (strings if isinstance(strings, Strings) else Strings.of(strings)).hashes(places)
