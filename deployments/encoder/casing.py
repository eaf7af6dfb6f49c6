"""Casing ids: how a word is written, for an encoder whose vocabulary is all lower case.

"apple" and "Apple" are one token to it. What the letters looked like comes back as an id
for each token, and an embedding learned for each id. Knows spelling alone, no model.
"""

import re
from functools import lru_cache

import numpy as np

from deployments.encoder.arrays import Integers
from deployments.encoder.inputs import Tokens

_WORD_SHAPES = 7
_LINE_KINDS = 4
_SHOUTED = 1
#: Rows of a table of casing embeddings: an id for each shape of word in each kind of line,
#: first in it or not, and the last for what is no word of the text (the special tokens).
CASING_COUNT = _WORD_SHAPES * _LINE_KINDS * 2 + 1
NO_CASING = CASING_COUNT - 1
#: The tensor with an embedding for each casing id, in the file of an encoder that was taught to
#: see capitals; shape (CASING_COUNT, hidden size).
CASING_EMBEDDINGS = "casings"

_LONG_WORD = re.compile(r"[^\W\d_]{2,}")
# Fewer words than this do not tell a headline from a name.
_MIN_LINE_WORDS = 3
# In a line above this share of capitals, they tell nothing of a single word.
_MAX_CAPITAL_SHARE = 0.6


def casing_ids(text: str, tokens: Tokens) -> Integers:
    """For each token its casing id, 0 to CASING_COUNT - 2; shape (n,)."""
    if not len(tokens):
        return np.zeros(0, np.int64)
    changes = np.flatnonzero(np.diff(tokens.word_ids)) + 1
    firsts = np.concatenate([[0], changes])
    lasts = np.concatenate([changes, [len(tokens)]]) - 1
    starts, ends = tokens.starts[firsts], tokens.ends[lasts]
    shapes = [_word_shape(text[a:b]) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    line_starts, line_kinds = _lines(text)
    lines = np.searchsorted(line_starts, starts, side="right") - 1
    # The tokenizer drops line breaks; a list of names must not look like one long name.
    is_first = np.diff(lines, prepend=-1) > 0
    ids = (np.array(shapes, np.int64) * _LINE_KINDS + line_kinds[lines]) * 2 + is_first
    return np.repeat(ids, lasts - firsts + 1)


def quietly(text: str) -> str:
    """The text with its lines in capitals in small letters; offsets stay.

    A vocabulary knows few words in capitals, and would take two tokens for one.
    """
    return "\n".join(map(_quiet_line, text.split("\n")))


def _quiet_line(line: str) -> str:
    if _line_kind(line) != _SHOUTED:
        return line
    quiet = line.lower()
    # "İ" is two code points in small letters.
    return quiet if len(quiet) == len(line) else line


def _lines(text: str) -> tuple[Integers, Integers]:
    """Where each line begins (code points), and its kind, (n_lines,) each."""
    lines = text.split("\n")
    starts = np.cumsum([0, *(len(line) + 1 for line in lines[:-1])])
    return starts, np.array([_line_kind(line) for line in lines], np.int64)


@lru_cache(maxsize=16_384)
def _word_shape(word: str) -> int:
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
    """0 prose, 1 all capitals, 2 Title Case, 3 without any capital."""
    words = _LONG_WORD.findall(line)
    if len(words) < _MIN_LINE_WORDS:
        return 0
    if sum(word.isupper() for word in words) > _MAX_CAPITAL_SHARE * len(words):
        return _SHOUTED
    title_words = sum(word[0].isupper() for word in words)
    if title_words > _MAX_CAPITAL_SHARE * len(words):
        return 2
    return 0 if title_words else 3
