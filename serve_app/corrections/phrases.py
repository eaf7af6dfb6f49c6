"""Many phrases found in a text in one pass, where they stand by themselves.

A phrase stands by itself where its neighbours are no part of a word. What a hyphen, a slash, a dot
or the like ties to another word belongs to that: "Shell" is neither in "Shells" nor in
"Shell-Tankstelle", "shell.com" or "Shell/BP". Postgres' text search parts words likewise, so its
index finds all posts that a phrase can be in (:mod:`serve_app.corrections.candidates`).

Knows strings alone.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from ahocorasick_rs import AhoCorasick

#: A phrase may end within so many others at most, itself included ("zone", "war zone"): it is
#: how often a single place in a text may have to be looked at.
MAX_NESTED = 20

#: All white space but the blank (str.isspace); replacing each is quicker than one expression.
_SPACES = (
    "\n\t\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_ASCII_SPACES = _SPACES[:9]
#: Tie what is behind them to what is before them, if that is a letter or digit.
_TIES_ONLY = "-./\\@_:~&=?%+#"
_TIES = frozenset(_TIES_ONLY)
#: Begin a path, a tag or an entity of HTML, and tie what is behind them whatever is before.
_OPENERS = frozenset("/\\~<&")
#: Belong to the word before them: "C++", "C#".
_SUFFIXES = frozenset("+#")
#: What holds one of these reads as the name of a file or host, which goes on through the others.
_IN_NAMES = frozenset("-./\\@_:~")
_BEHIND_NAMES = frozenset("-/\\@:~")
#: Signs without room that part words: a blank of no width, a byte order mark, directions.
_APART = frozenset("\u200b\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: How far back the beginning of such a name is looked for.
_NAME_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as it is compared: ``key`` is what :func:`phrase_key` gives."""

    key: str
    match_case: bool

    @classmethod
    def of(cls, text: str, *, match_case: bool) -> "Phrase":
        """The phrase that somebody wrote."""
        return cls(phrase_key(text, match_case=match_case), match_case)

    @property
    def folded_key(self) -> str:
        """Its key where case makes no difference."""
        return folded(self.key)


#: A phrase, and where it stands: ``text[start:end]``.
Occurrence = tuple[Phrase, int, int]


def readable(text: str) -> str:
    """``text`` with every white space as a blank and every apostrophe straight; same length."""
    for space in _ASCII_SPACES if text.isascii() else _SPACES:
        text = text.replace(space, " ")
    return text.replace("\u2019", "'")


def folded(text: str) -> str:
    """``text`` in lower case, sign for sign; same length."""
    lower = text.lower()
    if len(lower) != len(text):  # "İ" becomes two
        lower = "".join(map(_lower_sign, text))
    return lower.replace("ς", "σ")


def phrase_key(phrase: str, *, match_case: bool) -> str:
    """A phrase as it is compared: equal keys are one phrase."""
    key = " ".join(phrase.replace("\u2019", "'").split())
    return key if match_case else folded(key)


class PhraseFinder:
    """Finds phrases, by the Aho-Corasick algorithm: linear in the text, however many there are."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        phrases = sorted(set(phrases), key=lambda phrase: phrase.key)
        self._exact = _Automaton([phrase for phrase in phrases if phrase.match_case])
        self._any_case = _Automaton([phrase for phrase in phrases if not phrase.match_case])

    @property
    def nested(self) -> int:
        """How many phrases end at one place at most."""
        return self._exact.nested() + self._any_case.nested()

    def find(self, text: str) -> list[Occurrence]:
        """Where the phrases stand by themselves, in no order.

        Args:
            text: as :func:`readable` gives it.
        """
        found = self._exact.occurrences(text)
        if self._any_case.phrases:
            found += self._any_case.occurrences(folded(text))
        return [each for each in found if _stands_by_itself(text, each[1], each[2])]


class _Automaton:
    """Phrases that are compared alike."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self.phrases = phrases
        self._automaton = AhoCorasick([phrase.key for phrase in phrases])

    def occurrences(self, text: str) -> list[Occurrence]:
        """Wherever the phrases are written, be it within a word."""
        if not self.phrases:
            return []
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return [(self.phrases[number], start, end) for number, start, end in found]

    def nested(self) -> int:
        """How many of the phrases end with the end of one of them at most."""
        depths = (
            sum(end == len(phrase.key) for _, _, end in self.occurrences(phrase.key))
            for phrase in self.phrases
        )
        return max(chain([0], depths))


def _stands_by_itself(text: str, start: int, end: int) -> bool:
    return not (_goes_on_before(text, start) or _goes_on_behind(text, start, end))


def _goes_on_before(text: str, start: int) -> bool:
    """Whether what begins here is the rest of a longer word."""
    if not start or text[start - 1] == " ":
        return False
    before = text[start - 1]
    if _is_word_sign(before) or before in _OPENERS:
        return True
    if before in "+-" and text[start].isdigit():
        return True
    name = text[max(0, start - _NAME_CHARACTERS) : start].rpartition(" ")[2]
    if "." in name.partition("/")[0] and "/" in name:
        return True  # the path behind a host
    return before in _TIES and _ends_tied(name)


def _ends_tied(name: str) -> bool:
    """Whether what comes behind a word and the signs at its end still belongs to the word."""
    word = name.rstrip(_TIES_ONLY)
    if not word or not _is_word_sign(word[-1]):
        return not _OPENERS.isdisjoint(name[len(word) :])
    if len(name) - len(word) == 1:
        return True
    return not (_IN_NAMES - {"-"}).isdisjoint(name[:-1])


def _goes_on_behind(text: str, start: int, end: int) -> bool:
    """Whether what ends here is the beginning of a longer word."""
    if end == len(text):
        return False
    behind = text[end]
    if behind == "_" or _is_word_sign(behind):
        return True
    if behind in _SUFFIXES and _is_word_sign(text[end - 1]):
        return True
    if "&" in text[start:end] and ";" in text[end : end + _NAME_CHARACTERS].partition(" ")[0]:
        return True  # an entity of HTML, to Postgres: "R&D;"
    if behind not in _TIES:
        return False
    if behind in _BEHIND_NAMES and not _IN_NAMES.isdisjoint(text[start:end]):
        return True
    beyond = text[end + 1 : end + 2]
    if beyond == "_" or _is_word_sign(beyond):
        return True
    return beyond == "/" if behind == ":" else behind in _OPENERS and beyond not in ("", " ")


def _is_word_sign(sign: str) -> bool:
    if sign.isalnum():
        return True
    if len(sign) != 1 or sign <= "\u00ac":
        return False
    # Marks belong to the letter before them, and signs that take no room stand within words.
    return unicodedata.category(sign) in ("Mn", "Mc", "Me", "Cf") and sign not in _APART


def _lower_sign(sign: str) -> str:
    lower = sign.lower()
    return lower if len(lower) == 1 else sign
