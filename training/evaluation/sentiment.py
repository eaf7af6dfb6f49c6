"""How well the sentiment is classified: tweets, reviews, business news, built and real posts.

VADER reads the same texts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.analyzer import Analyzer
from deployments.results import Sentiment
from training.datasets import company_posts, corpora, label_maps
from training.evaluation import checks, metrics
from training.evaluation.baselines import vader
from training.evaluation.composed_posts import composed_posts
from training.evaluation.evaluation_run import EvaluationRun, documents
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet

RECALL, F1, ACCURACY = "macro recall", "macro F1", "accuracy"
ERROR = "calibration error (15 bins)"
#: SST with two classes; the probability of positive against that of negative decides.
SST2 = "sst2 (sst5 without neutral)"
POOLED = "tweets, news and reviews together"
SETS = ("tweeteval_sentiment", "financial_phrasebank", "sst5")

SHEET = MetricSheet(
    "sentiment",
    goals={
        f"tweeteval_sentiment {RECALL}": 0.70,
        f"financial_phrasebank {F1}": 0.65,
        f"{SST2} {ACCURACY}": 0.90,
        f"{checks.CORPUS} {checks.MEASURE}": 0.80,
        **{f"{corpus} {ERROR}": 0.03 for corpus in (*SETS, POOLED)},
    },
    references={
        f"tweeteval_sentiment {RECALL}": "test: FastText 62.9, RoBERTa-base 71.3, BERTweet 73.4",
        f"{SST2} {ACCURACY}": "GLUE dev: DistilBERT 91.3",
    },
)

_POSITIVE, _NEUTRAL, _NEGATIVE = map(label_maps.POLARITY.index, ("positive", "neutral", "negative"))
#: Polar and neutral sentences of the composed posts.
_COMPOSITIONS = ((1, 3), (2, 6), (4, 12))


@dataclass(frozen=True, slots=True)
class SentimentPredictions:
    """The polarities of the texts of a set: the true ones, the analyzer's and VADER's.

    Attributes:
        truth: class numbers, (n,).
        probabilities: the analyzer's in the order of ``label_maps.POLARITY``, (n, 3).
        compounds: VADER's scores -1..1, (n,); None where it was not run.
    """

    corpus: str
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    compounds: NDArray[np.float64] | None

    @property
    def classes(self) -> NDArray[np.int64]:
        """The likeliest class numbers, (n,)."""
        classes: NDArray[np.int64] = self.probabilities.argmax(1)
        return classes

    def row(self, name: str, measure: metrics.Measure) -> MetricRow:
        """The measure of the analyzer's classes beside that of VADER's."""
        baseline = None
        if self.compounds is not None:
            value = measure(vader.classes(self.compounds), self.truth)
            baseline = Baseline(vader.NAME, value)
        value = measure(self.classes, self.truth)
        return SHEET.row(self.corpus, len(self.truth), name, value, baseline=baseline)


def metric_rows(run: EvaluationRun, analyzer: Analyzer[Sentiment]) -> Iterator[MetricRow]:
    """Every row of the sentiment but the hand-written checks'."""
    sets = [_predict_set(run, analyzer, corpus) for corpus in SETS]
    for predictions in sets:
        yield predictions.row(RECALL, metrics.macro_recall)
        yield predictions.row(F1, metrics.macro_f1)
        yield _calibration(predictions.corpus, [predictions])
    yield _calibration(POOLED, sets)
    yield _two_classes(sets[SETS.index("sst5")])
    for polar, neutral in _COMPOSITIONS:
        predictions = _predict_composed(run, analyzer, polar, neutral)
        yield predictions.row(RECALL, metrics.macro_recall)
    yield from _company_posts(run, analyzer)


def _predict_set(
    run: EvaluationRun, analyzer: Analyzer[Sentiment], corpus: str
) -> SentimentPredictions:
    texts = run.sample(corpus, corpora.read_unseen(run.data, corpus))
    truth = [label_maps.polarity(text) for text in texts]
    return _predict(run, analyzer, corpus, [text.text for text in texts], truth)


def _predict(
    run: EvaluationRun,
    analyzer: Analyzer[Sentiment],
    name: str,
    texts: Sequence[str],
    truth: list[int],
) -> SentimentPredictions:
    results = analyzer.analyze(documents(texts))
    labels = label_maps.POLARITY
    probabilities = np.array([[getattr(r.scores, label) for label in labels] for r in results])
    compounds = vader.compounds(texts) if run.with_fast_baselines else None
    return SentimentPredictions(name, np.array(truth), probabilities, compounds)


def _calibration(corpus: str, sets: Sequence[SentimentPredictions]) -> MetricRow:
    confidence = np.concatenate([each.probabilities.max(1) for each in sets])
    right = np.concatenate([each.classes == each.truth for each in sets])
    error = metrics.calibration_error(confidence, right)
    return SHEET.row(corpus, len(right), ERROR, error, lower_is_better=True)


def _two_classes(predictions: SentimentPredictions) -> MetricRow:
    polar = predictions.truth != _NEUTRAL
    positive = predictions.truth[polar] == _POSITIVE
    probabilities = predictions.probabilities[polar]
    baseline = None
    if predictions.compounds is not None:
        hits = (predictions.compounds[polar] > 0) == positive
        baseline = Baseline(vader.NAME, float(hits.mean()))
    hits = (probabilities[:, _POSITIVE] > probabilities[:, _NEGATIVE]) == positive
    return SHEET.row(SST2, len(positive), ACCURACY, float(hits.mean()), baseline=baseline)


def _predict_composed(
    run: EvaluationRun, analyzer: Analyzer[Sentiment], polar: int, neutral: int
) -> SentimentPredictions:
    name = f"built posts, {polar} + {neutral} neutral sentences"
    posts = run.sample(name, composed_posts(run.data, polar, neutral, seed=run.seed))
    texts, truth = [post.text for post in posts], [post.polarity for post in posts]
    return _predict(run, analyzer, name, texts, truth)


def _company_posts(run: EvaluationRun, analyzer: Analyzer[Sentiment]) -> Iterator[MetricRow]:
    posts = run.sample(company_posts.CORPUS, company_posts.labelled_posts(run.data))
    if not posts:
        missing = company_posts.NO_LABELS
        yield SHEET.row(company_posts.CORPUS, 0, F1, None, missing=missing)
        return
    texts = [post.text for post in posts]
    truth = [label_maps.POLARITY.index(post.sentiment) for post in posts]
    predictions = _predict(run, analyzer, company_posts.CORPUS, texts, truth)
    yield predictions.row(F1, metrics.macro_f1)
    yield predictions.row(ACCURACY, metrics.accuracy)
