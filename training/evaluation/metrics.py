"""The measures of the results table, in plain numpy where that is clearer.

Knows classes, scores, spans and phrases; nothing of sets or models.
"""

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

Array = NDArray[np.floating]
Classes = NDArray[np.integer] | NDArray[np.bool]
#: Code point offsets ``start``, ``end`` and a label.
LabelledSpan = tuple[int, int, str]

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


def best_thresholds(probabilities: Array, truth: Array | Classes) -> Array:
    """For each label the threshold with the best F1."""
    grid = np.linspace(0.02, 0.9, 89)
    hits = probabilities[None] >= grid[:, None, None]
    both = (hits * truth[None]).sum(1)
    f1 = 2 * both / np.maximum(hits.sum(1) + truth.sum(0)[None], 1)
    best: Array = grid[f1.argmax(0)]
    return best


def cross_thresholded_f1(probabilities: Array, truth: Array | Classes) -> float:
    """Macro F1 with each label's threshold from the other half of the rows, both ways.

    None is judged on its own rows.
    """
    even = np.arange(len(truth)) % 2 == 0
    hits = np.zeros(probabilities.shape, dtype=bool)
    for half in (even, ~even):
        hits[half] = probabilities[half] >= best_thresholds(probabilities[~half], truth[~half])
    return macro_f1(hits, truth.astype(int))


def span_f1(
    truth: Sequence[Collection[LabelledSpan]],
    predicted: Sequence[Collection[LabelledSpan]],
    labels: Collection[str],
) -> tuple[float, float, float]:
    """Micro precision, recall and F1 over the given labels; span and label must be equal.

    Args:
        truth: the spans of each text, n texts.
        predicted: those to judge, of the same texts.
        labels: spans with others count nowhere.
    """
    pairs = [
        (_with(labels, gold), _with(labels, spans))
        for gold, spans in zip(truth, predicted, strict=True)
    ]
    right = sum(len(gold & spans) for gold, spans in pairs)
    gold_size = sum(len(gold) for gold, _ in pairs)
    size = sum(len(spans) for _, spans in pairs)
    return (
        right / max(1, size),
        right / max(1, gold_size),
        2 * right / max(1, gold_size + size),
    )


def _with(labels: Collection[str], spans: Collection[LabelledSpan]) -> set[LabelledSpan]:
    return {span for span in spans if span[2] in labels}


def keyphrase_f1(
    truth: Sequence[frozenset[str]], phrases: Sequence[Sequence[str]], most: int
) -> float:
    """Micro F1 of the first ``most`` different phrases of each text; equal phrases match.

    Every key phrase counts for recall, also those that the text does not hold.

    Args:
        truth: the key phrases of each text, n texts.
        phrases: those to judge, best first.
        most: how many of them count.
    """
    right = size = 0
    for keyphrases, candidates in zip(truth, phrases, strict=True):
        first = list(dict.fromkeys(candidates))[:most]
        right += len(keyphrases.intersection(first))
        size += len(first) + len(keyphrases)
    return 2 * right / max(1, size)
