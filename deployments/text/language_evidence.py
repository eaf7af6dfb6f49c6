"""How many words of a text speak for each language: function words, endings, letters.

The languages are those with a folder and their neighbours (:mod:`deployments.languages`). A word
that several of them have speaks for each, so that only what they do not share decides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import cache
from itertools import chain

from deployments.languages.loading import LANGUAGES, neighbours, rules_of
from deployments.languages.rules import DetectionRules, LanguageRules, Words
from deployments.text.function_words import ENGLISH

#: Languages (their codes) by a word, an ending or a letter that they have.
LanguagesBy = Mapping[str, tuple[str, ...]]


def votes(words: Set[str]) -> Counter[str]:
    """How many of these words, in small letters, speak for each language (its code)."""
    by_word = _by_word()
    counts: Counter[str] = Counter()
    for word in words:
        for code in by_word[word] if word in by_word else _by_spelling(word):
            counts[code] += 1
    return counts


def _by_spelling(word: str) -> set[str]:
    """Whom a word in no list speaks for."""
    by_ending, by_letter = _by_ending(), _by_letter()
    ends = (by_ending.get(word[-length:], ()) for length in _ending_lengths())
    letters = (by_letter[letter] for letter in word if letter in by_letter)
    return set(chain(*ends, *letters))


@cache
def _by_word() -> LanguagesBy:
    own = {code: _frequent_words(rules_of(code)) for code in sorted(LANGUAGES)}
    return _inverted(own | {code: _whole_words(n.words) for code, n in neighbours().items()})


@cache
def _by_ending() -> LanguagesBy:
    return _inverted({code: rules.endings for code, rules in _detection().items()})


@cache
def _ending_lengths() -> tuple[int, ...]:
    return tuple({len(ending) for ending in _by_ending()})


@cache
def _by_letter() -> LanguagesBy:
    return _inverted({code: rules.letters for code, rules in _detection().items()})


@cache
def _detection() -> dict[str, DetectionRules]:
    return {code: rules_of(code).detection for code in sorted(LANGUAGES)} | neighbours()


def _inverted(entries: Mapping[str, Iterable[str]]) -> LanguagesBy:
    languages = defaultdict(list)
    for code, words in entries.items():
        for word in words:
            languages[word].append(code)
    return {word: tuple(codes) for word, codes in languages.items()}


def _frequent_words(rules: LanguageRules) -> Words:
    """Stop words, and what opens sentences, lone letters among that ("Y", "W")."""
    openers = frozenset(word for word in rules.sentences.openers if not word.endswith("'"))
    english = ENGLISH if rules.code == "en" else frozenset()
    return _whole_words(rules.stop_words | english) | openers | rules.detection.words


def _whole_words(words: Words) -> Words:
    """Those of two letters or more: a lone letter is an initial, a unit, or what an "l'" leaves."""
    return frozenset(word for word in words if len(word) > 1)
