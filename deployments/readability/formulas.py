"""The published readability formulas, and the counts that they are made of.

Takes words as written, sentence by sentence; knows no document and no offsets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

from deployments.readability.dale_chall import is_familiar
from deployments.readability.syllables import syllables


@dataclass(frozen=True, slots=True)
class TextCounts:
    """What the formulas are made of.

    Attributes:
        letters: letters and digits of the words.
        polysyllables: words of three syllables and more (SMOG).
        complex: those that Gunning's rules leave (fog).
        unfamiliar: words that are on no Dale-Chall list.
    """

    words: int
    sentences: int
    syllables: int
    letters: int
    polysyllables: int
    complex: int
    unfamiliar: int


class _WordCounts(NamedTuple):
    """What one word adds to :class:`TextCounts`, in the order of its fields."""

    syllables: int
    letters: int
    polysyllable: bool
    complex: bool
    unfamiliar: bool


def count(sentences: Sequence[Sequence[str]]) -> TextCounts:
    """The counts of a text given as sentences of words as written."""
    word_counts = [
        _count_word(word, position == 0)
        for sentence in sentences
        for position, word in enumerate(sentence)
    ]
    totals = map(sum, zip(*word_counts, strict=True)) if word_counts else [0] * 5
    return TextCounts(len(word_counts), sum(map(bool, sentences)), *totals)


@lru_cache(maxsize=65_536)
def _count_word(word: str, opens_sentence: bool) -> _WordCounts:
    syllable_count = syllables(word)
    # A capital that the beginning of a sentence does not explain makes a name, which neither
    # Gunning nor Dale and Chall count as hard.
    is_name = word[0].isupper() and not opens_sentence
    return _WordCounts(
        syllable_count,
        letters=sum(map(str.isalnum, word)),
        polysyllable=syllable_count >= 3,
        complex=syllable_count >= 3 and not is_name and not _is_gunning_exception(word),
        unfamiliar=not is_name and not is_familiar(word.lower()),
    )


def _is_gunning_exception(word: str) -> bool:
    """Gunning's exceptions: compounds of easy words, and -es or -ed as the third syllable."""
    parts = word.replace("‑", "-").split("-")
    if len(parts) > 1:
        return all(syllables(part) < 3 for part in parts if part)
    return word.endswith(("es", "ed")) and syllables(word) == 3 > syllables(word[:-2])


def flesch_reading_ease(c: TextCounts) -> float:
    """Flesch (1948), A new readability yardstick, J. Applied Psychology 32(3): 0 hard, 100 easy."""
    return 206.835 - 1.015 * c.words / c.sentences - 84.6 * c.syllables / c.words


def flesch_kincaid_grade(c: TextCounts) -> float:
    """Kincaid, Fishburne, Rogers and Chissom (1975), Research Branch Report 8-75."""
    return 0.39 * c.words / c.sentences + 11.8 * c.syllables / c.words - 15.59


def gunning_fog(c: TextCounts) -> float:
    """Gunning (1952), The Technique of Clear Writing."""
    return 0.4 * (c.words / c.sentences + 100 * c.complex / c.words)


def smog(c: TextCounts) -> float:
    """McLaughlin (1969), SMOG grading, J. of Reading 12(8), its regression equation.

    Made for 30 sentences; shorter texts are extrapolated to 30, as is usual, and the fewer
    they have the coarser the grade.
    """
    return 1.0430 * sqrt(30 * c.polysyllables / c.sentences) + 3.1291


def coleman_liau(c: TextCounts) -> float:
    """Coleman and Liau (1975), J. of Applied Psychology 60(2); letters include digits."""
    return 0.0588 * 100 * c.letters / c.words - 0.296 * 100 * c.sentences / c.words - 15.8


def automated_readability(c: TextCounts) -> float:
    """Smith and Senter (1967), AMRL-TR-66-220; strokes are the letters and digits of words."""
    return 4.71 * c.letters / c.words + 0.5 * c.words / c.sentences - 21.43


def dale_chall_score(c: TextCounts) -> float:
    """Dale and Chall (1948), adjusted, over the word list of Chall and Dale (1995).

    A raw score: 4.9 and less is grade 4, 9 to 9.9 college, 10 and more graduate.
    """
    difficult_percent = 100 * c.unfamiliar / c.words
    adjustment = 3.6365 if difficult_percent > 5 else 0.0
    return 0.1579 * difficult_percent + 0.0496 * c.words / c.sentences + adjustment


#: The formulas that give US school years; their median is the ``grade`` of a post.
GRADE_FORMULAS = (flesch_kincaid_grade, gunning_fog, smog, coleman_liau, automated_readability)
