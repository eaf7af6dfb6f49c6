"""Readability: the published formulas and ``ease`` over the prose of a post.

Words, sentences, letters and syllables of the prose are counted and nothing else: hashtags,
mentions, links and emoji are no words, a hashtag in the middle of a sentence is skipped, a
list item is a sentence, list markers are not read, styled letters count as the letters they
stand for. It knows no model but the word lists of ``syllables``, ``dale_chall`` and
``word_frequency``.

English, and a text whose language cannot be told, has the English formulas; nine languages
have their own (:mod:`deployments.readability.languages`); every other language that parts its
words has counts, reading time and its longest sentences.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from pydantic import Field

from deployments.analyzer import EveryLanguageBut
from deployments.config import AnalysisConfig
from deployments.readability import dale_chall, language_ease, word_frequency
from deployments.readability.ease import SCALES_FILE, ease, scales
from deployments.readability.formulas import (
    GRADE_FORMULAS,
    TextCounts,
    automated_readability,
    coleman_liau,
    count,
    dale_chall_score,
    flesch_kincaid_grade,
    flesch_reading_ease,
    gunning_fog,
    smog,
)
from deployments.readability.languages import READING_RULES
from deployments.readability.published import inflesz
from deployments.readability.reading_rules import ReadingRules
from deployments.readability.syllables import dictionary_file, syllables_by_word
from deployments.results import HardSentence, Model, Readability
from deployments.rounding import rounded
from deployments.text.document import Document
from deployments.text.markup import JOINER
from deployments.word_list import read_word_list, word_set

# Raised with every change of a formula or of a counting rule.
_RULES_VERSION = "5"
# Signs that break a sentence, where they stand right after a word.
_PAUSES = frozenset(",;:—")
# "und" is a text too short or too odd to tell: read as English.
_READ_AS_ENGLISH = frozenset({"en", "und"})
# Written without a space between words: Chinese and its kin, Japanese, Thai, Lao, Khmer, Burmese,
# Tibetan, Dzongkha. To count words there takes a dictionary.
_WORDS_NOT_PARTED = word_set("zh yue wuu ja th lo km my bo dz")
# Letters of the average word that the speed of reading English non-fiction was measured on.
_ENGLISH_WORD_LETTERS = 4.6

#: How hard a sentence is: from its words to a number, higher is harder.
Hardness = Callable[[Sequence[str]], float]


class ReadabilityConfig(AnalysisConfig):
    """How readability is computed.

    Attributes:
        words_per_minute: silent reading of English non-fiction, 238 by Brysbaert (2019),
            "How many words do we read per minute?", Journal of Memory and Language 109. Of
            other languages as many letters are read in the time: 14 of 17 are read at one speed
            by letters, and not by words (Trauzettel-Klosinski and Dietz 2012, Investigative
            Ophthalmology & Visual Science 53(9)).
        hardest: how many of the hardest sentences an answer names.
        hardest_min_words: shorter sentences are never among them: of few words a grade says
            nothing.
    """

    words_per_minute: float = Field(default=238.0, gt=0, description="silent reading")
    hardest: int = Field(default=3, ge=0, description="sentences named as hardest")
    hardest_min_words: int = Field(default=8, ge=1, description="shorter ones are never among them")


class ReadabilityAnalyzer:
    """Readability of documents; needs no model, only word lists and rules of spelling."""

    name = "readability"
    languages = EveryLanguageBut(_WORDS_NOT_PARTED, "that put spaces between their words")
    main_language_only = True  # a formula is of one language

    def __init__(self, config: ReadabilityConfig) -> None:
        """Load the English lists, which the first request would wait for otherwise."""
        syllables_by_word(), dale_chall.familiar_words(), word_frequency.zipf_values(), scales()
        self.config = config
        self.model = Model("formulas", _version(config))

    def analyze(self, documents: Sequence[Document]) -> list[Readability]:
        """One result for each document, in order; a text without words gives zeros."""
        return [self._readability(document) for document in documents]

    def _readability(self, document: Document) -> Readability:
        sentences = list(words_by_sentence(document))
        language = document.language.code
        if language in _READ_AS_ENGLISH:
            return self._english(document, sentences)
        words = [word for sentence in sentences for word in sentence]
        rules = READING_RULES.get(language) if words else None
        return Readability(
            **(_values_by_rules(rules, sentences) if rules else {}),
            words=len(words),
            sentences=sum(map(bool, sentences)),
            reading_time_s=self._reading_time_s(sum(map(len, words)) / _ENGLISH_WORD_LETTERS),
            hardest_sentences=tuple(
                HardSentence(start, end)
                for start, end, _ in self._hardest(document, sentences, _hardness(rules))
            ),
            covered=document.full_span,
        )

    def _english(self, document: Document, sentences: list[list[str]]) -> Readability:
        counts = count(sentences)
        if not counts.words:
            return _without_words(document)
        hardest = self._hardest(document, sentences, _grade)
        return Readability(
            ease=rounded(ease(sentences, pauses(document))),
            **_formula_values(counts),
            words=counts.words,
            sentences=counts.sentences,
            syllables=counts.syllables,
            reading_time_s=self._reading_time_s(counts.words),
            hardest_sentences=tuple(
                HardSentence(start, end, rounded(grade)) for start, end, grade in hardest
            ),
            covered=document.full_span,
        )

    def _reading_time_s(self, english_words: float) -> float:
        return rounded(60 * english_words / self.config.words_per_minute)

    def _hardest(
        self, document: Document, sentences: list[list[str]], hardness: Hardness
    ) -> list[tuple[int, int, float]]:
        """Start, end and hardness of the longer sentences, hardest first."""
        ranked = [
            (span.start, span.end, hardness(words))
            for span, words in zip(document.sentences, sentences, strict=True)
            if len(words) >= self.config.hardest_min_words
        ]
        ranked.sort(key=lambda sentence: (-sentence[2], sentence[0]))
        return ranked[: self.config.hardest]


def _grade(words: Sequence[str]) -> float:
    return flesch_kincaid_grade(count([words]))


def _hardness(rules: ReadingRules | None) -> Hardness:
    """By the language's own formula; of a language without one, the words tell."""
    return rules.hardness_of if rules else len


def _values_by_rules(rules: ReadingRules, sentences: list[list[str]]) -> dict[str, Any]:
    """``ease``, ``syllables`` and the language's formulas, by the field of ``Readability``."""
    counts = rules.count(sentences)
    values: dict[str, Any] = {"syllables": counts.syllables, "ease": rounded(rules.ease(sentences))}
    values |= {name: rounded(formula(counts)) for name, formula in rules.formulas.items()}
    if "szigriszt_pazos" in values:
        values["inflesz"] = inflesz(values["szigriszt_pazos"])
    return values


def _formula_values(counts: TextCounts) -> dict[str, Any]:
    """The value of every published formula and ``grade``, by the field of ``Readability``."""
    values = {
        "flesch_reading_ease": flesch_reading_ease(counts),
        "flesch_kincaid_grade": flesch_kincaid_grade(counts),
        "gunning_fog": gunning_fog(counts),
        "smog": smog(counts),
        "coleman_liau": coleman_liau(counts),
        "automated_readability": automated_readability(counts),
        "dale_chall": dale_chall_score(counts),
        "grade": max(0.0, median(formula(counts) for formula in GRADE_FORMULAS)),
    }
    return {name: rounded(value) for name, value in values.items()}


def _without_words(document: Document) -> Readability:
    """Zeros, and the middle of the scale of ease."""
    zeros: dict[str, Any] = dict.fromkeys((formula.__name__ for formula in GRADE_FORMULAS), 0.0)
    return Readability(
        ease=ease([], 0),
        **zeros,
        flesch_reading_ease=0.0,
        dale_chall=0.0,
        grade=0.0,
        words=0,
        sentences=0,
        syllables=0,
        reading_time_s=0.0,
        hardest_sentences=(),
        covered=document.full_span,
    )


def words_by_sentence(document: Document) -> Iterator[list[str]]:
    """The words of each sentence, as written; list markers belong to none."""
    words, next_word = document.words, 0
    for sentence in document.sentences:
        surfaces: list[str] = []
        while next_word < len(words) and words[next_word].start < sentence.end:
            word = words[next_word]
            if word.start >= sentence.start:
                surfaces.append(document.plain[word.start : word.end].replace(JOINER, ""))
            next_word += 1
        yield surfaces


def pauses(document: Document) -> int:
    """How many commas, colons, semicolons and dashes the prose has."""
    return sum(document.plain[word.end : word.end + 1] in _PAUSES for word in document.words)


def _version(config: ReadabilityConfig) -> str:
    """SHA-256 of all that an answer depends on; of the word lists the words, not the comments."""
    version = hashlib.sha256(f"{_RULES_VERSION} {config.model_dump_json()}".encode())
    frequencies = map(word_frequency.list_file, READING_RULES)
    for path in (dale_chall.WORD_LIST_FILE, word_frequency.WORD_LIST_FILE, *frequencies):
        version.update(_words_only(path))
    for path in (SCALES_FILE, language_ease.SCALES_FILE, dictionary_file()):
        version.update(path.read_bytes())
    return version.hexdigest()


def _words_only(path: Path) -> bytes:
    return "\n".join(read_word_list(path)).encode()
