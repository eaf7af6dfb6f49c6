"""Readability: the published formulas and ``ease`` over the prose of a post.

Words, sentences, letters and syllables of the prose are counted and nothing else: hashtags,
mentions, links and emoji are no words, a hashtag in the middle of a sentence is skipped, a
list item is a sentence, list markers are not read, styled letters count as the letters they
stand for. It knows no model but the word lists of ``syllables``, ``dale_chall`` and
``word_frequency``.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from pydantic import Field

from deployments.config import Config
from deployments.readability import dale_chall, word_frequency
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
from deployments.readability.syllables import dictionary_file, syllables_by_word
from deployments.results import HardSentence, Model, Readability
from deployments.rounding import rounded
from deployments.text.document import Document
from deployments.text.markup import JOINER
from deployments.word_list import read_word_list

# Raised with every change of a formula or of a counting rule.
_RULES_VERSION = "3"
# Signs that break a sentence, where they stand right after a word.
_PAUSES = frozenset(",;:—")


class ReadabilityConfig(Config):
    """How readability is computed.

    Attributes:
        words_per_minute: silent reading of English non-fiction, 238 by Brysbaert (2019),
            "How many words do we read per minute?", Journal of Memory and Language 109.
        hardest: how many of the hardest sentences an answer names.
        hardest_min_words: shorter sentences are never among them: of few words a grade says
            nothing.
    """

    words_per_minute: float = Field(default=238.0, gt=0, description="silent reading")
    hardest: int = Field(default=3, ge=0, description="sentences named as hardest")
    hardest_min_words: int = Field(default=8, ge=1, description="shorter ones are never among them")


class ReadabilityAnalyzer:
    """Readability of English documents; needs no model, only the two word lists."""

    name = "readability"
    languages = frozenset({"en"})

    def __init__(self, config: ReadabilityConfig) -> None:
        """Load the word lists, which the first request would wait for otherwise."""
        syllables_by_word(), dale_chall.familiar_words(), word_frequency.zipf_values(), scales()
        self.config = config
        self.model = Model("formulas", _version(config))

    def analyze(self, documents: Sequence[Document]) -> list[Readability]:
        """One result for each document, in order; a text without words gives zeros."""
        return [self._readability(document) for document in documents]

    def _readability(self, document: Document) -> Readability:
        sentences = list(words_by_sentence(document))
        counts = count(sentences)
        if not counts.words:
            return _without_words(document)
        return Readability(
            ease=rounded(ease(sentences, pauses(document))),
            **_formula_values(counts),
            words=counts.words,
            sentences=counts.sentences,
            syllables=counts.syllables,
            reading_time_s=rounded(60 * counts.words / self.config.words_per_minute),
            hardest_sentences=self._hardest(document, sentences),
            covered=document.full_span,
        )

    def _hardest(self, document: Document, sentences: list[list[str]]) -> tuple[HardSentence, ...]:
        """The longer sentences of the highest Flesch-Kincaid grade, hardest first."""
        graded = [
            HardSentence(span.start, span.end, rounded(flesch_kincaid_grade(count([words]))))
            for span, words in zip(document.sentences, sentences, strict=True)
            if len(words) >= self.config.hardest_min_words
        ]
        graded.sort(key=lambda sentence: (-sentence.grade, sentence.start))
        return tuple(graded[: self.config.hardest])


def _formula_values(counts: TextCounts) -> dict[str, float]:
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
    return Readability(
        *(ease([], 0), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 0, 0, 0, 0.0, (),
        document.full_span,
    )  # fmt: skip


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
    for path in (dale_chall.WORD_LIST_FILE, word_frequency.WORD_LIST_FILE):
        version.update(_words_only(path))
    version.update(SCALES_FILE.read_bytes())
    version.update(dictionary_file().read_bytes())
    return version.hexdigest()


def _words_only(path: Path) -> bytes:
    return "\n".join(read_word_list(path)).encode()
