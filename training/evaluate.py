"""Measure every analysis, beside stock baselines and goals: ``make evaluate``.

    python -m training.evaluate [--data DIR] [--only ANALYSIS] [--no-baselines]
    python -m training.evaluate --quick [--write-floors]

Prints one table, and one by language. A whole run renews the tables in the model cards and in
docs/models.md. A quick one reads 100 texts of each set, 30 of each language of a set, without
the slow baselines, writes no card, and fails where a value is under its floor
(training/evaluation/floors.json); --write-floors sets the floors under its values. Everything
is measured on validation splits; test splits stay unseen.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from deployments.registry import AnalysisConfigs, load_with_encoder
from deployments.results import ANALYSES
from training.datasets.folders import ROOT, public_sets
from training.evaluation import (
    checks,
    entities,
    floors,
    keywords,
    language,
    readability,
    sentiment,
    tone,
)
from training.evaluation.by_language import detection
from training.evaluation.by_language import entities as entities_by_language
from training.evaluation.by_language import keywords as keywords_by_language
from training.evaluation.by_language import sentiment as sentiment_by_language
from training.evaluation.by_language import tone as tone_by_language
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.markdown_tables import (
    as_language_table,
    as_table,
    renew,
    renew_rows,
)
from training.evaluation.metric_row import MetricRow
from training.outputs import MODELS

SUMMARY = ROOT / "docs" / "models.md"
#: What is measured, in the order of the table.
SUBJECTS = (*ANALYSES, "language")

#: Texts of each set in a quick run, and of each language of a set.
_QUICK_LIMIT, _QUICK_LIMIT_BY_LANGUAGE = 100, 30

MetricRows = Callable[[EvaluationRun, Any], Iterator[MetricRow]]
_METRIC_ROWS: dict[str, MetricRows] = {
    "tone": tone.metric_rows,
    "keywords": keywords.metric_rows,
    "entities": entities.metric_rows,
    "readability": readability.metric_rows,
}
_BY_LANGUAGE: dict[str, MetricRows] = {
    "sentiment": sentiment_by_language.metric_rows,
    "tone": tone_by_language.metric_rows,
    "keywords": keywords_by_language.metric_rows,
    "entities": entities_by_language.metric_rows,
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows of one analysis, those by language, and further tables of its card by mark."""

    rows: list[MetricRow]
    by_language: list[MetricRow] = field(default_factory=list)
    tables: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Measure, print, and renew cards or compare with floors; exit status 1 under a floor."""
    options = _options()
    limit = _QUICK_LIMIT if options.quick else None
    run = EvaluationRun(options.data, limit, _baselines(options), options.seed)
    _single_threaded()
    evaluations = {}
    for name in [options.only] if options.only else SUBJECTS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        evaluations[name] = evaluate(name, run)
    rows = [row for each in evaluations.values() for row in each.rows]
    by_language = [row for each in evaluations.values() for row in each.by_language]
    print(as_table(rows), as_language_table(by_language), sep="\n")
    rows += by_language
    if options.write_floors:
        floors.write(rows)
    elif options.quick and run.with_fast_baselines:
        sys.exit("\n".join(floors.broken(rows, floors.read())) or 0)
    elif run.with_slow_baselines:
        renew_all(evaluations, MODELS, SUMMARY)


def evaluate(name: str, run: EvaluationRun) -> Evaluation:
    """Measure one analysis as released, or the language."""
    if name == "language":
        return Evaluation(list(language.metric_rows(run)), list(detection.metric_rows(run)))
    analyzer = load_with_encoder(name, AnalysisConfigs())
    by_language = list(_rows_by_language(name, run, analyzer))
    if name == "sentiment":
        results = checks.run(analyzer, checks.read())
        pass_rate = checks.metric_row(sentiment.SHEET, results)
        rows = [*sentiment.metric_rows(run, analyzer), pass_rate]
        return Evaluation(rows, by_language, {"checks": checks.as_table(results)})
    return Evaluation(list(_METRIC_ROWS[name](run, analyzer)), by_language)


def _rows_by_language(name: str, run: EvaluationRun, analyzer: Any) -> Iterator[MetricRow]:
    if name in _BY_LANGUAGE:
        limit = None if run.limit is None else _QUICK_LIMIT_BY_LANGUAGE
        yield from _BY_LANGUAGE[name](replace(run, limit=limit), analyzer)


def renew_all(evaluations: dict[str, Evaluation], models: Path, summary: Path) -> None:
    """Put the tables into the cards and the summary; say which have no place for them."""
    for name, evaluation in evaluations.items():
        renew_rows(summary, "figures", as_table(evaluation.rows), SUBJECTS)
        tables = {"figures": as_table(evaluation.rows, analysis=False), **evaluation.tables}
        if evaluation.by_language:
            languages = as_language_table(evaluation.by_language)
            renew_rows(summary, "languages", languages, SUBJECTS)
            tables["languages"] = as_language_table(evaluation.by_language, analysis=False)
        if name not in ANALYSES:  # the language has no card of its own
            continue
        for line in _renew_card(models / name / "README.md", tables):
            print(line, file=sys.stderr)


def _renew_card(card: Path, tables: dict[str, str]) -> Iterator[str]:
    for name, table in tables.items():
        try:
            renew(card, name, table)
        except (FileNotFoundError, ValueError) as error:
            # One card without marks must not cost the others the figures of a long run.
            yield f"left alone: {error}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=public_sets())
    parser.add_argument("--only", choices=SUBJECTS, metavar="ANALYSIS")
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK_LIMIT} texts of each set")
    parser.add_argument("--no-baselines", action="store_true", help="renews no card")
    parser.add_argument("--write-floors", action="store_true", help="needs --quick")
    parser.add_argument("--seed", type=int, default=7, help="of the samples and composed posts")
    options = parser.parse_args()
    if options.write_floors and (not options.quick or options.no_baselines):
        parser.error("--write-floors goes with --quick, without --no-baselines")
    return options


def _baselines(options: argparse.Namespace) -> Literal["all", "fast", "none"]:
    if options.no_baselines:
        return "none"
    return "fast" if options.quick else "all"


def _single_threaded() -> None:
    """One thread, so that figures do not depend on the machine's cores and costs compare."""
    import torch

    torch.set_num_threads(1)


if __name__ == "__main__":
    main()
