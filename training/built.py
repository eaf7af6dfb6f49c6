"""Longer posts built from labelled sentences, since no set of posts has labels.

A few sentences of one polarity among neutral ones: the post should carry that polarity.
"""

import random
from dataclasses import dataclass

from training import corpora, targets
from training.command import Job

_NEUTRAL = targets.POLARITY.index("neutral")


@dataclass(frozen=True, slots=True)
class BuiltPost:
    """Sentences on lines of their own, and the class number they should add up to."""

    text: str
    polarity: int


def built_posts(asked: Job, polar: int, neutral: int, *, each: int = 150) -> list[BuiltPost]:
    """``each`` posts of every class, from the validation tweets and reviews; seeded."""
    rows = [
        row
        for corpus in ("tweeteval_sentiment", "sst5")
        for row in corpora.read(asked.data, corpus, "validation")
    ]
    texts: dict[int, list[str]] = {}
    for row in rows:
        # One line each, so that a tweet of two lines stays one of the built post's parts.
        texts.setdefault(targets.polarity(row), []).append(" ".join(row.text.split()))
    dice = random.Random(asked.seed)
    return [
        _post(dice, texts, polarity, polar, neutral)
        for polarity in range(len(targets.POLARITY))
        for _ in range(each)
    ]


def _post(
    dice: random.Random, texts: dict[int, list[str]], polarity: int, polar: int, neutral: int
) -> BuiltPost:
    if polarity == _NEUTRAL:
        parts = dice.sample(texts[_NEUTRAL], polar + neutral)
    else:
        parts = dice.sample(texts[polarity], polar) + dice.sample(texts[_NEUTRAL], neutral)
        dice.shuffle(parts)
    return BuiltPost("\n".join(parts), polarity)
