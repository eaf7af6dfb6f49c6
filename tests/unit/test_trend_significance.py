"""The test of rising terms: against SciPy, and how often it is wrong where nothing has changed."""

import numpy as np
import pytest
from numpy.typing import NDArray

from serve_app.trends.rising import compare
from serve_app.trends.significance import (
    LEVEL,
    Floats,
    Periods,
    least_posts,
    p_values,
    q_values,
    too_few,
)


def test_p_values_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="SciPy is there for the evaluation only")
    rng = np.random.default_rng(1)
    for _ in range(30):
        periods = Periods(*map(int, rng.integers(1, 3_000, 2)))
        now = rng.integers(0, min(periods.now, 200) + 1, 20)
        before = rng.integers(0, min(periods.before, 200) + 1, 20)
        p = p_values(periods, now, before)
        for a, b, value in zip(now.tolist(), before.tolist(), p.tolist(), strict=True):
            table = [[a, b], [periods.now - a, periods.before - b]]
            rising = a * periods.before >= b * periods.now
            tail = stats.fisher_exact(table, "greater" if rising else "less").pvalue
            assert value == pytest.approx(min(1.0, 2 * tail), rel=1e-6)


def test_extreme_counts() -> None:
    many = Periods(400_000, 400_000)
    [half, all_now, none] = p_values(many, np.array([100_000, 300, 0]), np.array([100_000, 0, 0]))
    assert half == pytest.approx(1.0, abs=0.01)
    assert 0 < all_now < 1e-80
    assert none == 1.0
    assert p_values(Periods(0, 5), np.array([0]), np.array([3])).tolist() == [1.0]
    assert p_values(Periods(0, 0), np.array([0]), np.array([0])).tolist() == [1.0]


def test_too_few_is_what_no_split_could_show() -> None:
    # Of equal periods, all n posts in one of them: p = 2 / 2 ** n, about.
    equal = Periods(100_000, 100_000)
    assert too_few(equal, np.array([0, 1, 10, 11, 500])).tolist() == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert least_posts(equal) == 11
    # Where the later period is a tenth of all, four posts in it are rare enough.
    assert least_posts(Periods(1_000, 10_000)) == 4
    # Without posts to compare with, nothing can be said of any term.
    assert too_few(Periods(1_000, 0), np.arange(1, 1_001)).all()


def test_q_values_of_an_example() -> None:
    """The fifteen p-values of Benjamini and Hochberg (1995), 4.1: four are rejected at 0.05."""
    p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    order = rng.permutation(len(p))
    q = q_values(np.array(p)[order])
    assert sorted(np.array(p)[order][q <= 0.05].tolist()) == p[:4]
    assert q[order.tolist().index(0)] == pytest.approx(0.0015)
    assert q_values([]).tolist() == []


def _simulated(rng: np.random.Generator, rates: Floats, changed: Floats) -> NDArray[np.bool_]:
    """Which terms are called significant, of terms with these rates before and others now."""
    periods = Periods(1_500, 1_300)
    before = rng.binomial(periods.before, rates)
    now = rng.binomial(periods.now, changed)
    pairs = zip(now.tolist(), before.tolist(), strict=True)
    counts = [("keywords", str(number), *pair) for number, pair in enumerate(pairs)]
    q = compare(periods, counts).q_values
    return np.where(np.isnan(q), False, q <= LEVEL)


def test_where_nothing_changes_hardly_anything_is_significant() -> None:
    """Under the null every discovery is false: the rate of runs with one stays below the level."""
    rng = np.random.default_rng(7)
    rates = 0.3 / np.arange(1, 401)  # as terms are: few frequent ones, many rare ones
    runs = 400
    false = [int(_simulated(rng, rates, rates).sum()) for _ in range(runs)]
    tolerance = 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5
    assert np.mean([count > 0 for count in false]) <= LEVEL + tolerance
    assert np.sum(false) / (runs * len(rates)) < 0.001


def test_among_terms_that_change_false_ones_stay_below_the_level() -> None:
    rng = np.random.default_rng(8)
    rates = np.full(300, 0.03)
    changed = rates.copy()
    changed[:40] *= 3
    shares, hits = [], []
    for _ in range(100):
        significant = _simulated(rng, rates, changed)
        shares.append(significant[40:].sum() / max(1, significant.sum()))
        hits.append(significant[:40].mean())
    assert np.mean(shares) <= LEVEL
    assert np.mean(hits) > 0.95
