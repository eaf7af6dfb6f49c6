"""Longer posts composed from labelled sentences, since few posts have labels.

A few sentences of one polarity among neutral ones: the post should carry that polarity.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from training.datasets import corpora, label_maps
from training.datasets.corpora import LabelledText

_NEUTRAL = label_maps.POLARITY.index("neutral")
_SETS = ("tweeteval_sentiment", "sst5")


@dataclass(frozen=True, slots=True)
class ComposedPost:
    """Sentences on lines of their own, and the class number they should add up to."""

    text: str
    polarity: int


def composed_posts(
    data: Path, polar: int, neutral: int, *, each: int = 150, seed: int = 7
) -> list[ComposedPost]:
    """``each`` posts of every class, from the validation tweets and reviews; seeded."""
    labelled = [text for corpus in _SETS for text in corpora.read_unseen(data, corpus)]
    texts, generator = _by_polarity(labelled), random.Random(seed)
    return [
        _compose(generator, texts, polarity, polar, neutral)
        for polarity in range(len(label_maps.POLARITY))
        for _ in range(each)
    ]


def _by_polarity(labelled: Iterable[LabelledText]) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = {}
    for each in labelled:
        # One line each, so that a tweet of two lines stays one of the composed post's parts.
        texts.setdefault(label_maps.polarity(each), []).append(" ".join(each.text.split()))
    return texts


def _compose(
    generator: random.Random, texts: dict[int, list[str]], polarity: int, polar: int, neutral: int
) -> ComposedPost:
    if polarity == _NEUTRAL:
        parts = generator.sample(texts[_NEUTRAL], polar + neutral)
    else:
        parts = generator.sample(texts[polarity], polar)
        parts += generator.sample(texts[_NEUTRAL], neutral)
        generator.shuffle(parts)
    return ComposedPost("\n".join(parts), polarity)
