"""Put the ease of languages other than English on the scale of English, and write it.

    python -m training.language_ease [--data DIR] [--out FILE]

Takes twenty seconds. Means and spreads are those of the English reference passages of
``training.ease``; how far another language's words lie from the English ones is read off the
word lists, which wordfreq makes of the same kinds of sources in every language. The same data
gives the same file.
"""

import argparse
import json
from collections.abc import Callable
from functools import cache, partial
from math import log
from pathlib import Path

import numpy as np

from deployments.readability.analyzer import words_by_sentence
from deployments.readability.language_ease import (
    CONTENT_BELOW,
    SCALES_FILE,
    LanguageMeasures,
    LanguageScales,
    language_balance,
    language_measures,
)
from deployments.readability.languages import READING_RULES
from deployments.readability.syllables import syllables
from deployments.readability.word_frequency import RAREST_ELSEWHERE, values_in, zipf_values
from deployments.text.document import Document
from training.datasets.folders import public_sets
from training.ease import PASSAGE_WORDS, moments, reference_passages, set_weights
from training.outputs import output_file

# Values are cut to one decimal, so on average they lie half of that higher.
_HALF_BIN = 0.05
_LAST_BINS = 0.2


@cache
def english_values() -> dict[str, float]:
    """The English list, cut where those of the other languages are."""
    return {word: value for word, value in zipf_values().items() if value >= RAREST_ELSEWHERE}


def average_word(
    zipf_values: dict[str, float], syllables: Callable[[str], int], draws: int
) -> LanguageMeasures:
    """The measures of words as mixed prose has them, by a list; that of sentences is zero.

    The words beyond the list's end count as its last fifth of a magnitude does.

    Args:
        zipf_values: the list, cut at :data:`RAREST_ELSEWHERE`.
        syllables: of a word.
        draws: words of a passage, of which the different ones are looked at.
    """
    shares = {word: 10 ** (value + _HALF_BIN - 9) for word, value in zipf_values.items()}
    rare = [word for word, value in zipf_values.items() if value < RAREST_ELSEWHERE + _LAST_BINS]
    beyond = max(0.0, 1 - sum(shares.values()))
    rare_share = beyond / len(rare)
    letters = sum(s * len(w) for w, s in shares.items()) + rare_share * sum(map(len, rare))
    spoken = sum(s * syllables(w) for w, s in shares.items())
    spoken += rare_share * sum(map(syllables, rare))
    seen = {w: 1 - (1 - s) ** draws for w, s in shares.items() if zipf_values[w] < CONTENT_BELOW}
    frequency = sum(zipf_values[w] * chance for w, chance in seen.items())
    frequency += RAREST_ELSEWHERE * beyond * draws
    return LanguageMeasures(
        0.0, log(letters), log(spoken), frequency / (sum(seen.values()) + beyond * draws)
    )


def shift(language: str) -> LanguageMeasures:
    """How far the average word of a language lies from the English one."""
    spoken = READING_RULES[language].spelling.syllables
    other = average_word(values_in(language), spoken, PASSAGE_WORDS)
    english = average_word(english_values(), syllables, PASSAGE_WORDS)
    return LanguageMeasures(*(a - b for a, b in zip(other, english, strict=True)))


def measures_of(text: str) -> LanguageMeasures:
    """The measures of an English text."""
    sentences = [words for words in words_by_sentence(Document.read(text)) if words]
    return language_measures(sentences, syllables, partial(_plain_zipf, english_values()))


def _plain_zipf(values: dict[str, float], word: str) -> float:
    return values.get(word.replace("’", "'"), RAREST_ELSEWHERE)


def fit(texts: dict[str, list[str]]) -> LanguageScales:
    """Moments over the passages, a set counting as one, and every language's shift."""
    rows = np.array([measures_of(text) for each in texts.values() for text in each])
    weights = set_weights(texts)
    mean, deviation = (LanguageMeasures(*moment) for moment in moments(rows, weights))
    shifts = {language: shift(language) for language in READING_RULES}
    scales = LanguageScales(mean, deviation, 1.0, shifts)
    balances = np.array([[language_balance(LanguageMeasures(*row), scales)] for row in rows])
    spread = moments(balances, weights)[1][0]
    return LanguageScales(mean, deviation, spread, shifts)


def as_json(scales: LanguageScales) -> str:
    """The file's text; six digits are more than the measures have."""
    whole = {
        "mean": _rounded(scales.mean),
        "deviation": _rounded(scales.deviation),
        "spread": round(scales.spread, 6),
        "shifts": {language: _rounded(each) for language, each in scales.shifts.items()},
    }
    return json.dumps(whole, indent=1) + "\n"


def _rounded(measures: LanguageMeasures) -> dict[str, float]:
    return {name: round(value, 6) for name, value in measures._asdict().items()}


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=public_sets())
    parser.add_argument("--out", type=output_file, default=SCALES_FILE)
    options = parser.parse_args()
    options.out.write_text(as_json(fit(reference_passages(options.data))), encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
