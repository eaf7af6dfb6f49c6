"""The benchmark of overload: when callers come, and what counts of them."""

import math
from itertools import pairwise

import pytest

from loadtest.generator.load_result import LoadResult
from loadtest.overload.callers import CallerRecord, random_arrivals
from loadtest.overload.report import OverloadRun, figures_of, markdown


def test_arrivals_are_random_at_their_rate_and_the_same_for_a_seed() -> None:
    arrivals = random_arrivals(100, 50, seed=1)
    assert arrivals == random_arrivals(100, 50, seed=1) == sorted(arrivals)
    assert len(arrivals) == pytest.approx(5_000, rel=0.05)
    gaps = [b - a for a, b in pairwise(arrivals)]
    assert sum(gap > 0.01 for gap in gaps) / len(gaps) == pytest.approx(math.exp(-1), rel=0.1)
    assert arrivals[0] > 0
    assert arrivals[-1] < 50


def refused(told_s: int, waited_s: float, twin_taken: bool | None = None) -> CallerRecord:
    taken_at = 1 + waited_s
    return CallerRecord(1, told_s, taken_at, taken_at + 0.5, twin_taken)


def test_a_wait_is_right_within_a_third_and_a_twin_tells_whether_it_was_too_long() -> None:
    records = [
        CallerRecord(0, taken_at=0, answered_at=0.2),
        refused(7, 7.0, twin_taken=True),
        refused(7, 9.9, twin_taken=False),
        refused(7, 10.1, twin_taken=False),
        CallerRecord(2, 5, twin_taken=False),  # given up
    ]
    figures = figures_of(records, ["broken"], 10)
    assert (figures.callers, figures.refused, figures.never, figures.errors) == (5, 4, 1, 1)
    assert (figures.on_time, figures.within, figures.early) == (0.25, 0.5, 0.25)
    assert figures.right == 0.375
    assert figures.told_s == 7


def test_only_answers_while_callers_come_count_as_goodput() -> None:
    records = [
        CallerRecord(0, taken_at=0, answered_at=0.2),
        CallerRecord(9, taken_at=9, answered_at=10.5),
        CallerRecord(9, 3, taken_at=12, answered_at=20),
    ]
    figures = figures_of(records, [], 10)
    assert figures.per_s == 0.1
    assert figures.p99_ms == pytest.approx(1_500, rel=0.02)


def test_the_page_compares_with_the_capacity_before_and_after() -> None:
    loads = (LoadResult(1, (1.0,) * 20), LoadResult(1, (2.0,) * 40))
    taken = [CallerRecord(0, taken_at=n / 100, answered_at=n / 100 + 1.8) for n in range(270)]
    figures = figures_of(taken, [], 9)
    facts = {"load at start": "0.1"}
    runs = [OverloadRun("Alone", loads, figures)]
    page = markdown(facts, runs, clients=4, factor=3, seconds=9, characters=300)
    assert "## Alone" in page.splitlines()
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert "| capacity, before | 20.0 | 1000 |" in rows
    assert "| overload | 30.0 | 1800 |" in rows
    assert "| answers at least 0.9 of the capacity | 1.00 | yes |" in rows
    assert "| p99 of what is taken at most 1.5 of that at capacity | 1.20 | yes |" in rows
    assert "| `Retry-After` right for 90 % | 0% | no |" in rows
