"""Words of key phrases: which of them a phrase may hold, and what they are normalized to.

Pure text: knows stop words, plurals and finite verbs, no model.
"""

from functools import cache
from pathlib import Path

from deployments.languages.loading import rules_of, stop_words_file
from deployments.word_list import read_word_list, word_set

#: Words that no key phrase holds; a part of what an answer depends on.
STOP_WORDS_FILE = stop_words_file("en")
#: Words that are a finite verb behind a name; likewise.
FINITE_VERBS_FILE = Path(__file__).parents[1] / "models" / "keywords" / "finite_verbs.txt"

# Participles that follow a name more often than a verb of these letters does.
_PARTICIPLES = word_set(
    "associated automated based collected enhanced limited located named powered related sponsored "
    "tuned united"
)

#: The normalized words of a phrase: equal keys, equal phrase.
PhraseKey = tuple[str, ...]


def is_content_word(word: str) -> bool:
    """Whether a key phrase may hold the word: no stop word, adverb, number or lone letter."""
    low = word.lower().replace("’", "'")
    is_stop_word = low in stop_words() or low.removesuffix("'s") in stop_words()
    if len(word) < 2 or is_stop_word or low.endswith("ly"):
        return False
    return word.isalpha() or any(c.isalpha() for c in word)


def normalize_phrase(surface: str) -> PhraseKey:
    """The words of a phrase without case, plural, possessive and hyphens."""
    opened = surface.lower().replace("’", "'").replace("-", " ").replace("‑", " ")
    return tuple(_singular(word.removesuffix("'s")) for word in opened.split())


def _singular(word: str) -> str:
    """The regular English plurals; "business", "analysis" and "status" are none."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("zzes"):
        return word[:-3]
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def stop_words() -> frozenset[str]:
    """The stop words of English."""
    return rules_of("en").stop_words


def is_finite_verb(word: str) -> bool:
    """Whether the word, in small letters, is a finite verb where it stands behind a name.

    Of words in "-ed" 93 of 100 are, by the tagger of en_core_web_sm in the texts of the list.
    """
    in_ed = word.endswith("ed") and len(word) > 4 and not word.endswith("eed")
    return word in finite_verbs() or (in_ed and word.islower() and word not in _PARTICIPLES)


@cache
def finite_verbs() -> frozenset[str]:
    """The words of ``models/keywords/finite_verbs.txt``."""
    return frozenset(read_word_list(FINITE_VERBS_FILE))
