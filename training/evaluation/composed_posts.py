"""Longer posts built from labelled sentences, since few posts have labels.

A few sentences of one polarity among neutral ones: the post should carry that polarity.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from training.datasets import corpora, label_maps
from training.datasets.corpora import Row

_NEUTRAL = label_maps.POLARITY.index("neutral")
_SETS = ("tweeteval_sentiment", "sst5")


@dataclass(frozen=True, slots=True)
class BuiltPost:
    """Sentences on lines of their own, and the class number they should add up to."""

    text: str
    polarity: int


def built_posts(
    data: Path, polar: int, neutral: int, *, each: int = 150, seed: int = 7
) -> list[BuiltPost]:
    """``each`` posts of every class, from the validation tweets and reviews; seeded."""
    rows = [row for corpus in _SETS for row in corpora.read(data, corpus, "validation")]
    texts, dice = _by_polarity(rows), random.Random(seed)
    return [
        _post(dice, texts, polarity, polar, neutral)
        for polarity in range(len(label_maps.POLARITY))
        for _ in range(each)
    ]


def _by_polarity(rows: Iterable[Row]) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = {}
    for row in rows:
        # One line each, so that a tweet of two lines stays one of the built post's parts.
        texts.setdefault(label_maps.polarity(row), []).append(" ".join(row.text.split()))
    return texts


def _post(
    dice: random.Random, texts: dict[int, list[str]], polarity: int, polar: int, neutral: int
) -> BuiltPost:
    if polarity == _NEUTRAL:
        parts = dice.sample(texts[_NEUTRAL], polar + neutral)
    else:
        parts = dice.sample(texts[polarity], polar) + dice.sample(texts[_NEUTRAL], neutral)
        dice.shuffle(parts)
    return BuiltPost("\n".join(parts), polarity)
