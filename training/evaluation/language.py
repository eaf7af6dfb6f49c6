"""How well the language is detected; no analysis of its own, but every section hangs on it."""

from collections.abc import Iterator, Sequence

import numpy as np

from deployments.text.document import Document
from training.datasets import corpora
from training.datasets.corpora import LabelledText
from training.evaluation.baselines import lid176
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet

CORPUS = "langid_sample"
#: In characters: what a short post or a single line has.
SHORT = range(20, 61)
SHORT_CORPUS = f"{CORPUS}, {SHORT[0]} to {SHORT[-1]} characters"

SHEET = MetricSheet(
    "language", goals={f"{CORPUS} accuracy": 0.99, f"{SHORT_CORPUS} accuracy": 0.97}
)


def metric_rows(run: EvaluationRun) -> Iterator[MetricRow]:
    """Every row of the language."""
    # All of them in every run: 610 sentences take a second.
    sentences = corpora.read_for_measuring(run.data, CORPUS, "test")
    yield _accuracy(run, CORPUS, sentences)
    yield _accuracy(run, SHORT_CORPUS, [each for each in sentences if len(each.text) in SHORT])


def _accuracy(run: EvaluationRun, corpus: str, sentences: Sequence[LabelledText]) -> MetricRow:
    texts = [sentence.text for sentence in sentences]
    truth = np.array([sentence.fields["lang"] for sentence in sentences])
    codes = np.array([Document.read(text).language.code for text in texts])
    baseline = None
    if run.with_fast_baselines:
        hits = np.array(lid176.codes(texts)) == truth
        baseline = Baseline(lid176.NAME, float(hits.mean()))
    value = float((codes == truth).mean())
    return SHEET.row(corpus, len(texts), "accuracy", value, baseline=baseline)
