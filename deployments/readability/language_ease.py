"""Ease of texts in languages other than English, on the scale of English ``ease``.

Two halves, as in every formula that was published for these languages: how long the sentences
are, and how hard the words (letters, syllables, rarity, alike). Each measure is put in standard
deviations of English reference texts. Words differ between languages and not only in ease, so
each language's mean is shifted by how far its average word lies from the English one, both
taken of word lists made of the same kinds of sources (``models/readability/ease_languages.json``,
``training/language_ease.py``). Sentences are measured in letters, of which languages need about
as many to say the same, while words differ by a third. Nothing is fitted to a judgement.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from typing import NamedTuple

from deployments.readability.ease import CLIP, MIDDLE, on_scale

SCALES_FILE = Path(__file__).parents[1] / "models" / "readability" / "ease_languages.json"

#: Commoner words hold sentences together and say nothing of vocabulary (Zipf value).
CONTENT_BELOW = 5.8


class LanguageMeasures(NamedTuple):
    """What ease is made of; every one but ``frequency`` is higher for harder texts.

    Attributes:
        sentence_letters: logarithm of the letters in the sentence of the average letter.
        word_letters: logarithm of the letters of the mean word.
        word_syllables: logarithm of its syllables.
        frequency: mean Zipf value of the different content words, 3.5 to 5.8.
    """

    sentence_letters: float
    word_letters: float
    word_syllables: float
    frequency: float


@dataclass(frozen=True, slots=True)
class LanguageScales:
    """What makes the measures comparable.

    Attributes:
        mean: of each measure over English reference passages.
        deviation: its standard deviation there.
        spread: standard deviation there of the two halves' mean.
        shifts: for each language, what is added to the means.
    """

    mean: LanguageMeasures
    deviation: LanguageMeasures
    spread: float
    shifts: dict[str, LanguageMeasures]


@cache
def language_scales() -> LanguageScales:
    """The released ones."""
    content = json.loads(SCALES_FILE.read_text(encoding="utf-8"))
    shifts = {code: LanguageMeasures(**shift) for code, shift in content["shifts"].items()}
    return LanguageScales(
        LanguageMeasures(**content["mean"]),
        LanguageMeasures(**content["deviation"]),
        content["spread"],
        shifts,
    )


def language_ease(
    language: str,
    sentences: Sequence[Sequence[str]],
    syllables: Callable[[str], int],
    zipf: Callable[[str], float],
) -> float:
    """0 (hard) to 100 (easy); 50 is the average of mixed prose of the language.

    Args:
        language: ISO 639-1 code of one of the languages with rules.
        sentences: the words of each, as written.
        syllables: of a word as written.
        zipf: Zipf value of a lower-case word.
    """
    words = sum(map(len, sentences))
    if not words:
        return MIDDLE
    reference = language_scales()
    measures = language_measures(sentences, syllables, zipf)
    return on_scale(language_balance(measures, reference, language) / reference.spread, words)


def language_balance(
    measures: LanguageMeasures, reference: LanguageScales, language: str | None = None
) -> float:
    """The mean of the halves in standard deviations, easier is higher; no language: English."""
    shift = reference.shifts[language] if language else LanguageMeasures(0.0, 0.0, 0.0, 0.0)
    columns = zip(measures, reference.mean, shift, reference.deviation, strict=True)
    sentence, letters, syllables, frequency = (
        max(-CLIP, min(CLIP, (value - mean - moved) / deviation))
        for value, mean, moved, deviation in columns
    )
    return -(sentence + (letters + syllables - frequency) / 3) / 2


def language_measures(
    sentences: Iterable[Sequence[str]],
    syllables: Callable[[str], int],
    zipf: Callable[[str], float],
) -> LanguageMeasures:
    """The measures of a text that has a word."""
    lengths = [[sum(map(str.isalnum, word)) for word in sentence] for sentence in sentences]
    totals = [sum(length) for length in lengths]
    letters, words = max(1, sum(totals)), sum(map(len, lengths))
    spoken = sum(syllables(word) for sentence in sentences for word in sentence)
    different = {word.lower() for sentence in sentences for word in sentence}
    content = [value for value in map(zipf, different) if value < CONTENT_BELOW]
    return LanguageMeasures(
        log(max(1, sum(total * total for total in totals)) / letters),
        log(letters / words),
        log(spoken / words),
        sum(content) / len(content) if content else CONTENT_BELOW,
    )
