"""How well the sentiment is classified in each language: tweets, and posts written for it."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from deployments.analyzer import Analyzer
from deployments.results import Language, Sentiment
from training.datasets import corpora, label_maps, posts_by_language
from training.datasets.sources import read_manifest
from training.evaluation import metrics
from training.evaluation.baselines import lexicons
from training.evaluation.evaluation_run import EvaluationRun, documents
from training.evaluation.metric_row import MEAN, Baseline, MetricRow, MetricSheet, row_key

TWEETS, POSTS = "xlmt_sentiment", "posts_by_language"
RECALL, ACCURACY = "macro recall", "accuracy"
#: The languages that the goals speak of: English has sets of its own.
OTHERS = ("es", "pt", "fr", "de", "it")

SHEET = MetricSheet(
    "sentiment",
    goals={
        **{row_key(TWEETS, RECALL, code): 0.65 for code in OTHERS},
        row_key(TWEETS, RECALL, MEAN): 0.69,
    },
    references={row_key(TWEETS, RECALL, MEAN): "test: XLM-R of all languages 70.2"},
)


def metric_rows(run: EvaluationRun, analyzer: Analyzer[Sentiment]) -> Iterator[MetricRow]:
    """Every row of the sentiment by language."""
    tweets = [
        _tweets(run, analyzer, code) for code in read_manifest()[TWEETS].languages("validation")
    ]
    yield from tweets
    yield _mean(tweets)
    for code in posts_by_language.languages():
        yield _posts(run, analyzer, code)


def _tweets(run: EvaluationRun, analyzer: Analyzer[Sentiment], code: str) -> MetricRow:
    texts = run.sample(TWEETS, corpora.read(run.data, TWEETS, "validation", language=code))
    truth = np.array([label_maps.polarity(text) for text in texts])
    strings = [text.text for text in texts]
    return _row(run, TWEETS, code, RECALL, strings, truth, _classes(analyzer, strings, code))


def _posts(run: EvaluationRun, analyzer: Analyzer[Sentiment], code: str) -> MetricRow:
    posts = posts_by_language.read_language(code, split="validation")
    truth = np.array([post.polarity for post in posts])
    strings = [post.document.text for post in posts]
    return _row(run, POSTS, code, ACCURACY, strings, truth, _classes(analyzer, strings, code))


def _classes(analyzer: Analyzer[Sentiment], texts: Sequence[str], code: str) -> NDArray[np.int64]:
    results = analyzer.analyze(documents(texts, Language(code, 1.0)))
    return np.array([label_maps.POLARITY.index(result.label) for result in results])


def _row(
    run: EvaluationRun,
    corpus: str,
    code: str,
    measure: str,
    texts: Sequence[str],
    truth: NDArray[np.int64],
    classes: NDArray[np.int64],
) -> MetricRow:
    value_of = metrics.macro_recall if measure == RECALL else metrics.accuracy
    baseline = None
    if run.with_slow_baselines:
        baseline = Baseline(lexicons.NAME, value_of(lexicons.classes(texts, code), truth))
    value = value_of(classes, truth)
    return SHEET.row(corpus, len(texts), measure, value, baseline=baseline, language=code)


def _mean(rows: Sequence[MetricRow]) -> MetricRow:
    """Over the languages that the goals speak of."""
    others = [row for row in rows if row.language in OTHERS and row.value is not None]
    baselines = [row.baseline for row in others if row.baseline]
    baseline = None
    if baselines:
        baseline = Baseline(baselines[0].name, float(np.mean([each.value for each in baselines])))
    value = float(np.mean([row.value for row in others]))
    texts = sum(row.texts for row in others)
    return SHEET.row(TWEETS, texts, RECALL, value, baseline=baseline, language=MEAN)
