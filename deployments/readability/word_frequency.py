"""How common English words are.

Holds the Zipf values in ``models/readability`` and the rules by which a word that is not among
them has the value of another. It knows single lower-case words, and no sentence.
"""

from functools import cache, lru_cache
from pathlib import Path

from deployments.readability.dale_chall import base_forms
from deployments.word_list import read_word_list

WORD_LIST_FILE = Path(__file__).parents[1] / "models" / "readability" / "word_frequency.txt"

#: Where the list ends, and the value of every word beyond: once in a million words.
RAREST = 3.0
_FIGURES = 4.5  # figures are read at sight; neither common nor rare
_SHORTEST_BASE = 3


@cache
def zipf_values() -> dict[str, float]:
    """The list itself: word to Zipf value, log10 of its occurrences in a billion words."""
    lines = (line.split() for line in read_word_list(WORD_LIST_FILE))
    return {word: float(value) for value, *words in lines for word in words}


@lru_cache(maxsize=65_536)
def zipf(word: str) -> float:
    """Zipf value of a lower-case word, 3 (rare) to 7.7 ("the").

    An inflection is as common as its commonest base: who knows "walk" can read "walks". What
    stands between hyphens counts as its rarest part.
    """
    word = word.replace("’", "'").replace("‑", "-")
    if word[0].isdigit():
        return _FIGURES
    bases = [base for base in base_forms(word) if len(base) >= _SHORTEST_BASE]
    value = max(zipf_values().get(spelling, RAREST) for spelling in (word, *bases))
    if "-" in word and value == RAREST:
        return min((zipf(part) for part in word.split("-") if part), default=RAREST)
    return value
