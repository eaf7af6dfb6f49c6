"""How a network does on each set: quick measures, to choose between fits.

What the released encoder is judged by is ``python -m training.evaluate``, through the service's own
rules.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from training.encoder.fit.predictions import Predictions
from training.encoder.fit.sets import ANY_TAG, NOT_JUDGED, Curriculum, PackedSets, Task

Array = NDArray[np.floating]
# The labels that every set of names has.
_LABELS = frozenset({"PERSON", "ORG", "LOC"})
# Of a scale, these outer shares are told from each other.
_BOTTOM, _TOP = 0.25, 0.75

#: First and last token of a name in a text, and its label.
Name = tuple[int, int, str]


def scores(predictions: Predictions, sets: PackedSets, curriculum: Curriculum) -> dict[str, float]:
    """A number of 0..1 for each set and what it teaches; more is better."""
    found: dict[str, float] = {}
    for name in sets.names:
        for measure, value in _of_set(name, predictions, sets, curriculum):
            found[f"{name}: {measure}"] = value
    return found


def _of_set(
    name: str, predictions: Predictions, sets: PackedSets, curriculum: Curriculum
) -> Iterator[tuple[str, float]]:
    rows = sets.rows_of(name)
    spans = _ranges(sets.span_starts.cpu().numpy()[rows], sets.span_counts.cpu().numpy()[rows])
    for task in curriculum.tasks:
        targets = sets.targets[task.name]
        taught = spans[targets.weights.cpu().numpy()[spans] > 0]
        if len(taught):
            truth = targets.values.cpu().numpy()[taught].astype(np.float32)
            yield _of_task(task, predictions.logits[task.name][taught], truth)
    tokens = _ranges(sets.starts.cpu().numpy()[rows], sets.sizes[rows])
    keys = sets.keys.cpu().numpy()[tokens]
    if (judged := keys != NOT_JUDGED).any():
        yield "key phrases, AUC", auc(predictions.keys[tokens][judged], keys[judged] == 1)
    if (sets.tags.cpu().numpy()[tokens] != ANY_TAG).any():
        yield "names, F1", _names_f1(rows, predictions, sets, curriculum.tags)


def _ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """All numbers of the ranges from ``starts``, of so many numbers each."""
    return np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())


def _of_task(task: Task, logits: Array, truth: Array) -> tuple[str, float]:
    if task.kind == "classes":
        return f"{task.name}, macro recall", macro_recall(logits.argmax(1), truth[:, 0])
    if len(task.outputs) == 1:
        return f"{task.name}, AUC of the outer quarters", _outer_auc(logits[:, 0], truth[:, 0])
    return f"{task.name}, AUC", _mean_auc(logits, truth > 0.5)


def macro_recall(classes: NDArray[np.int64], truth: Array) -> float:
    """Mean share of right answers over the classes."""
    return float(np.mean([(classes[truth == each] == each).mean() for each in np.unique(truth)]))


def auc(values: Array, truth: NDArray[np.bool_]) -> float:
    """Chance that a positive example scores above a negative one; 0.5 without either."""
    positives, negatives = truth.sum(), (~truth).sum()
    if not (positives and negatives):
        return 0.5
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = np.arange(1, len(values) + 1)
    wins = ranks[truth].sum() - positives * (positives + 1) / 2
    return float(wins / (positives * negatives))


def _outer_auc(values: Array, truth: Array) -> float:
    bottom, top = np.quantile(truth, (_BOTTOM, _TOP))
    is_top, is_bottom = truth >= top, truth <= bottom
    outer = is_top != is_bottom
    return auc(values[outer], is_top[outer])


def _mean_auc(logits: Array, truth: NDArray[np.bool_]) -> float:
    both = truth.any(0) & ~truth.all(0)
    return float(np.mean([auc(*pair) for pair in zip(logits.T[both], truth.T[both], strict=True)]))


def _names_f1(
    rows: NDArray[np.int64], predictions: Predictions, sets: PackedSets, tags: Sequence[str]
) -> float:
    right = size = 0
    starts, allowed = sets.starts.cpu().numpy()[rows], sets.tags.cpu().numpy()
    for start, end in zip(starts, starts + sets.sizes[rows], strict=True):
        judged = np.flatnonzero(allowed[start:end] != ANY_TAG) + start
        truth = _names([_first_tag(bits, tags) for bits in allowed[judged]])
        found = _names([tags[number] for number in predictions.tags[judged]])
        right += 2 * len(truth & found)
        size += len(truth) + len(found)
    return right / max(1, size)


def _first_tag(bits: int, tags: Sequence[str]) -> str:
    return next(tag for number, tag in enumerate(tags) if bits >> number & 1)


def _names(tags: Sequence[str]) -> set[Name]:
    """The names in a sequence of BIO tags, of the labels that every set has."""
    names, first = set(), None
    for number, tag in enumerate([*tags, "O"]):
        if first is not None and not tag.startswith("I"):
            names.add((first, number, tags[first][2:]))
            first = None
        if tag != "O" and first is None:
            first = number
    return {name for name in names if name[2] in _LABELS}
