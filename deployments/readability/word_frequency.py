"""How common words are: English ones, and those of nine other languages.

Holds the Zipf values in ``models/readability`` and the rules by which a word that is not among
them has the value of another. It knows single lower-case words, and no sentence. A list is read
when the first text of its language comes.
"""

from functools import cache, lru_cache
from pathlib import Path

from deployments.readability.dale_chall import base_forms
from deployments.word_list import read_word_list

_FOLDER = Path(__file__).parents[1] / "models" / "readability"
WORD_LIST_FILE = _FOLDER / "word_frequency.txt"

#: Where the list ends, and the value of every word beyond: once in a million words.
RAREST = 3.0
#: Where the lists of the other languages end: three times in a million words. So each takes a
#: few MB of memory, and a third of the English one on disk.
RAREST_ELSEWHERE = 3.5
_FIGURES = 4.5  # figures are read at sight; neither common nor rare
_SHORTEST_BASE = 3


@cache
def zipf_values() -> dict[str, float]:
    """The English list: word to Zipf value, log10 of its occurrences in a billion words."""
    return _read(WORD_LIST_FILE)


def list_file(language: str) -> Path:
    """Where the list of a language other than English lies."""
    return _FOLDER / f"word_frequency_{language}.txt"


@cache
def values_in(language: str) -> dict[str, float]:
    """The list of another language."""
    return _read(list_file(language))


def _read(file: Path) -> dict[str, float]:
    lines = (line.split() for line in read_word_list(file))
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


@lru_cache(maxsize=65_536)
def zipf_in(language: str, word: str) -> float:
    """Zipf value of a lower-case word of a language other than English, 3.5 (rare) to about 7.7.

    Only the word as it stands: inflections are rarer than their base, which is so in the texts
    that they are compared with, too. An elided article ("l'équipe") is left off, and what stands
    between hyphens counts as its rarest part.
    """
    word = word.replace("’", "'").replace("‑", "-")
    if word[0].isdigit():
        return _FIGURES
    values = values_in(language)
    parts = [part for part in word.rpartition("'")[2].split("-") if part]
    return values.get(word) or min(
        (values.get(part, RAREST_ELSEWHERE) for part in parts), default=RAREST_ELSEWHERE
    )
