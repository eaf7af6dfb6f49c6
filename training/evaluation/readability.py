"""How well ease is measured, against teachers' judgement, and whether the formulas are right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from deployments.analyzer import Analyzer
from deployments.results import Language, Readability
from training.datasets import corpora
from training.datasets.corpora import LabelledText
from training.evaluation import metrics
from training.evaluation.baselines import formulas
from training.evaluation.by_language import readability as readability_by_language
from training.evaluation.evaluation_run import EvaluationRun, documents
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet
from training.evaluation.metrics import Array

ALL, VALIDATION = "clear_corpus, all", "clear_corpus, validation"
EQUAL = "clear_corpus, texts with textstat's counts"
EASE = "Pearson of ease with teachers' judgement"
FLESCH = "Pearson of Flesch reading ease with teachers' judgement"


def difference(field: str) -> str:
    """The measure's name for a formula."""
    return f"median difference from textstat, {field.replace('_', ' ')}"


SHEET = MetricSheet(
    "readability",
    goals={
        f"textcomplexity_de {readability_by_language.measure('ease')}": 0.7,
        f"readmepp {readability_by_language.measure('ease')}": 0.7,
        f"{ALL} {EASE}": 0.65,
        f"{VALIDATION} {EASE}": 0.65,
        **{f"{EQUAL} {difference(field)}": 0.01 for field in formulas.FORMULAS},
    },
    references={f"{ALL} {EASE}": "4,724 texts: Flesch 54.7, Dale-Chall 55.7, SMOG 56.3"},
)


@dataclass(frozen=True, slots=True)
class ReadabilityResults:
    """The results of texts, beside the teachers' judgement and textstat's results.

    Attributes:
        judged_ease: the teachers' judgement, higher is easier, (n,).
        results: the analyzer's, n of them.
        baseline: textstat's counts and formulas, each (n,); None where it was not run.
    """

    judged_ease: Array
    results: list[Readability]
    baseline: Mapping[str, Array] | None

    def values(self, field: str) -> Array:
        """One of the analyzer's numbers for every text, (n,)."""
        return np.array([getattr(result, field) for result in self.results])

    def first(self, size: int) -> "ReadabilityResults":
        """The same of the first ``size`` texts."""
        baseline = self.baseline and {name: each[:size] for name, each in self.baseline.items()}
        return ReadabilityResults(self.judged_ease[:size], self.results[:size], baseline)


def metric_rows(run: EvaluationRun, analyzer: Analyzer[Readability]) -> Iterator[MetricRow]:
    """Every row of the readability."""
    validation = run.texts("clear_corpus")
    train = corpora.read_for_measuring(run.data, "clear_corpus", "train")
    whole = _analyze(run, analyzer, validation + run.sample("clear_corpus others", train))
    for corpus, results in ((ALL, whole), (VALIDATION, whole.first(len(validation)))):
        yield _correlation(corpus, results, "ease", EASE)
        yield _correlation(corpus, results, "flesch_reading_ease", FLESCH)
    if whole.baseline:
        yield from differences(whole, whole.baseline)
    yield from readability_by_language.metric_rows(run, analyzer, SHEET)


def _analyze(
    run: EvaluationRun, analyzer: Analyzer[Readability], texts: Sequence[LabelledText]
) -> ReadabilityResults:
    results = analyzer.analyze(documents((text.text for text in texts), Language("en", 1.0)))
    judged_ease = np.array([float(text.fields["score"]) for text in texts])
    baseline = formulas.read([text.text for text in texts]) if run.with_fast_baselines else None
    return ReadabilityResults(judged_ease, results, baseline)


def _correlation(corpus: str, results: ReadabilityResults, field: str, measure: str) -> MetricRow:
    value = metrics.pearson(results.values(field), results.judged_ease)
    baseline = None
    if results.baseline is not None:
        flesch = results.baseline["flesch_reading_ease"]
        baseline = Baseline("Flesch of textstat", metrics.pearson(flesch, results.judged_ease))
    return SHEET.row(corpus, len(results.results), measure, value, baseline=baseline)


def differences(results: ReadabilityResults, baseline: Mapping[str, Array]) -> Iterator[MetricRow]:
    """The formulas on equal counts: textstat splits sentences and counts syllables otherwise."""
    same = [results.values(field) == baseline[field] for field in formulas.COUNTS]
    equal = np.logical_and.reduce(same)
    for field in formulas.FORMULAS:
        other = baseline[field][equal]
        gaps = np.abs(results.values(field)[equal] - other) / np.maximum(np.abs(other), 1.0)
        value = float(np.median(gaps)) if len(gaps) else None
        yield SHEET.row(EQUAL, len(gaps), difference(field), value, lower_is_better=True)
