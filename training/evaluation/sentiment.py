"""How well the sentiment is told: tweets, reviews, business news, built and real posts.

VADER reads the same texts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.analyzer import Analyzer
from deployments.results import Sentiment
from training.datasets import company_posts, label_maps
from training.datasets.corpora import Row
from training.evaluation import checks, metrics
from training.evaluation.baselines import vader
from training.evaluation.composed_posts import built_posts
from training.evaluation.evaluation_run import Run, documents
from training.evaluation.metric_row import Figure, Sheet, Stock

RECALL, F1, ACCURACY = "macro recall", "macro F1", "accuracy"
ERROR = "calibration error (15 bins)"
#: SST with two classes; the probability of positive against that of negative decides.
SST2 = "sst2 (sst5 without neutral)"
POOLED = "tweets, news and reviews together"
SETS = ("tweeteval_sentiment", "financial_phrasebank", "sst5")

SHEET = Sheet(
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
#: Polar and neutral sentences of the built posts.
_BUILT = ((1, 3), (2, 6), (4, 12))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in the texts of a set.

    Attributes:
        truth: class numbers, (n,).
        shares: our probabilities in the order of ``label_maps.POLARITY``, (n, 3).
        compounds: VADER's scores -1..1, (n,); None where it was not run.
    """

    corpus: str
    truth: NDArray[np.int64]
    shares: NDArray[np.float64]
    compounds: NDArray[np.float64] | None

    @property
    def best(self) -> NDArray[np.int64]:
        """Our class numbers, (n,)."""
        best: NDArray[np.int64] = self.shares.argmax(1)
        return best

    def figure(self, name: str, measure: metrics.Measure) -> Figure:
        """The measure of our classes beside that of VADER's."""
        stock = None
        if self.compounds is not None:
            stock = Stock(vader.NAME, measure(vader.classes(self.compounds), self.truth))
        ours = measure(self.best, self.truth)
        return SHEET.figure(self.corpus, len(self.truth), name, ours, stock=stock)


def figures(run: Run, analyzer: Analyzer[Sentiment]) -> Iterator[Figure]:
    """Every figure of the sentiment but the hand-written checks'."""
    readings = [_set(run, analyzer, corpus) for corpus in SETS]
    for reading in readings:
        yield reading.figure(RECALL, metrics.macro_recall)
        yield reading.figure(F1, metrics.macro_f1)
        yield _calibration(reading.corpus, [reading])
    yield _calibration(POOLED, readings)
    yield _two_classes(readings[SETS.index("sst5")])
    for polar, neutral in _BUILT:
        yield _built(run, analyzer, polar, neutral).figure(RECALL, metrics.macro_recall)
    yield from _company_posts(run, analyzer)


def _set(run: Run, analyzer: Analyzer[Sentiment], corpus: str) -> Reading:
    rows: list[Row] = run.rows(corpus)
    truth = [label_maps.polarity(row) for row in rows]
    return _reading(run, analyzer, corpus, [row.text for row in rows], truth)


def _reading(
    run: Run, analyzer: Analyzer[Sentiment], name: str, texts: Sequence[str], truth: list[int]
) -> Reading:
    results = analyzer.analyze(documents(texts))
    shares = np.array(
        [[getattr(r.scores, label) for label in label_maps.POLARITY] for r in results]
    )
    compounds = vader.compounds(texts) if run.fast_stock else None
    return Reading(name, np.array(truth), shares, compounds)


def _calibration(corpus: str, readings: Sequence[Reading]) -> Figure:
    surest = np.concatenate([reading.shares.max(1) for reading in readings])
    right = np.concatenate([reading.best == reading.truth for reading in readings])
    error = metrics.calibration_error(surest, right)
    return SHEET.figure(corpus, len(right), ERROR, error, lower_is_better=True)


def _two_classes(reading: Reading) -> Figure:
    polar = reading.truth != _NEUTRAL
    positive = reading.truth[polar] == _POSITIVE
    ours = reading.shares[:, _POSITIVE] > reading.shares[:, _NEGATIVE]
    stock = None
    if reading.compounds is not None:
        hits = (reading.compounds[polar] > 0) == positive
        stock = Stock(vader.NAME, float(hits.mean()))
    accuracy = float((ours[polar] == positive).mean())
    return SHEET.figure(SST2, int(polar.sum()), ACCURACY, accuracy, stock=stock)


def _built(run: Run, analyzer: Analyzer[Sentiment], polar: int, neutral: int) -> Reading:
    name = f"built posts, {polar} + {neutral} neutral sentences"
    posts = run.sample(name, built_posts(run.data, polar, neutral, seed=run.seed))
    return _reading(run, analyzer, name, [p.text for p in posts], [p.polarity for p in posts])


def _company_posts(run: Run, analyzer: Analyzer[Sentiment]) -> Iterator[Figure]:
    posts = run.sample(company_posts.CORPUS, company_posts.labelled_posts(run.data))
    if not posts:
        missing = "no labels in training/data/company_posts"
        yield SHEET.figure(company_posts.CORPUS, 0, F1, None, missing=missing)
        return
    truth = [label_maps.POLARITY.index(post.sentiment) for post in posts]
    reading = _reading(run, analyzer, company_posts.CORPUS, [post.text for post in posts], truth)
    yield reading.figure(F1, metrics.macro_f1)
    yield reading.figure(ACCURACY, metrics.accuracy)
