"""How words are written, for an encoder whose vocabulary is all lower case.

"apple" and "Apple" are one token to it. What the letters looked like comes back as a number
for each token, and a vector learned for each number. Knows spelling alone, no model.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from deployments.encoder.windows import Tokens

_SHAPES = 7
_LINES = 4
#: Vectors a casing table has: a number for each shape of word in each kind of line, first in it
#: or not, and the last for what is no word of the text (the special tokens).
KINDS = _SHAPES * _LINES * 2 + 1
NO_WORD = KINDS - 1

_LONG_WORD = re.compile(r"[^\W\d_]{2,}")
# Fewer words than this do not tell a headline from a name.
_FEWEST = 3
# In a line above this share of capitals, they tell nothing of a single word.
_MOST = 0.6


def casings(text: str, tokens: "Tokens") -> NDArray[np.int64]:
    """For each token its number, 0 to KINDS - 2; shape (n,)."""
    if not len(tokens):
        return np.zeros(0, np.int64)
    changes = np.flatnonzero(np.diff(tokens.words)) + 1
    firsts = np.concatenate([[0], changes])
    lasts = np.concatenate([changes, [len(tokens)]]) - 1
    starts, ends = tokens.starts[firsts], tokens.ends[lasts]
    shapes = [_shape(text[a:b]) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    opened, kinds = _lines(text)
    lines = np.searchsorted(opened, starts, side="right") - 1
    # The tokenizer drops line breaks; a list of names must not look like one long name.
    leads = np.diff(lines, prepend=-1) > 0
    numbers = (np.array(shapes, np.int64) * _LINES + kinds[lines]) * 2 + leads
    return np.repeat(numbers, lasts - firsts + 1)


def _lines(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each line begins, and its kind, (n_lines,) each."""
    lines = text.split("\n")
    opened = np.cumsum([0, *(len(line) + 1 for line in lines[:-1])])
    return opened, np.array([_line_kind(line) for line in lines], np.int64)


@lru_cache(maxsize=16_384)
def _shape(word: str) -> int:
    """0 signs, 1 digits, 2 lower case, 3 one capital, 4 all capitals, 5 Capitalised, 6 miXed."""
    letters = [c for c in word if c.isalpha()]
    if not letters:
        return int(any(c.isdigit() for c in word))
    capitals = sum(c.isupper() for c in letters)
    if not capitals:
        return 2
    if capitals == len(letters):
        return 3 if len(letters) == 1 else 4
    return 5 if letters[0].isupper() and capitals == 1 else 6


def _line_kind(line: str) -> int:
    """0 prose, 1 shouted, 2 in Title Case, 3 without any capital."""
    words = _LONG_WORD.findall(line)
    if len(words) < _FEWEST:
        return 0
    if sum(word.isupper() for word in words) > _MOST * len(words):
        return 1
    titled = sum(word[0].isupper() for word in words)
    if titled > _MOST * len(words):
        return 2
    return 0 if titled else 3
