"""How well the tone is told: emotions, politeness, formality, subjectivity."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.analyzer import Analyzer
from deployments.results import EMOTIONS, Tone
from training.datasets import corpora, label_maps
from training.datasets.corpora import Row
from training.datasets.label_maps import Scale
from training.evaluation import metrics
from training.evaluation.baselines import bag_of_words
from training.evaluation.evaluation_run import Run, documents
from training.evaluation.metric_row import Figure, Sheet, Stock
from training.evaluation.metrics import Array

F1 = "macro F1, thresholds from the other half"

SHEET = Sheet(
    "tone",
    goals={
        f"goemotions {F1}": 0.48,
        "stanford_politeness, outer quarters AUC": 0.90,
        "squinky_formality AUC": 0.90,
        "formality_pavlick_sample1000 Spearman": 0.70,
        "subj accuracy": 0.95,
    },
    references={f"goemotions {F1}": "test: BERT-base 50.3"},
)


@dataclass(frozen=True, slots=True)
class Score:
    """One of the scores 0..1 and the set it is measured on.

    Attributes:
        name: of the score, a field of our result.
        corpus: the set.
        scale: what the stock alternative learns, 0..1; classes are 0 and 1.
        measure: its name, and from scores and truths (n,) to a number.
        classes: whether the labels are two classes.
        outer: whether the middle of the labels is left out, which people disagree on.
    """

    name: str
    corpus: str
    scale: Scale
    measure: tuple[str, Callable[[Array, Array], float]]
    classes: bool = True
    outer: bool = False

    @property
    def title(self) -> str:
        """The set as the table calls it."""
        return f"{self.corpus}, outer quarters" if self.outer else self.corpus

    def keeps(self, row: Row) -> bool:
        """Whether the row is measured on."""
        return not self.outer or row.fields["label"] != "neutral"


def _auc(scores: Array, truth: Array) -> float:
    return metrics.auc(scores, truth > 0.5)


def _accuracy(scores: Array, truth: Array) -> float:
    return metrics.accuracy(scores >= 0.5, truth > 0.5)


_FORMALITY = label_maps.FORMALITY

SCORES = (
    Score(
        "politeness",
        "stanford_politeness",
        label_maps.politeness,
        ("AUC", _auc),
        classes=False,
        outer=True,
    ),
    Score("formality", "squinky_formality", _FORMALITY["squinky_formality"], ("AUC", _auc)),
    Score(
        "formality",
        "formality_pavlick_sample1000",
        _FORMALITY["formality_pavlick_sample1000"],
        ("Spearman", metrics.spearman),
        classes=False,
    ),
    Score("subjectivity", "subj", label_maps.subjectivity, ("accuracy", _accuracy)),
)


def figures(run: Run, analyzer: Analyzer[Tone]) -> Iterator[Figure]:
    """Every figure of the tone."""
    yield from _emotions(run, analyzer)
    for score in SCORES:
        yield _score(run, analyzer, score)


def _emotions(run: Run, analyzer: Analyzer[Tone]) -> Iterator[Figure]:
    rows = run.rows("goemotions")
    tones = _read(analyzer, rows)
    found = np.array([[tone.emotions[name] for name in EMOTIONS] for tone in tones])
    truth = np.array([label_maps.emotions(row) for row in rows], dtype=np.int64)
    at_half = metrics.macro_f1(found >= 0.5, truth)
    yield SHEET.figure("goemotions", len(rows), "macro F1 at 0.5", at_half)
    stock = _stock_emotions(run, rows, truth) if run.slow_stock else None
    yield SHEET.figure("goemotions", len(rows), F1, _two_fold_f1(found, truth), stock=stock)
    error = metrics.calibration_error(found.ravel(), truth.ravel())
    name = "calibration error (15 bins, all labels)"
    yield SHEET.figure("goemotions", len(rows), name, error, lower_is_better=True)


def _two_fold_f1(found: Array, truth: NDArray[np.int64]) -> float:
    """Thresholds from one half, F1 on the other, both ways: none is judged on its own rows."""
    halves = np.arange(len(truth)) % 2 == 0
    hits = np.zeros(found.shape, dtype=bool)
    for half in (halves, ~halves):
        hits[half] = found[half] >= metrics.best_thresholds(found[~half], truth[~half])
    return metrics.macro_f1(hits, truth)


def _stock_emotions(run: Run, rows: Sequence[Row], truth: NDArray[np.int64]) -> Stock:
    known = _known(run, "goemotions", rows)
    labels = np.array([label_maps.emotions(row) for row in known])
    found = bag_of_words.probabilities(_texts(known), labels, _texts(rows))
    return Stock(bag_of_words.CLASSES, _two_fold_f1(found, truth))


def _score(run: Run, analyzer: Analyzer[Tone], score: Score) -> Figure:
    rows = run.rows(score.corpus, keep=score.keeps)
    found = np.array([getattr(tone, score.name) for tone in _read(analyzer, rows)])
    truth = np.array(list(map(score.scale, rows)))
    measure, value = score.measure
    stock = _stock_score(run, score, rows, truth) if run.slow_stock else None
    return SHEET.figure(score.title, len(rows), measure, value(found, truth), stock=stock)


def _stock_score(run: Run, score: Score, rows: Sequence[Row], truth: Array) -> Stock:
    known = _known(run, score.corpus, rows)
    values = np.array(list(map(score.scale, known)))
    if score.classes:
        found = bag_of_words.probabilities(_texts(known), values[:, None], _texts(rows))[:, 0]
        return Stock(bag_of_words.CLASSES, score.measure[1](found, truth))
    found = bag_of_words.scores(_texts(known), values, _texts(rows))
    return Stock(bag_of_words.SCORES, score.measure[1](found, truth))


def _known(run: Run, corpus: str, asked: Sequence[Row]) -> list[Row]:
    """The training split less what is asked: some sets repeat texts across splits."""
    return corpora.without(corpora.read(run.data, corpus, "train"), list(asked))


def _texts(rows: Sequence[Row]) -> list[str]:
    return [row.text for row in rows]


def _read(analyzer: Analyzer[Tone], rows: Sequence[Row]) -> list[Tone]:
    return analyzer.analyze(documents(_texts(rows)))
