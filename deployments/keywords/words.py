"""Words of key phrases: which of them a phrase may hold, and what they are normalized to.

Pure text: knows a language's lists, plurals and stems, no model. A language without a folder is
read as English.
"""

from functools import cache, lru_cache
from pathlib import Path

from deployments.keywords.stems import PhraseKey, stem
from deployments.languages.loading import LANGUAGES, language_files, rules_of
from deployments.languages.rules import LanguageRules, Words
from deployments.word_list import read_word_list, word_set

# Words that are a finite verb behind a name.
_FINITE_VERBS_FILE = Path(__file__).parents[1] / "models" / "keywords" / "finite_verbs.txt"
#: Every list that an answer depends on.
WORD_LISTS = (*language_files(), _FINITE_VERBS_FILE)

# Participles that follow a name more often than a verb of these letters does.
_PARTICIPLES = word_set(
    "associated automated based collected enhanced limited located named powered related sponsored "
    "tuned united"
)


_OPENED = str.maketrans({"’": "'", "-": " ", "‑": " "})


def reads_as_english(code: str) -> bool:
    """Whether a language is English or has no rules of its own."""
    return code == "en" or code not in LANGUAGES


@lru_cache(maxsize=20_000)
def is_content_word(word: str, code: str = "en") -> bool:
    """Whether a key phrase may hold the word: no stop word, adverb, number or lone letter.

    Nor a verb in other languages than English, whose nouns and verbs have one form.
    """
    rules = rules_of(code)
    low = word.lower().replace("’", "'")
    if len(word) < 2 or _is_no_content(low, rules):
        return False
    # "Clemente" and "Ramos" are names, whatever "rápidamente" and "llegamos" are.
    if low.endswith(rules.phrases.endings) and (word.islower() or rules.code == "en"):
        return False
    return word.isalpha() or any(c.isalpha() for c in word)


def _is_no_content(low: str, rules: LanguageRules) -> bool:
    if rules.code == "en":
        return low in rules.stop_words or low.removesuffix("'s") in rules.stop_words
    return low in _no_content(rules.code)


@cache
def _no_content(code: str) -> Words:
    """All words that no phrase of a language holds but by their endings; months among them."""
    rules = rules_of(code)
    lists = (rules.phrases.no_content, rules.phrases.elisions, rules.greetings)
    return rules.stop_words.union(*lists, rules.dates.months, rules.dates.weekdays)


def elision_length(word: str, code: str) -> int:
    """How long the beginning of a word is that is a word of its own: "l'" of "l'entreprise"."""
    end = word.replace("’", "'").find("'") + 1
    elided = word[:end].lower().replace("’", "'") in rules_of(code).phrases.elisions
    return end if elided and end < len(word) else 0


def normalize_phrase(surface: str, code: str = "en") -> PhraseKey:
    """The words of a phrase without case, inflection and hyphens.

    Of English without plural and possessive; of other languages the stems of its content words.
    """
    words = surface.lower().translate(_OPENED).split()
    if reads_as_english(code):
        return tuple(map(_english_word, words))
    stems = [_stem_of_content(word, code) for word in words]
    return tuple(filter(None, stems)) or tuple(stem(word, code) for word in words)


@lru_cache(maxsize=20_000)
def _stem_of_content(word: str, code: str) -> str:
    """The stem of a word without its elided beginning; empty for a stop word."""
    content = word[elision_length(word, code) :]
    return "" if content in rules_of(code).stop_words else stem(content, code)


@lru_cache(maxsize=20_000)
def _english_word(word: str) -> str:
    return _singular(word.removesuffix("'s"))


def _singular(word: str) -> str:
    """The regular English plurals; "business", "analysis" and "status" are none."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("zzes"):
        return word[:-3]
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def is_finite_verb(word: str) -> bool:
    """Whether the English word, in small letters, is a finite verb where it is behind a name.

    Of words in "-ed" 93 of 100 are, by the tagger of en_core_web_sm in the texts of the list.
    """
    in_ed = word.endswith("ed") and len(word) > 4 and not word.endswith("eed")
    return word in finite_verbs() or (in_ed and word.islower() and word not in _PARTICIPLES)


@cache
def finite_verbs() -> frozenset[str]:
    """The words of ``models/keywords/finite_verbs.txt``."""
    return frozenset(read_word_list(_FINITE_VERBS_FILE))
