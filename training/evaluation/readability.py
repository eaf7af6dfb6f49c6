"""How well ease is told, against teachers' judgement, and whether the formulas are right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.analyzer import Analyzer
from deployments.results import Readability
from training.datasets import corpora
from training.datasets.corpora import Row
from training.evaluation import metrics
from training.evaluation.baselines import formulas
from training.evaluation.evaluation_run import Run, documents
from training.evaluation.metric_row import Figure, Sheet, Stock
from training.evaluation.metrics import Array

ALL, VALIDATION = "clear_corpus, all", "clear_corpus, validation"
EQUAL = "clear_corpus, texts with textstat's counts"
EASE = "Pearson of ease with teachers' judgement"
FLESCH = "Pearson of Flesch reading ease with teachers' judgement"


def difference(field: str) -> str:
    """The measure's name for a formula."""
    return f"median difference from textstat, {field.replace('_', ' ')}"


SHEET = Sheet(
    "readability",
    goals={
        f"{ALL} {EASE}": 0.65,
        f"{VALIDATION} {EASE}": 0.65,
        **{f"{EQUAL} {difference(field)}": 0.01 for field in formulas.FORMULAS},
    },
    references={f"{ALL} {EASE}": "4,724 texts: Flesch 54.7, Dale-Chall 55.7, SMOG 56.3"},
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in the texts.

    Attributes:
        judged: the teachers' ease, higher is easier, (n,).
        stock: textstat's counts and formulas, each (n,); None where it was not run.
    """

    judged: Array
    found: list[Readability]
    stock: Mapping[str, Array] | None

    def ours(self, field: str) -> Array:
        """One of our numbers for every text, (n,)."""
        return np.array([getattr(result, field) for result in self.found])

    def some(self, chosen: NDArray[np.bool]) -> "Reading":
        """The texts that are chosen, (n,) of bool."""
        found = [result for result, take in zip(self.found, chosen, strict=True) if take]
        stock = self.stock and {name: values[chosen] for name, values in self.stock.items()}
        return Reading(self.judged[chosen], found, stock)


def figures(run: Run, analyzer: Analyzer[Readability]) -> Iterator[Figure]:
    """Every figure of the readability."""
    validation = run.rows("clear_corpus")
    others = run.sample("clear_corpus others", corpora.measured(run.data, "clear_corpus", "train"))
    whole = _read(run, analyzer, validation + others)
    part = whole.some(np.arange(len(whole.found)) < len(validation))
    for corpus, reading in ((ALL, whole), (VALIDATION, part)):
        yield _ease(corpus, reading)
        yield _flesch(corpus, reading)
    if whole.stock:
        yield from differences(whole, whole.stock)


def _read(run: Run, analyzer: Analyzer[Readability], rows: Sequence[Row]) -> Reading:
    found = analyzer.analyze(documents(row.text for row in rows))
    judged = np.array([float(row.fields["score"]) for row in rows])
    stock = formulas.read([row.text for row in rows]) if run.fast_stock else None
    return Reading(judged, found, stock)


def _ease(corpus: str, reading: Reading) -> Figure:
    size = len(reading.found)
    if not hasattr(reading.found[0], "ease"):
        return SHEET.figure(corpus, size, EASE, None, missing="the result has no ease")
    ours = metrics.pearson(reading.ours("ease"), reading.judged)
    return SHEET.figure(corpus, size, EASE, ours, stock=_stock_flesch(reading))


def _flesch(corpus: str, reading: Reading) -> Figure:
    ours = metrics.pearson(reading.ours("flesch_reading_ease"), reading.judged)
    return SHEET.figure(corpus, len(reading.found), FLESCH, ours, stock=_stock_flesch(reading))


def _stock_flesch(reading: Reading) -> Stock | None:
    if reading.stock is None:
        return None
    flesch = reading.stock["flesch_reading_ease"]
    return Stock("Flesch of textstat", metrics.pearson(flesch, reading.judged))


def differences(reading: Reading, stock: Mapping[str, Array]) -> Iterator[Figure]:
    """The formulas on equal counts: textstat splits sentences and guesses syllables otherwise."""
    same = [reading.ours(field) == stock[field] for field in formulas.COUNTS]
    equal = np.logical_and.reduce(same)
    for field in formulas.FORMULAS:
        theirs = stock[field][equal]
        gaps = np.abs(reading.ours(field)[equal] - theirs) / np.maximum(np.abs(theirs), 1.0)
        ours = float(np.median(gaps)) if len(gaps) else None
        yield SHEET.figure(EQUAL, len(gaps), difference(field), ours, lower_is_better=True)
