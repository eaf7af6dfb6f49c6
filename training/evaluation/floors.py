"""Floors under the values with goals, so that a change which costs accuracy is seen.

They hold for a quick run, whose sample is always the same. A measure that is better when
lower has a ceiling in the same place. ``floors.json`` has them all, by analysis and by
``MetricRow.key``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from training.evaluation.metric_row import MetricRow

FILE = Path(__file__).resolve().parent / "floors.json"

#: How far a value may fall: rounding differs between processors, and a sample is small.
MARGIN = 0.02

Floors = Mapping[str, Mapping[str, float]]


def read(file: Path = FILE) -> Floors:
    """The floors by analysis and row."""
    floors: Floors = json.loads(file.read_text(encoding="utf-8"))
    return floors


def write(rows: Sequence[MetricRow], file: Path = FILE) -> None:
    """Floors anew for the analyses that have rows; those of the others stay."""
    floors = {**(read(file) if file.is_file() else {}), **under(rows)}
    file.write_text(json.dumps(floors, indent=2) + "\n", encoding="utf-8")


def under(rows: Sequence[MetricRow]) -> dict[str, dict[str, float]]:
    """Floors a margin under these values, for those with a goal."""
    floors: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.value is not None and row.goal is not None:
            margin = -MARGIN if row.lower_is_better else MARGIN
            floors.setdefault(row.analysis, {})[row.key] = round(row.value - margin, 3)
    return floors


def broken(rows: Sequence[MetricRow], floors: Floors) -> Iterator[str]:
    """A line for each floor of these analyses that its row does not keep."""
    by_key = {(row.analysis, row.key): row for row in rows}
    for analysis in dict.fromkeys(row.analysis for row in rows):
        for key, floor in floors.get(analysis, {}).items():
            row = by_key.get((analysis, key))
            if row is None or row.value is None:
                yield f"{analysis}: {key} has a floor of {floor} and was not measured"
            elif not _keeps(row, row.value, floor):
                yield f"{analysis}: {key} is {row.value:.3f}, its floor {floor}"


def _keeps(row: MetricRow, value: float, floor: float) -> bool:
    return value <= floor if row.lower_is_better else value >= floor
