"""What the code points of a text are: blanks and signs without a width, letters, other signs.

A word is a run of letters, marks, digits and underscores, or one other sign that can be seen.
"""

from functools import cache
from typing import Final

import numpy as np
import regex
from numpy.typing import NDArray

from deployments.encoder.arrays import Integers

#: A blank, a sign without a width, or the sign that SentencePiece writes for a blank.
UNSEEN: Final = 0
#: A letter, mark, digit or underscore.
LETTER: Final = 1
#: Any other sign.
SIGN: Final = 2

_UNSEEN = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}▁]+")
# Variation selectors and enclosing marks follow signs, not letters: "1️⃣", "❤️".
_LETTERS = regex.compile(r"[[\w\p{N}]--[\p{Me}\uFE00-\uFE0F]]+", regex.VERSION1)
# Beyond two planes of Unicode there are rare ideographs, which are letters.
_KNOWN = 0x20000


def kinds(text: str) -> NDArray[np.uint8]:
    """UNSEEN, LETTER or SIGN for each code point, (len(text),)."""
    code_points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _kind_by_code_point().take(code_points, mode="clip")


def next_visible(text_kinds: NDArray[np.uint8]) -> Integers:
    """For each code point, and the end, the first from there on that is seen, or the end."""
    length = len(text_kinds)
    positions = np.full(length + 1, length)
    visible = np.flatnonzero(text_kinds)
    positions[visible] = visible
    return np.minimum.accumulate(positions[::-1])[::-1]


def word_numbers(text_kinds: NDArray[np.uint8]) -> Integers:
    """For each code point the number of the word that it is of, or that comes before it."""
    begins = text_kinds != UNSEEN
    begins[1:] &= (text_kinds[1:] == SIGN) | (text_kinds[:-1] != LETTER)
    return np.cumsum(begins) - 1


@cache
def _kind_by_code_point() -> NDArray[np.uint8]:
    every = np.arange(_KNOWN, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
    table = np.full(_KNOWN + 1, SIGN, np.uint8)
    table[_KNOWN] = LETTER
    for kind, pattern in ((LETTER, _LETTERS), (UNSEEN, _UNSEEN)):
        for match in pattern.finditer(every):
            table[match.start() : match.end()] = kind
    return table
