"""Floors under the figures with goals, so that a change which costs accuracy is seen.

They hold for a quick run, whose sample is always the same. A measure that is better when
lower has a ceiling in the same place. ``floors.json`` has them all, by analysis and by
``Figure.key``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from training.evaluation.metric_row import Figure

FILE = Path(__file__).resolve().parent / "floors.json"

#: How far a figure may fall: rounding differs between processors, and a sample is small.
MARGIN = 0.02

Floors = Mapping[str, Mapping[str, float]]


def read(file: Path = FILE) -> Floors:
    """The floors by analysis and figure."""
    floors: Floors = json.loads(file.read_text(encoding="utf-8"))
    return floors


def write(figures: Sequence[Figure], file: Path = FILE) -> None:
    """Floors anew for the analyses that have figures; those of the others stay."""
    floors = {**(read(file) if file.is_file() else {}), **under(figures)}
    file.write_text(json.dumps(floors, indent=2) + "\n", encoding="utf-8")


def under(figures: Sequence[Figure]) -> dict[str, dict[str, float]]:
    """Floors a margin under these figures, for those with a goal."""
    floors: dict[str, dict[str, float]] = {}
    for figure in figures:
        if figure.ours is not None and figure.goal is not None:
            margin = -MARGIN if figure.lower_is_better else MARGIN
            floors.setdefault(figure.analysis, {})[figure.key] = round(figure.ours - margin, 3)
    return floors


def broken(figures: Sequence[Figure], floors: Floors) -> Iterator[str]:
    """A line for each floor of these analyses that its figure does not keep."""
    found = {(figure.analysis, figure.key): figure for figure in figures}
    for analysis in dict.fromkeys(figure.analysis for figure in figures):
        for key, floor in floors.get(analysis, {}).items():
            figure = found.get((analysis, key))
            if figure is None or figure.ours is None:
                yield f"{analysis}: {key} has a floor of {floor} and was not measured"
            elif not _keeps(figure, figure.ours, floor):
                yield f"{analysis}: {key} is {figure.ours:.3f}, its floor {floor}"


def _keeps(figure: Figure, ours: float, floor: float) -> bool:
    return ours <= floor if figure.lower_is_better else ours >= floor
