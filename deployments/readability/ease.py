"""How easy a text is to read, as one number beside the published formulas.

Puts four things that readers find hard on one scale and averages them: long and broken
sentences, unfamiliar words, rare words, and the phrasing of reports (prepositions, abstract
nouns, passives). No weight is fitted: every group counts alike, and a measure's sign is what
the literature says of it. Mean and spread of each measure, which make them comparable, stand in
``models/readability/ease.json`` (``training/ease.py``). It knows words and punctuation only.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from math import log, sqrt
from pathlib import Path
from typing import NamedTuple

import regex

from deployments.readability.dale_chall import is_familiar
from deployments.readability.word_frequency import zipf

SCALES_FILE = Path(__file__).parents[1] / "models" / "readability" / "ease.json"

# A share of different words falls with the length of a text, so it is taken of windows.
_WINDOW_WORDS = 150
# Commoner words ("the", "have", "one") hold sentences together and say nothing of vocabulary.
_CONTENT_BELOW = 5.8
_PREPOSITIONS = frozenset({
    "among", "between", "by", "during", "for", "from", "in", "of", "through", "upon", "with",
    "within",
})  # fmt: skip
_RELATIVES = frozenset(["thereby", "whereby", "wherein", "which", "whom", "whose"])
_BE = frozenset(["are", "be", "been", "being", "is", "was", "were"])
_NOMINAL = regex.compile(r"\w{3,}(?:tion|sion|ment|ity|ance|ence|ness|ism|logy|ship)s?")
_PARTICIPLE = regex.compile(r"\w\w+(?:ed|en)|built|done|found|held|kept|made|paid|sent|told")
CLIP = 3.0  # standard deviations: a measure of a few words may be anywhere
MIDDLE, _STEP = 50.0, 20.0  # of the scale, and points for a standard deviation


class Measures(NamedTuple):
    """What ease is made of; every one but ``frequency`` is higher for harder texts.

    Attributes:
        sentence_length: logarithm of the words in the sentence where the average word stands.
        pauses: square root of commas, colons, semicolons and dashes a sentence.
        unfamiliar: share of the different content words on no Dale-Chall list, 0..1.
        frequency: mean Zipf value of the different content words, 3..5.8.
        prepositions: square root of their share of the words, as of the next three.
        nominalisations: nouns made of verbs and adjectives (-tion, -ment, -ity, ...).
        relatives: which, whose, whereby and the like.
        passives: a form of "be" before a participle.
    """

    sentence_length: float
    pauses: float
    unfamiliar: float
    frequency: float
    prepositions: float
    nominalisations: float
    relatives: float
    passives: float


#: The groups, each of equal weight, and in them each measure: length and load of sentences
#: (Flesch 1948), familiarity (Chall and Dale 1995), frequency (Stenner et al. 1988), and the
#: informational register of Biber (1988), dimension 1.
GROUPS = (
    ("sentence_length", "pauses"),
    ("unfamiliar",),
    ("frequency",),
    ("prepositions", "nominalisations", "relatives", "passives"),
)
_EASIER = frozenset({"frequency"})


@dataclass(frozen=True, slots=True)
class Scales:
    """What makes the measures comparable.

    Attributes:
        mean: of each measure over the reference texts.
        deviation: its standard deviation there.
        spread: standard deviation there of the groups' mean.
        settling_words: of so many words half of what they show is chance; the fewer the words,
            the nearer the score stays to the middle.
    """

    mean: Measures
    deviation: Measures
    spread: float
    settling_words: float


@cache
def scales() -> Scales:
    """The released ones."""
    content = json.loads(SCALES_FILE.read_text(encoding="utf-8"))
    moments = content["measures"]
    return Scales(
        Measures(**{name: moment["mean"] for name, moment in moments.items()}),
        Measures(**{name: moment["deviation"] for name, moment in moments.items()}),
        content["spread"],
        content["settling_words"],
    )


def ease(sentences: Sequence[Sequence[str]], pauses: int) -> float:
    """0 (hard) to 100 (easy); 50 is the average of the reference texts.

    Args:
        sentences: the words of each, as written.
        pauses: commas, colons, semicolons and dashes of the text.
    """
    words = sum(map(len, sentences))
    if not words:
        return MIDDLE
    reference = scales()
    return on_scale(balance(measure(sentences, pauses), reference) / reference.spread, words)


def on_scale(deviations: float, words: int) -> float:
    """0 (hard) to 100 (easy) of a text of so many words.

    Args:
        deviations: from the average of the reference texts, in standard deviations.
        words: of the text.
    """
    # The variance of what n words show is (n + k) / n times that of what is behind it: so
    # divided, short and long texts spread alike, and a word or two say next to nothing.
    shrunk = deviations * sqrt(words / (words + scales().settling_words))
    return min(100.0, max(0.0, MIDDLE + _STEP * shrunk))


def balance(measures: Measures, reference: Scales) -> float:
    """The mean of the groups in standard deviations, easier is higher."""
    scores = {
        name: max(-CLIP, min(CLIP, (value - mean) / deviation)) * (1 if name in _EASIER else -1)
        for name, value, mean, deviation in zip(
            Measures._fields, measures, reference.mean, reference.deviation, strict=True
        )
    }
    return sum(sum(scores[name] for name in group) / len(group) for group in GROUPS) / len(GROUPS)


def measure(sentences: Sequence[Sequence[str]], pauses: int) -> Measures:
    """The measures of a text that has a word."""
    sentences = [sentence for sentence in sentences if sentence]
    words = [_normalize(word) for sentence in sentences for word in sentence]
    total = len(words)
    vocabulary = [_vocabulary(window) for window in _windows(list(_without_names(sentences)))]
    unfamiliar, frequency = (sum(shares) / len(shares) for shares in zip(*vocabulary, strict=True))
    features = [_features(word) for word in words]
    passives = sum(a.be and b.participle for a, b in pairwise(features))
    return Measures(
        log(sum(len(sentence) ** 2 for sentence in sentences) / total),
        sqrt(pauses / len(sentences)),
        unfamiliar,
        frequency,
        sqrt(sum(word.preposition for word in features) / total),
        sqrt(sum(word.nominal for word in features) / total),
        sqrt(sum(word.relative for word in features) / total),
        sqrt(passives / total),
    )


def _without_names(sentences: Sequence[Sequence[str]]) -> Iterator[str]:
    """The words less the names: a capital that the beginning of a sentence does not explain."""
    for sentence in sentences:
        in_capitals = all(map(str.isupper, filter(str.isalpha, sentence)))
        for position, word in enumerate(sentence):
            if position == 0 or in_capitals or not word[0].isupper():
                yield _normalize(word)


def _normalize(word: str) -> str:
    return word.lower().replace("’", "'")


def _windows(words: list[str]) -> list[list[str]]:
    """Neighbouring words of a window's length; a rest of less than half a window goes unread."""
    last = max(1, len(words) - _WINDOW_WORDS // 2)
    return [words[start : start + _WINDOW_WORDS] for start in range(0, last, _WINDOW_WORDS)]


def _vocabulary(words: list[str]) -> tuple[float, float]:
    """Unfamiliar share and mean frequency of the different content words."""
    values = {word: zipf(word) for word in words}
    content = [word for word, value in values.items() if value < _CONTENT_BELOW]
    if not content:
        return 0.0, _CONTENT_BELOW
    unfamiliar = sum(not is_familiar(word) for word in content) / len(content)
    return unfamiliar, sum(values[word] for word in content) / len(content)


class _WordFeatures(NamedTuple):
    preposition: bool
    nominal: bool
    relative: bool
    be: bool
    participle: bool


@lru_cache(maxsize=65_536)
def _features(word: str) -> _WordFeatures:
    return _WordFeatures(
        word in _PREPOSITIONS,
        _NOMINAL.fullmatch(word) is not None,
        word in _RELATIVES,
        word in _BE,
        _PARTICIPLE.fullmatch(word) is not None,
    )
