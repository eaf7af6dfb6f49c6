"""Whether a term is in more, or in fewer, of the posts than before by more than chance.

The null hypothesis: which of all posts have the term has nothing to do with when they were
published. Exact, so that it holds for small numbers too. Pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Of the terms that are called significant, so many may be so by chance.
LEVEL = 0.05
#: A term is too rare to be tested if even its most extreme split would have a higher p-value.
_LEAST_P_VALUE = 0.001
MOST_TRIED = 1_000
#: Summands smaller than this part of the first change no digit that is shown.
_NEGLIGIBLE = 1e-12

#: The logarithms of 0!, 1!, 2! and so on.
_SMALL = np.array([math.lgamma(n + 1) for n in range(64)])

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Periods:
    """The posts of two periods: of the later one, and of the one before it."""

    now: int
    before: int

    @property
    def swapped(self) -> "Periods":
        """The other way round."""
        return Periods(self.before, self.now)


def p_values(periods: Periods, now: Integers, before: Integers) -> Floats:
    """Fisher's exact test for many terms: twice the tail on the side of the change, at most 1.

    Given all posts and all that have the term, the number of those in the later period has the
    hypergeometric distribution (R. A. Fisher, "The Design of Experiments", 1935; twice a tail:
    A. Agresti, "Categorical Data Analysis", 3.5).

    Args:
        periods: their posts.
        now, before: how many of them have each term.
    """
    rising = now * periods.before >= before * periods.now
    tails = np.empty(len(now))
    tails[rising] = _tails(periods, now[rising], before[rising])
    falling = ~rising
    tails[falling] = _tails(periods.swapped, before[falling], now[falling])
    return np.minimum(1.0, 2 * tails)


def too_few(periods: Periods, posts: Integers) -> NDArray[np.bool_]:
    """Whether terms that are in so many posts of both periods are too rare to be tested.

    By the least p-value that their number of posts allows, which tells nothing of the null
    hypothesis (R. E. Tarone, "A Modified Bonferroni Method for Discrete Data", 1990).
    """
    distinct, places = np.unique(posts, return_inverse=True)
    most_now = np.minimum(distinct, periods.now)
    most_before = np.minimum(distinct, periods.before)
    all_now = p_values(periods, most_now, distinct - most_now)
    all_before = p_values(periods, distinct - most_before, most_before)
    return (np.minimum(all_now, all_before) > _LEAST_P_VALUE)[places]


def least_posts(periods: Periods) -> int:
    """In how many posts a term has to be, to be tested; :data:`MOST_TRIED` at most."""
    tried = np.arange(1, min(MOST_TRIED, periods.now + periods.before) + 1)
    enough = np.flatnonzero(~too_few(periods, tried))
    return int(tried[enough[0]]) if len(enough) else MOST_TRIED


def q_values(p_values: Sequence[float] | Floats) -> Floats:
    """The level at which each is significant among all.

    After Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate" (1995): sorted by
    p-value, the least of ``p * tests / rank`` over its own and all higher ranks.
    """
    values = np.asarray(p_values, float)
    order = np.argsort(values, kind="stable")
    scaled = values[order] * len(values) / np.arange(1, len(values) + 1)
    least = np.minimum.accumulate(scaled[::-1])[::-1]
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(least, 1.0)
    return adjusted


def _tails(periods: Periods, now: Integers, before: Integers) -> Floats:
    """The probability of so many in the later period, or more."""
    probability = np.exp(_log_probabilities(periods, now, before))
    total, summand = probability.copy(), probability.copy()
    active = np.arange(len(now))
    step = 0
    while len(active):
        # P(k + 1) / P(k), of the posts with the term one more is in the later period.
        k, left = now[active] + step, before[active] - step
        ratio = (periods.now - k) * left / ((k + 1.0) * (periods.before - left + 1.0))
        summand[active] *= ratio
        total[active] += summand[active]
        active = active[summand[active] > _NEGLIGIBLE * total[active]]
        step += 1
    return np.minimum(total, 1.0)


def _log_probabilities(periods: Periods, now: Integers, before: Integers) -> Floats:
    """Of the hypergeometric distribution: C(n1, a) C(n2, b) / C(n1 + n2, a + b)."""
    whole = periods.now + periods.before
    return (
        _log_choose(periods.now, now)
        + _log_choose(periods.before, before)
        - _log_choose(whole, now + before)
    )


def _log_choose(n: int, k: Integers) -> Floats:
    return _log_factorials(np.array([n])) - _log_factorials(k) - _log_factorials(n - k)


def _log_factorials(n: Integers) -> Floats:
    """By Stirling's series (NIST Handbook of Mathematical Functions, 5.11.1), or a table."""
    large = np.maximum(n, len(_SMALL)).astype(float)
    series = 1 / (12 * large) - 1 / (360 * large**3) + 1 / (1260 * large**5)
    stirling = large * np.log(large) - large + np.log(2 * np.pi * large) / 2 + series
    return np.where(n < len(_SMALL), _SMALL[np.minimum(n, len(_SMALL) - 1)], stirling)
