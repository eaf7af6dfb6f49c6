"""The benchmark of overload: when callers come, and what counts of them."""

import math
from itertools import pairwise

import pytest

from loadtest.overload.callers import CallerRecord, random_arrivals
from loadtest.overload.report import figures_of


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
