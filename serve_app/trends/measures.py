"""What can be followed, and how it is made of the numbers that are summed.

Pure: knows neither posts nor a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deployments.results import EMOTIONS
from deployments.tone.dominant import TONE_WORDS
from serve_app.trends.layouts import (
    EASE_UNIT,
    EMOTION_SUMS,
    EMOTION_UNIT,
    LAYOUTS,
    POSTS,
    SCORE_UNIT,
    TERM_KINDS,
    squares,
)
from serve_app.trends.sums import Sums

#: How many units of what is summed are one.
UNITS: Mapping[str, int] = {
    "score": SCORE_UNIT,
    "ease": EASE_UNIT,
    "words": 1,
    **dict.fromkeys(EMOTIONS, EMOTION_UNIT),
}

#: Posts that are neither positive nor negative are not summed: the others tell them.
NEUTRAL = "neutral"
_LABELS = ("positive", NEUTRAL, "negative", "mixed")
#: More than any share or score can tell; as in all answers of the service.
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of the API.

    Attributes:
        kind: of the rows that have its numbers.
        posts: the number of posts that have it.
        counts: further numbers of posts.
        means: numbers of which mean and standard deviation are told.
    """

    kind: str
    posts: str
    counts: tuple[str, ...] = ()
    means: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """All that has to be summed, each once."""
        counts = LAYOUTS[self.kind].counts
        names = [self.posts, *(name for name in self.counts if name != NEUTRAL)]
        names += ["scored"] if NEUTRAL in self.counts else []
        names += [part for name in self.means for part in (name, counts[name], squares(name))]
        return tuple(dict.fromkeys(names))

    @property
    def size(self) -> int:
        """How many numbers an answer has of it in each bucket."""
        return 1 + len(self.counts) + 2 * len(self.means)

    def of_terms(self, kind: str) -> "Measure":
        """The same measure of the posts with a term."""
        return replace(self, kind=kind, counts=tuple(n for n in self.counts if n != "analysed"))


MEASURES: Mapping[str, Measure] = {
    "posts": Measure(POSTS.kind, "posts", counts=("analysed",)),
    "sentiment": Measure(POSTS.kind, "scored", counts=_LABELS, means=("score",)),
    "tone": Measure(POSTS.kind, "toned", counts=TONE_WORDS),
    "emotions": Measure(EMOTION_SUMS.kind, "toned", means=EMOTIONS),
    "ease": Measure(POSTS.kind, "eased", means=("ease",)),
    "words": Measure(POSTS.kind, "counted", means=("words",)),
    **{kind: Measure(kind, "posts", counts=_LABELS, means=("score",)) for kind in TERM_KINDS},
    "share": Measure("entities", "posts", counts=_LABELS, means=("score",)),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told of posts, a number for each bucket; nan where no post tells it.

    Attributes:
        posts: how many have the measure.
        counts, means, deviations: by name; deviations are those of a sample.
    """

    posts: NDArray[np.int64]
    counts: Mapping[str, NDArray[np.int64]]
    means: Mapping[str, NDArray[np.float64]]
    deviations: Mapping[str, NDArray[np.float64]]


def figures(measure: Measure, sums: Sums) -> Figures:
    """What is told of sums, in whatever shape they have."""
    means, deviations = {}, {}
    for name in measure.means:
        count = LAYOUTS[measure.kind].counts[name]
        parts = sums[count], sums[name], sums[squares(name)]
        means[name], deviations[name] = _moments(*parts, UNITS[name])
    counts = {name: _count(name, sums) for name in measure.counts}
    return Figures(sums[measure.posts], counts, means, deviations)


def rounded_ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """The share of a part; nan where there is no whole."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: NDArray[np.float64] = np.where(whole > 0, part / whole, np.nan)
    return np.round(ratio, _DECIMALS)


def _count(name: str, sums: Sums) -> NDArray[np.int64]:
    if name == NEUTRAL:
        return sums["scored"] - sums["positive"] - sums["negative"]
    return sums[name]


def _moments(
    counts: NDArray[np.int64], sums: NDArray[np.int64], of_squares: NDArray[np.int64], unit: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of a sample."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(counts > 0, sums / counts, np.nan)
        variances = np.where(counts > 1, (of_squares - sums * means) / (counts - 1), np.nan)
    # A variance of nearly 0 may come out below it, by rounding.
    deviations = np.sqrt(np.maximum(variances, 0))
    return np.round(means / unit, _DECIMALS), np.round(deviations / unit, _DECIMALS)
