"""What a language other than English brings with it, and how texts are read by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from deployments.readability.language_ease import language_ease
from deployments.readability.published import Formula, SpellingCounts, count_spelling
from deployments.readability.spelling import SyllableRules
from deployments.readability.word_frequency import zipf_in

_CACHED_WORDS = 16_384


@dataclass(frozen=True)
class ReadingRules:
    """How texts of a language are read.

    Attributes:
        spelling: how its syllables are told.
        formulas: its published formulas by the field of ``Readability``.
        hardness: the one that tells which sentences are hardest; higher is harder.
    """

    spelling: SyllableRules
    formulas: Mapping[str, Formula]
    hardness: Formula

    @property
    def language(self) -> str:
        """Its ISO 639-1 code."""
        return self.spelling.language

    def count(self, sentences: Sequence[Sequence[str]]) -> SpellingCounts:
        """The counts of a text given as sentences of words as written."""
        return count_spelling(sentences, partial(_syllables, self.spelling))

    def ease(self, sentences: Sequence[Sequence[str]]) -> float:
        """0 (hard) to 100 (easy)."""
        syllables = partial(_syllables, self.spelling)
        return language_ease(self.language, sentences, syllables, partial(zipf_in, self.language))

    def hardness_of(self, sentence: Sequence[str]) -> float:
        """Of one sentence with words, higher is harder."""
        return self.hardness(self.count([sentence]))


@lru_cache(maxsize=_CACHED_WORDS)
def _syllables(spelling: SyllableRules, word: str) -> int:
    return spelling.syllables(word)
