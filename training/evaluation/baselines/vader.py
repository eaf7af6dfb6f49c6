"""VADER (Hutto and Gilbert 2014), a sentiment lexicon with rules: the vaderSentiment package."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.datasets import label_maps

NAME = "VADER"

# Its README: positive from 0.05, negative to -0.05, neutral between.
_POLAR = 0.05


def compounds(texts: Sequence[str]) -> NDArray[np.float64]:
    """The compound score of each text, -1..1, (n,)."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return np.array([analyzer.polarity_scores(text)["compound"] for text in texts])


def classes(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Class numbers of ``label_maps.POLARITY`` by VADER's own thresholds, (n,)."""
    return np.array([label_maps.POLARITY.index(_label(score)) for score in scores], dtype=np.int64)


def _label(score: float) -> str:
    if score >= _POLAR:
        return "positive"
    return "negative" if score <= -_POLAR else "neutral"
