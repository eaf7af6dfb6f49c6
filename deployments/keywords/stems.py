"""When two phrases name one thing: the words of one, stemmed, are among those of the other.

Pure text: knows no model.
"""

from functools import lru_cache

import regex
from snowballstemmer import stemmer
from snowballstemmer.english_stemmer import EnglishStemmer

#: The normalized words of a phrase: equal keys, equal phrase.
PhraseKey = tuple[str, ...]

# "Optimise" and "optimize" are one word; the stemmer knows the American spelling.
_BRITISH = regex.compile(
    r"(?<=..[a-z])is(?=(?:e|ed|es|ing|ation|er)$)|(?<=al)ys(?=(?:e|ed|es|ing)$)"
)
# Snowball's algorithms by language; "dutch" is Kraaij and Pohlmann's.
_ALGORITHMS = {
    "da": "danish", "de": "german", "es": "spanish", "fr": "french", "it": "italian",
    "nl": "dutch", "pl": "polish", "pt": "portuguese", "sv": "swedish",
}  # fmt: skip


def phrase_stems(key: PhraseKey, code: str = "en") -> frozenset[str]:
    """The stems of a phrase's normalized words, without their order.

    Args:
        key: the phrase's.
        code: its language; of all but English the normalized words are stems.
    """
    return frozenset(key if code in _ALGORITHMS else map(_english_stem, key))


def near_duplicates(left: PhraseKey, right: PhraseKey, code: str = "en") -> bool:
    """Whether the words of one phrase are among those of the other, whatever their endings."""
    one, other = phrase_stems(left, code), phrase_stems(right, code)
    return one <= other or other <= one


@lru_cache(maxsize=20_000)
def stem(word: str, code: str) -> str:
    """The stem of a word in small letters by Snowball's rules for a language."""
    # One of its own each time: a stemmer holds the word that it works on, and threads share this.
    return str(stemmer(_ALGORITHMS[code]).stemWord(word))


@lru_cache(maxsize=20_000)
def _english_stem(word: str) -> str:
    """The stem by Snowball's English rules (Porter2)."""
    american = _BRITISH.sub(lambda match: match[0].replace("s", "z"), word)
    return str(EnglishStemmer().stemWord(american))
