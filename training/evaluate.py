"""Measure every analysis, beside stock baselines and goals: ``make evaluate``.

    python -m training.evaluate [--data DIR] [--only ANALYSIS] [--no-baselines]
    python -m training.evaluate --quick [--write-floors]

Prints one table. A whole run renews the tables in the model cards and in docs/models.md. A
quick one reads 200 texts of each set without the slow baselines, writes no card, and fails
where a value is under its floor (training/evaluation/floors.json); --write-floors sets the
floors under its values. Everything is measured on validation splits; test splits stay unseen.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from deployments.registry import AnalysisConfigs, load
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
from training.evaluation.evaluation_run import EvaluationRun
from training.evaluation.markdown_tables import as_table, renew, renew_rows
from training.evaluation.metric_row import MetricRow
from training.fitting.command_line import MODELS

SUMMARY = ROOT / "docs" / "models.md"
#: What is measured, in the order of the table.
SUBJECTS = (*ANALYSES, "language")

#: Texts of each set in a quick run.
_QUICK_LIMIT = 200

_METRIC_ROWS: dict[str, Callable[[EvaluationRun, Any], Iterator[MetricRow]]] = {
    "tone": tone.metric_rows,
    "keywords": keywords.metric_rows,
    "entities": entities.metric_rows,
    "readability": readability.metric_rows,
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The rows of one analysis, and further tables of its card by their marks' name."""

    rows: list[MetricRow]
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
    print(as_table(rows))
    if options.write_floors:
        floors.write(rows)
    elif options.quick and run.with_fast_baselines:
        sys.exit("\n".join(floors.broken(rows, floors.read())) or 0)
    elif run.with_slow_baselines:
        renew_all(evaluations, MODELS, SUMMARY)


def evaluate(name: str, run: EvaluationRun) -> Evaluation:
    """Measure one analysis as released, or the language."""
    if name == "language":
        return Evaluation(list(language.metric_rows(run)))
    analyzer = load(name, getattr(AnalysisConfigs(), name))
    if name == "sentiment":
        results = checks.run(analyzer, checks.read())
        pass_rate = checks.metric_row(sentiment.SHEET, results)
        rows = [*sentiment.metric_rows(run, analyzer), pass_rate]
        return Evaluation(rows, {"checks": checks.as_table(results)})
    return Evaluation(list(_METRIC_ROWS[name](run, analyzer)))


def renew_all(evaluations: dict[str, Evaluation], models: Path, summary: Path) -> None:
    """Put the tables into the cards and the summary; say which have no place for them."""
    for name, evaluation in evaluations.items():
        renew_rows(summary, "figures", evaluation.rows, SUBJECTS)
        if name not in ANALYSES:  # the language has no card of its own
            continue
        tables = {"figures": as_table(evaluation.rows, analysis=False), **evaluation.tables}
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
