"""How well the tone is measured: emotions, politeness, formality, subjectivity."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.analyzer import Analyzer
from deployments.results import EMOTIONS, Tone
from training.datasets import corpora, label_maps
from training.datasets.corpora import LabelledText
from training.datasets.label_maps import Scale
from training.evaluation import metrics
from training.evaluation.baselines import bag_of_words
from training.evaluation.evaluation_run import EvaluationRun, documents
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet
from training.evaluation.metrics import Array

F1 = "macro F1, thresholds from the other half"

SHEET = MetricSheet(
    "tone",
    goals={
        f"goemotions {F1}": 0.48,
        "stanford_politeness, outer quarters AUC": 0.88,
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

    def keeps(self, text: LabelledText) -> bool:
        """Whether the text is measured on."""
        return not self.outer or text.fields["label"] != "neutral"


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


def metric_rows(run: EvaluationRun, analyzer: Analyzer[Tone]) -> Iterator[MetricRow]:
    """Every row of the tone."""
    yield from _emotions(run, analyzer)
    for score in SCORES:
        yield _score(run, analyzer, score)


def _emotions(run: EvaluationRun, analyzer: Analyzer[Tone]) -> Iterator[MetricRow]:
    texts = run.texts("goemotions")
    tones = _analyze(analyzer, texts)
    probabilities = np.array([[tone.emotions[name] for name in EMOTIONS] for tone in tones])
    truth = np.array([label_maps.emotions(text) for text in texts], dtype=np.int64)
    at_half = metrics.macro_f1(probabilities >= 0.5, truth)
    yield SHEET.row("goemotions", len(texts), "macro F1 at 0.5", at_half)
    baseline = _emotions_baseline(run, texts, truth) if run.with_slow_baselines else None
    value = metrics.cross_thresholded_f1(probabilities, truth)
    yield SHEET.row("goemotions", len(texts), F1, value, baseline=baseline)
    error = metrics.calibration_error(probabilities.ravel(), truth.ravel())
    measure = "calibration error (15 bins, all labels)"
    yield SHEET.row("goemotions", len(texts), measure, error, lower_is_better=True)


def _emotions_baseline(
    run: EvaluationRun, texts: Sequence[LabelledText], truth: NDArray[np.int64]
) -> Baseline:
    training = _training_texts(run, "goemotions", texts)
    labels = np.array([label_maps.emotions(text) for text in training])
    probabilities = bag_of_words.probabilities(_strings(training), labels, _strings(texts))
    return Baseline(bag_of_words.CLASSES, metrics.cross_thresholded_f1(probabilities, truth))


def _score(run: EvaluationRun, analyzer: Analyzer[Tone], score: Score) -> MetricRow:
    texts = run.texts(score.corpus, keep=score.keeps)
    scores = np.array([getattr(tone, score.name) for tone in _analyze(analyzer, texts)])
    truth = np.array(list(map(score.scale, texts)))
    measure, value_of = score.measure
    baseline = _score_baseline(run, score, texts, truth) if run.with_slow_baselines else None
    value = value_of(scores, truth)
    return SHEET.row(score.title, len(texts), measure, value, baseline=baseline)


def _score_baseline(
    run: EvaluationRun, score: Score, texts: Sequence[LabelledText], truth: Array
) -> Baseline:
    training = _training_texts(run, score.corpus, texts)
    values = np.array(list(map(score.scale, training)))
    _, value_of = score.measure
    if score.classes:
        labels = values[:, None]
        columns = bag_of_words.probabilities(_strings(training), labels, _strings(texts))
        return Baseline(bag_of_words.CLASSES, value_of(columns[:, 0], truth))
    scores = bag_of_words.scores(_strings(training), values, _strings(texts))
    return Baseline(bag_of_words.SCORES, value_of(scores, truth))


def _training_texts(
    run: EvaluationRun, corpus: str, measured: Sequence[LabelledText]
) -> list[LabelledText]:
    """The training split less what is measured on: some sets repeat texts across splits."""
    return corpora.without(corpora.read(run.data, corpus, "train"), list(measured))


def _strings(texts: Sequence[LabelledText]) -> list[str]:
    return [text.text for text in texts]


def _analyze(analyzer: Analyzer[Tone], texts: Sequence[LabelledText]) -> list[Tone]:
    return analyzer.analyze(documents(_strings(texts)))
