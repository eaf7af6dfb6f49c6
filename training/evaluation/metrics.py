"""The measures of the results table, in plain numpy where that is clearer."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

Array = NDArray[np.floating]
Classes = NDArray[np.integer] | NDArray[np.bool]

#: From predicted and true class numbers (n,) to a number of 0..1.
Measure = Callable[[Classes, Classes], float]

#: Bins of the calibration error, as in Guo et al. 2017.
BINS = 15


def macro_recall(predicted: Classes, truth: Classes) -> float:
    """Mean recall over the classes: TweetEval's measure for sentiment."""
    return float(np.mean([(predicted[truth == c] == c).mean() for c in np.unique(truth)]))


def accuracy(predicted: Classes, truth: Classes) -> float:
    """Share of right classes."""
    return float((predicted == truth).mean())


def macro_f1(predicted: Classes, truth: Classes) -> float:
    """Mean F1 over classes, or over labels where rows have several."""
    return float(f1_score(truth, predicted, average="macro", zero_division=0))


def auc(scores: Array, truth: Classes) -> float:
    """Chance that a positive example scores above a negative one."""
    return float(roc_auc_score(truth, scores))


def pearson(left: Array, right: Array) -> float:
    """Linear correlation, -1..1."""
    return float(np.corrcoef(left, right)[0, 1])


def spearman(left: Array, right: Array) -> float:
    """Rank correlation, ties sharing their mean rank."""
    return pearson(_ranks(left), _ranks(right))


def _ranks(values: Array) -> Array:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Array = (ends - (counts - 1) / 2)[place]
    return ranks


def calibration_error(confidence: Array, correct: Classes) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, by their size (ECE)."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs((confidence[bins == b] - correct[bins == b]).sum()) for b in range(BINS)]
    return float(sum(gaps) / len(confidence))


def best_thresholds(probabilities: Array, truth: Array) -> Array:
    """For each label the threshold with the best F1."""
    grid = np.linspace(0.02, 0.9, 89)
    hits = probabilities[None] >= grid[:, None, None]
    both = (hits * truth[None]).sum(1)
    f1 = 2 * both / np.maximum(hits.sum(1) + truth.sum(0)[None], 1)
    best: Array = grid[f1.argmax(0)]
    return best


def cross_thresholded_f1(probabilities: Array, truth: Array) -> float:
    """Macro F1 with each label's threshold from the other half of the rows, both ways.

    None is judged on its own rows.
    """
    even = np.arange(len(truth)) % 2 == 0
    hits = np.zeros(probabilities.shape, dtype=bool)
    for half in (even, ~even):
        hits[half] = probabilities[half] >= best_thresholds(probabilities[~half], truth[~half])
    return macro_f1(hits, truth.astype(int))
