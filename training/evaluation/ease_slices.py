"""Measure ease beside the formulas and write the figures into the card.

    python -m training.evaluation.ease_slices [--data DIR]

CLEAR (Crossley et al. 2022: teachers' judgement of ease) is measured on and never trained on.
OneStopEnglish tells how often the easier version of an article is found easier. Everything is
read through the analyzer's own path; the sets' test splits stay unseen.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.results import Readability
from deployments.text.document import Document
from training.ease import DATA
from training.evaluation.markdown_tables import renew

CARD = Path(__file__).resolve().parents[2] / "deployments/models/readability/README.md"
#: The scores compared, and whether a higher one means easier.
SCORES = {"ease": 1, "flesch_reading_ease": 1, "smog": -1, "dale_chall": -1, "grade": -1}
_LEVELS = ("elementary", "intermediate", "advanced")

Read = tuple[dict[str, Any], Readability]
Measure = Callable[[list[Read], str], float]


def read(data: Path, corpus: str, split: str) -> list[Read]:
    """Rows of a split and how each reads."""
    lines = (data / corpus / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    analyzer = ReadabilityAnalyzer(ReadabilityConfig())
    results = analyzer.analyze([Document.read(row["text"]) for row in rows])
    return list(zip(rows, results, strict=True))


def _easier(result: Readability, score: str) -> float:
    return SCORES[score] * float(getattr(result, score))


def pearson(read: list[Read], score: str) -> float:
    """With the teachers' judgement."""
    found = [_easier(result, score) for _, result in read]
    return float(np.corrcoef(found, [row["score"] for row, _ in read])[0, 1])


def order(read: list[Read], score: str) -> float:
    """Share of pairs of versions of one article that stand in the right order."""
    articles: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row, result in read:
        level = _LEVELS.index(row["level"])
        articles[row["article"]].append((level, _easier(result, score)))
    right = [
        easy > hard
        for versions in articles.values()
        for (_, easy), (_, hard) in combinations(sorted(versions), 2)
    ]
    return float(np.mean(right))


def slices(data: Path) -> Iterator[tuple[str, str, list[Read], Measure]]:
    """Name of a slice, of its measure, its rows, and the measure itself."""
    for split in ("train", "validation"):
        every = read(data, "clear_corpus", split)
        yield f"CLEAR, {split}", "Pearson", every, pearson
        for category, name in (("Lit", "literature"), ("Info", "information")):
            part = [each for each in every if each[0]["category"] == category]
            yield f"CLEAR, {split}, {name}", "Pearson", part, pearson
    articles = read(data, "onestopenglish", "validation")
    yield "OneStopEnglish, validation", "pairs in order", articles, order


def table(data: Path) -> str:
    """The figures as a Markdown table."""
    head = f"| set | texts | measure | {' | '.join(SCORES)} |\n"
    lines = [head, "|---" * (3 + len(SCORES)) + "|\n"]
    for name, measure, rows, value in slices(data):
        figures = " | ".join(f"{value(rows, score):.3f}" for score in SCORES)
        lines.append(f"| {name} | {len(rows):,} | {measure} | {figures} |\n")
    return "".join(lines)


def main() -> None:
    """Print the table and renew the card."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    found = table(parser.parse_args().data)
    print(found)
    renew(CARD, "slices", found)


if __name__ == "__main__":
    main()
