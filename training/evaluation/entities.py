"""How well names are found: tweets, the web, real posts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from deployments.analyzer import Analyzer
from deployments.results import Entities, Entity
from training.datasets import company_posts
from training.datasets.entity_sets import (
    CONLL_LABELS,
    WNUT_LABELS,
    EntityDocument,
    EntitySpan,
    marked_document,
    read_documents,
    read_split,
)
from training.evaluation import metrics, throughput
from training.evaluation.baselines import spacy_small
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet

THREE = ("PERSON", "ORG", "LOC")
FIVE = (*THREE, "PRODUCT", "WORK")
NAMES = (*FIVE, "EVENT")
#: How the label sets are called in the names of the measures.
_TITLES = {THREE: "PERSON, ORG, LOC", FIVE: "five labels", NAMES: "six labels"}

EWT = "uner_english_ewt, held out"
GAIN = "mean gain in F1 over spaCy"
TOGETHER = "the three public sets"


def f1_of(labels: tuple[str, ...]) -> str:
    """The measure's name for these labels."""
    return f"F1, {_TITLES[labels]}"


SHEET = MetricSheet(
    "entities",
    goals={
        f"wnut17 {f1_of(FIVE)}": 0.48,
        f"broad_twitter_corpus {f1_of(THREE)}": 0.70,
        f"{EWT} {f1_of(THREE)}": 0.75,
        f"{company_posts.CORPUS} {f1_of(THREE)}": 0.70,
        f"{company_posts.CORPUS} {f1_of(NAMES)}": 0.70,
        f"{TOGETHER} {GAIN}": 0.20,
    },
)


@dataclass(frozen=True, slots=True)
class EntityPredictions:
    """The names in the texts of a set: the true ones, the analyzer's and spaCy's.

    Attributes:
        truth: the names of each text, n texts.
        entities: the analyzer's, with their scores, of the same texts.
        baseline: spaCy's names; None where it was not run.
    """

    corpus: str
    truth: list[frozenset[EntitySpan]]
    entities: list[tuple[Entity, ...]]
    baseline: list[frozenset[EntitySpan]] | None

    @property
    def spans(self) -> list[frozenset[EntitySpan]]:
        """The analyzer's names without their scores."""
        return [frozenset(map(_span, items)) for items in self.entities]

    def f1(self, labels: tuple[str, ...]) -> MetricRow:
        """F1 over these labels beside spaCy's."""
        baseline = None
        if self.baseline is not None:
            value = metrics.span_f1(self.truth, self.baseline, labels)[2]
            baseline = Baseline(spacy_small.name(), value)
        value = metrics.span_f1(self.truth, self.spans, labels)[2]
        return SHEET.row(self.corpus, len(self.truth), f1_of(labels), value, baseline=baseline)

    def details(self, labels: tuple[str, ...]) -> Iterator[MetricRow]:
        """Precision, recall and what the scores are worth, over these labels."""
        precision, recall, _ = metrics.span_f1(self.truth, self.spans, labels)
        size, title = len(self.truth), _TITLES[labels]
        yield SHEET.row(self.corpus, size, f"precision, {title}", precision)
        yield SHEET.row(self.corpus, size, f"recall, {title}", recall)
        measure = f"calibration error (15 bins, {title})"
        error = self._calibration_error(labels)
        yield SHEET.row(self.corpus, size, measure, error, lower_is_better=True)

    def _calibration_error(self, labels: tuple[str, ...]) -> float | None:
        scored = [
            (item.score, _span(item) in truth)
            for truth, items in zip(self.truth, self.entities, strict=True)
            for item in items
            if item.label in labels
        ]
        if not scored:
            return None
        scores, right = zip(*scored, strict=True)
        return metrics.calibration_error(np.array(scores), np.array(right))


def _span(item: Entity) -> EntitySpan:
    return EntitySpan(item.start, item.end, item.label)


def metric_rows(run: EvaluationRun, analyzer: Analyzer[Entities]) -> Iterator[MetricRow]:
    """Every row of the entities."""
    tweets = _predict_set(run, analyzer, "broad_twitter_corpus", CONLL_LABELS)
    emerging = _predict_set(run, analyzer, "wnut17", WNUT_LABELS)
    web = _predict_web(run, analyzer)
    yield emerging.f1(FIVE)
    sets = (emerging, tweets, web)
    rows = [predictions.f1(THREE) for predictions in sets]
    for row, predictions in zip(rows, sets, strict=True):
        yield row
        yield from predictions.details(THREE)
    yield from _gain(rows)
    yield from _company_posts(run, analyzer)
    yield from throughput.metric_rows(run, analyzer, SHEET)


def _predict_set(
    run: EvaluationRun, analyzer: Analyzer[Entities], corpus: str, labels: Mapping[str, str]
) -> EntityPredictions:
    texts = read_documents(run.data / corpus / "validation.jsonl", labels)
    return _predict(run, analyzer, corpus, texts)


def _predict_web(run: EvaluationRun, analyzer: Analyzer[Entities]) -> EntityPredictions:
    """English EWT comes as one file: the part that training leaves alone."""
    texts = read_split(run.data, "uner_english_ewt", "validation")
    return _predict(run, analyzer, EWT, texts)


def _predict(
    run: EvaluationRun, analyzer: Analyzer[Entities], corpus: str, texts: Sequence[EntityDocument]
) -> EntityPredictions:
    texts = run.sample(corpus, texts)
    results = analyzer.analyze([text.document for text in texts])
    baseline = None
    if run.with_fast_baselines:
        baseline = spacy_small.spans([text.marked.text for text in texts])
    truth = [text.spans for text in texts]
    return EntityPredictions(corpus, truth, [result.items for result in results], baseline)


def _gain(rows: Sequence[MetricRow]) -> Iterator[MetricRow]:
    gains = [
        row.value - row.baseline.value for row in rows if row.value is not None and row.baseline
    ]
    if gains:
        texts = sum(row.texts for row in rows)
        yield SHEET.row(TOGETHER, texts, GAIN, float(np.mean(gains)))


def _company_posts(run: EvaluationRun, analyzer: Analyzer[Entities]) -> Iterator[MetricRow]:
    posts = company_posts.labelled_posts(run.data)
    if not posts:
        missing = company_posts.NO_LABELS
        yield SHEET.row(company_posts.CORPUS, 0, f1_of(NAMES), None, missing=missing)
        return
    texts = [marked_document(post.text, post.entities, NAMES) for post in posts]
    predictions = _predict(run, analyzer, company_posts.CORPUS, texts)
    yield predictions.f1(THREE)
    yield predictions.f1(NAMES)
    yield from predictions.details(NAMES)
