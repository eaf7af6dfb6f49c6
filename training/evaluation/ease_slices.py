"""Measure ease beside the formulas and write the figures into the card.

    python -m training.evaluation.ease_slices [--data DIR]

CLEAR (Crossley et al. 2022: teachers' judgement of ease) is measured on and never trained on.
OneStopEnglish tells how often the easier version of an article is found easier. Everything is
read through the analyzer's own path; the sets' test splits stay unseen.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.results import Language, Readability
from training.datasets.folders import ROOT, public_sets
from training.datasets.json_lines import read_json_lines
from training.evaluation import metrics
from training.evaluation.evaluation_run import documents
from training.evaluation.markdown_tables import renew

CARD = ROOT / "deployments" / "models" / "readability" / "README.md"
#: The scores compared, and whether a higher one means easier.
SCORES = {"ease": 1, "flesch_reading_ease": 1, "smog": -1, "dale_chall": -1, "grade": -1}
_LEVELS = ("elementary", "intermediate", "advanced")

#: A row of a set and the result of its text.
RowResult = tuple[dict[str, Any], Readability]
#: From the results and the name of a score to a number.
SliceMeasure = Callable[[list[RowResult], str], float]


def read(data: Path, corpus: str, split: str) -> list[RowResult]:
    """Rows of a split and how each reads."""
    rows = list(read_json_lines(data / corpus / f"{split}.jsonl"))
    analyzer = ReadabilityAnalyzer(ReadabilityConfig())
    results = analyzer.analyze(documents((row["text"] for row in rows), Language("en", 1.0)))
    return list(zip(rows, results, strict=True))


def _ease(result: Readability, score: str) -> float:
    """The score, turned so that higher is easier."""
    return SCORES[score] * float(getattr(result, score))


def pearson(results: list[RowResult], score: str) -> float:
    """Correlation with the teachers' judgement."""
    ease = np.array([_ease(result, score) for _, result in results])
    return metrics.pearson(ease, np.array([row["score"] for row, _ in results]))


def pairs_in_order(results: list[RowResult], score: str) -> float:
    """Share of pairs of versions of one article that stand in the right order."""
    articles: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row, result in results:
        articles[row["article"]].append((_LEVELS.index(row["level"]), _ease(result, score)))
    right = [
        easy > hard
        for versions in articles.values()
        for (_, easy), (_, hard) in combinations(sorted(versions), 2)
    ]
    return float(np.mean(right))


def slices(data: Path) -> Iterator[tuple[str, str, list[RowResult], SliceMeasure]]:
    """Name of a slice, of its measure, its rows, and the measure itself."""
    for split in ("train", "validation"):
        results = read(data, "clear_corpus", split)
        yield f"CLEAR, {split}", "Pearson", results, pearson
        for category, name in (("Lit", "literature"), ("Info", "information")):
            part = [each for each in results if each[0]["category"] == category]
            yield f"CLEAR, {split}, {name}", "Pearson", part, pearson
    articles = read(data, "onestopenglish", "validation")
    yield "OneStopEnglish, validation", "pairs in order", articles, pairs_in_order


def as_table(data: Path) -> str:
    """The slices as a Markdown table."""
    header = f"| set | texts | measure | {' | '.join(SCORES)} |\n"
    lines = [header, "|---" * (3 + len(SCORES)) + "|\n"]
    for name, measure, results, value in slices(data):
        values = " | ".join(f"{value(results, score):.3f}" for score in SCORES)
        lines.append(f"| {name} | {len(results):,} | {measure} | {values} |\n")
    return "".join(lines)


def main() -> None:
    """Print the table and renew the card."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=public_sets())
    table = as_table(parser.parse_args().data)
    print(table)
    renew(CARD, "slices", table)


if __name__ == "__main__":
    main()
