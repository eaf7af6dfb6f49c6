"""How well the language is told; no analysis of its own, but every section hangs on it."""

from collections.abc import Iterator, Sequence

import numpy as np

from deployments.text.document import Document
from training.datasets import corpora
from training.datasets.corpora import Row
from training.evaluation.baselines import lid176
from training.evaluation.evaluation_run import Run
from training.evaluation.metric_row import Figure, Sheet, Stock

CORPUS = "langid_sample"
#: In characters: what a short post or a single line has.
SHORT = range(20, 61)
SHORT_CORPUS = f"{CORPUS}, {SHORT[0]} to {SHORT[-1]} characters"

SHEET = Sheet("language", goals={f"{CORPUS} accuracy": 0.99, f"{SHORT_CORPUS} accuracy": 0.97})


def figures(run: Run) -> Iterator[Figure]:
    """Every figure of the language."""
    # All of them in every run: 610 sentences take a second.
    rows = corpora.measured(run.data, CORPUS, "test")
    yield _accuracy(run, CORPUS, rows)
    yield _accuracy(run, SHORT_CORPUS, [row for row in rows if len(row.text) in SHORT])


def _accuracy(run: Run, corpus: str, rows: Sequence[Row]) -> Figure:
    texts = [row.text for row in rows]
    truth = np.array([row.fields["lang"] for row in rows])
    found = np.array([Document.read(text).language.code for text in texts])
    stock = None
    if run.fast_stock:
        theirs = np.array(lid176.codes(texts))
        stock = Stock(lid176.NAME, float((theirs == truth).mean()))
    return SHEET.figure(corpus, len(rows), "accuracy", float((found == truth).mean()), stock=stock)
