"""The familiar words of the New Dale-Chall formula; all others it calls unfamiliar.

Holds the list in ``models/readability`` and the rules by which its regular inflections are
familiar too (Dale and Chall 1948, "A formula for predicting readability: Instructions";
Chall and Dale 1995). It knows single lower-case words, and no sentence.
"""

from functools import cache, lru_cache
from pathlib import Path

from deployments.word_list import read_word_list

WORD_LIST_FILE = Path(__file__).parents[1] / "models" / "readability" / "dale_chall_words.txt"

# Ending of the inflected word, what stands there in the listed one. Without knowledge of parts
# of speech the -er of a listed verb ("builder") counts as that of an adjective ("longer").
_ENDINGS = (
    ("'s", ""), ("s'", "s"), ("s", ""), ("es", ""), ("ies", "y"),
    ("d", ""), ("ed", ""), ("ied", "y"), ("ing", ""), ("ing", "e"), ("n't", ""),
    ("r", ""), ("er", ""), ("ier", "y"), ("st", ""), ("est", ""), ("iest", "y"), ("ly", ""),
)  # fmt: skip
# After these a listed word may have its last letter doubled: "stop", "stopped".
_DOUBLING_ENDINGS = ("ed", "ing", "er", "est")


@cache
def familiar_words() -> frozenset[str]:
    """The list itself, without the dots of its abbreviations."""
    return frozenset(word.rstrip(".") for word in read_word_list(WORD_LIST_FILE))


@lru_cache(maxsize=65_536)
def is_familiar(word: str) -> bool:
    """Whether a lower-case word, its figures, or every part between hyphens is familiar."""
    word = word.replace("’", "'").replace("‑", "-")
    if word in familiar_words() or word[0].isdigit():
        return True
    if "-" in word:
        return all(is_familiar(part) for part in word.split("-") if part)
    return any(base in familiar_words() for base in base_forms(word))


def base_forms(word: str) -> list[str]:
    """What a lower-case word may be a regular inflection of; most of these are no words."""
    stems = [word[: -len(ending)] + base for ending, base in _ENDINGS if word.endswith(ending)]
    undoubled = [
        stem[:-1]
        for stem in (word[: -len(ending)] for ending in _DOUBLING_ENDINGS if word.endswith(ending))
        if stem[-1:] == stem[-2:-1] != ""
    ]
    return stems + undoubled
