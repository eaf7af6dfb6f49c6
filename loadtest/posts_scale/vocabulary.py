"""Words and names made up, each as frequent as its rank says (Zipf 1949). Pure; seeded."""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")

_SYLLABLES = tuple(f"{a}{b}" for a in "bdfgklmnprstvz" for b in "aeiou")
#: Words of all posts; the frequent ones stand in every third post, the rare ones in a few.
WORDS = 40_000
#: Ordinary words have lower ranks before them: articles, pronouns. These are the ranks behind.
_FIRST_RANK = 20


class ZipfSupply(Generic[T]):
    """Things drawn with a probability of one over their rank."""

    def __init__(self, things: Sequence[T], *, first_rank: int = 1) -> None:
        """The most frequent first."""
        self.things = things
        self._weights = list(accumulate(1 / (first_rank + n) for n in range(len(things))))

    def draw(self, rng: random.Random, count: int = 1) -> list[T]:
        """So many, each by itself: one may come twice."""
        return rng.choices(self.things, cum_weights=self._weights, k=count)


def word(number: int) -> str:
    """A word of three syllables or more, of which no two numbers have the same."""
    digits: list[str] = []
    while number or len(digits) < 3:
        number, digit = divmod(number, len(_SYLLABLES))
        digits.append(_SYLLABLES[digit])
    return "".join(digits)


def name(number: int) -> str:
    """A name of two words."""
    return f"{word(7 * number + 1)} {word(11 * number + 3)}".title()


def words() -> ZipfSupply[str]:
    """Words of a text."""
    return ZipfSupply([word(n) for n in range(WORDS)], first_rank=_FIRST_RANK)
