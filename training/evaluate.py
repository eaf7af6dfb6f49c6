"""Measure every analysis, beside stock alternatives and goals: ``make evaluate``.

    python -m training.evaluate [--data DIR] [--only ANALYSIS] [--no-stock]
    python -m training.evaluate --quick [--write-floors]

Prints one table. A whole run renews the tables in the model cards and in docs/models.md. A
quick one reads 200 texts of each set without the slow alternatives, writes no card, and fails
where a figure is under its floor (training/evaluation/floors.json); --write-floors sets the floors
under its figures. Everything is measured on validation splits; test splits stay unseen.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES
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
from training.evaluation.evaluation_run import Run
from training.evaluation.markdown_tables import as_table, renew, renew_rows
from training.evaluation.metric_row import Figure
from training.fitting.command_line import MODELS, ROOT

SUMMARY = ROOT / "docs" / "models.md"
NAMES = (*ANALYSES, "language")

#: Texts of each set in a quick run.
_FEW = 200


_FIGURES: dict[str, Callable[[Run, Any], Iterator[Figure]]] = {
    "tone": tone.figures,
    "keywords": keywords.figures,
    "entities": entities.figures,
    "readability": readability.figures,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one analysis, and further tables of its card by their marks' name."""

    figures: list[Figure]
    tables: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Measure, print, and renew cards or compare with floors; exit status 1 under a floor."""
    asked = _options()
    run = Run(asked.data, _FEW if asked.quick else None, _stock(asked), asked.seed)
    _single_threaded()
    measured = {}
    for name in [asked.only] if asked.only else NAMES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        measured[name] = measure(name, run)
    figures = [figure for each in measured.values() for figure in each.figures]
    print(as_table(figures))
    if asked.write_floors:
        floors.write(figures)
    elif asked.quick and run.fast_stock:
        sys.exit("\n".join(floors.broken(figures, floors.read())) or 0)
    elif run.slow_stock:
        renew_all(measured, MODELS, SUMMARY)


def measure(name: str, run: Run) -> Measured:
    """The figures of one analysis as released."""
    if name == "language":
        return Measured(list(language.figures(run)))
    analyzer = load(name, getattr(AnalysisConfigs(), name))
    if name == "sentiment":
        outcomes = checks.run(analyzer, checks.read())
        figures = [*sentiment.figures(run, analyzer), checks.figure(sentiment.SHEET, outcomes)]
        return Measured(figures, {"checks": checks.as_table(outcomes)})
    return Measured(list(_FIGURES[name](run, analyzer)))


def renew_all(measured: dict[str, Measured], models: Path, summary: Path) -> None:
    """Put the tables into the cards and the summary; say which have no place for them."""
    for name, each in measured.items():
        renew_rows(summary, "figures", each.figures, NAMES)
        if name not in ANALYSES:  # the language has no card of its own
            continue
        tables = {"figures": as_table(each.figures, analysis=False), **each.tables}
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
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", choices=NAMES, metavar="ANALYSIS")
    parser.add_argument("--quick", action="store_true", help=f"{_FEW} texts of each set")
    parser.add_argument("--no-stock", action="store_true", help="ours alone; renews no card")
    parser.add_argument("--write-floors", action="store_true", help="needs --quick")
    parser.add_argument("--seed", type=int, default=7, help="of the samples and built posts")
    asked = parser.parse_args()
    if asked.write_floors and (not asked.quick or asked.no_stock):
        parser.error("--write-floors goes with --quick, without --no-stock")
    return asked


def _stock(asked: argparse.Namespace) -> Literal["all", "fast", "none"]:
    if asked.no_stock:
        return "none"
    return "fast" if asked.quick else "all"


def _single_threaded() -> None:
    """One thread, so that figures do not depend on the machine's cores and costs compare."""
    import torch

    torch.set_num_threads(1)


if __name__ == "__main__":
    main()
