"""When two phrases name one thing: the words of one, stemmed, are among those of the other.

Pure text: knows no model.
"""

from functools import lru_cache

import regex
from snowballstemmer.english_stemmer import EnglishStemmer

from deployments.keywords.words import PhraseKey

# "Optimise" and "optimize" are one word; the stemmer knows the American spelling.
_BRITISH = regex.compile(
    r"(?<=..[a-z])is(?=(?:e|ed|es|ing|ation|er)$)|(?<=al)ys(?=(?:e|ed|es|ing)$)"
)


def phrase_stems(key: PhraseKey) -> frozenset[str]:
    """The stems of a phrase's normalized words, without their order."""
    return frozenset(map(_stem, key))


def near_duplicates(left: PhraseKey, right: PhraseKey) -> bool:
    """Whether the words of one phrase are among those of the other, whatever their endings."""
    one, other = phrase_stems(left), phrase_stems(right)
    return one <= other or other <= one


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    """The stem by Snowball's English rules (Porter2)."""
    american = _BRITISH.sub(lambda match: match[0].replace("s", "z"), word)
    # One of its own each time: a stemmer holds the word that it works on, and threads share this.
    return str(EnglishStemmer().stemWord(american))
