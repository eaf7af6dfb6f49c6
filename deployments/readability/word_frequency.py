"""How common English words are.

Holds the Zipf values in ``models/readability`` and the rules by which a word that is not among
them has the value of another. It knows single lower-case words, and no sentence.
"""

from functools import cache, lru_cache
from pathlib import Path

from deployments.readability.dale_chall import bases

WORD_LIST = Path(__file__).parents[1] / "models" / "readability" / "word_frequency.txt"

#: Where the list ends, and the value of every word beyond: once in a million words.
RAREST = 3.0
_FIGURES = 4.5  # figures are read at sight; neither common nor rare
_SHORTEST_BASE = 3


@cache
def listed() -> dict[str, float]:
    """The list itself: word to Zipf value, log10 of its occurrences in a billion words."""
    lines = WORD_LIST.read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return {word: float(value) for value, *words in rows for word in words}


@lru_cache(maxsize=65_536)
def zipf(word: str) -> float:
    """Zipf value of a lower-case word, 3 (rare) to 7.7 ("the").

    An inflection is as common as its commonest base: who knows "walk" can read "walks". What
    stands between hyphens counts as its rarest part.
    """
    word = word.replace("’", "'").replace("‑", "-")
    if word[0].isdigit():
        return _FIGURES
    found = [listed().get(word, RAREST)]
    found += [listed().get(base, RAREST) for base in bases(word) if len(base) >= _SHORTEST_BASE]
    if "-" in word and max(found) == RAREST:
        return min((zipf(part) for part in word.split("-") if part), default=RAREST)
    return max(found)
