"""How well ease and the formulas of other languages order sentences that people judged.

Knows the two sets with such a judgement: TextComplexityDE (German learners, 1 to 7) and the
French part of ReadMe++ (levels of the CEFR), which is for measuring alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from deployments.analyzer import Analyzer
from deployments.results import Language, Readability
from training.evaluation import metrics
from training.evaluation.baselines import formulas
from training.evaluation.evaluation_run import EvaluationRun, documents
from training.evaluation.metric_row import Baseline, MetricRow, MetricSheet
from training.evaluation.metrics import Array


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Sentences of one language and how hard people found them.

    Attributes:
        corpus: its folder.
        language: ISO 639-1 code; its validation split is the file "validation.CODE.jsonl".
        judgement: the field with it; higher is harder.
        textstat: textstat's function for each of our fields, None where it has none.
    """

    corpus: str
    language: str
    judgement: str
    textstat: dict[str, str | None]


SETS = (
    JudgedSet(
        "textcomplexity_de",
        "de",
        "score",
        {
            "ease": None,
            "flesch_amstad": "flesch_reading_ease",
            "wiener_sachtextformel": "wiener_sachtextformel",
            "lix": "lix",
        },
    ),
    JudgedSet(
        "readmepp",
        "fr",
        "level",
        {"ease": None, "kandel_moles": "flesch_reading_ease", "lix": "lix"},
    ),
)
# Fields that are higher for harder texts.
_HARDER = frozenset({"lix", "wiener_sachtextformel"})


def measure(field: str) -> str:
    """The measure's name for a field."""
    return f"Spearman of {field.replace('_', ' ')} with people's judgement"


def metric_rows(
    run: EvaluationRun, analyzer: Analyzer[Readability], sheet: MetricSheet
) -> Iterator[MetricRow]:
    """Every row of the sets; one that says so for a set that is not there."""
    for judged in SETS:
        split = f"validation.{judged.language}"
        if (run.data / judged.corpus / f"{split}.jsonl").is_file():
            yield from _rows(run, analyzer, sheet, judged, split)
        else:
            absent = f"skipped: no {judged.corpus} in {run.data.name}"
            yield sheet.row(judged.corpus, 0, measure("ease"), None, missing=absent)


def _rows(
    run: EvaluationRun,
    analyzer: Analyzer[Readability],
    sheet: MetricSheet,
    judged: JudgedSet,
    split: str,
) -> Iterator[MetricRow]:
    rows = run.texts(judged.corpus, split)
    texts = [row.text for row in rows]
    harder = np.array([float(row.fields[judged.judgement]) for row in rows])
    results = analyzer.analyze(documents(texts, Language(judged.language, 1.0)))
    for field, function in judged.textstat.items():
        values = [float(getattr(result, field)) for result in results]
        value = _agreement(field, values, harder)
        baseline = None
        if function and run.with_fast_baselines:
            other = formulas.read_language(texts, judged.language, function)
            baseline = Baseline(formulas.NAME, _agreement(field, other, harder))
        yield sheet.row(judged.corpus, len(texts), measure(field), value, baseline=baseline)


def _agreement(field: str, values: Sequence[float], harder: Array) -> float:
    """Spearman, turned so that 1 is the judges' order."""
    correlation = metrics.spearman(np.array(values), harder)
    return correlation if field in _HARDER else -correlation
