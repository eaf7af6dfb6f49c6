"""How strongly the posts of the last hours speak for a change, over windows of many lengths.

Window-limited likelihood ratios (Lai, "Sequential changepoint detection in quality control and
dynamical systems", JRSS B 57, 1995): a large change shows in a short window, a small lasting one in
a long one. Pure: knows no database.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve_app.alerts.baseline import LENGTHS, TrendBaseline
from serve_app.alerts.hourly import HOURS_OF_DAY, Array, Hourly
from serve_app.alerts.likelihood import Windows, evidence

#: By direction, the signs of the changes that are looked for.
SIGNS = {"above": (1,), "below": (-1,), "either": (1, -1)}
#: Of Gumbel's distribution: by how much values above the median exceed it on average.
_MEAN_EXCESS = 1.181
_GREATEST_SCALE = 2.0
#: The past's maxima count like so many days against the scale that theory has, which is 1.
_SCALE_WEIGHT_DAYS = 14


@dataclass(frozen=True, slots=True)
class Limits:
    """What makes a change worth an alarm.

    Attributes:
        direction: ``above``, ``below`` or ``either``.
        longest: hours of the longest window.
        least_posts: in a window; not for a count below its baseline.
        least_change: in the measure's unit; of a count, the ratio less 1.
    """

    direction: str
    longest: int
    least_posts: int
    least_change: float


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The window that speaks most strongly.

    Attributes:
        score: log likelihood ratio.
        sign: 1 upwards, -1 downwards.
        hours: of the window, which ends now.
        posts: in it.
        value: of the measure in it: the mean, the share, or the posts of an hour.
        expected: the same under the baseline.
        change: by how much it differs per post; of a count, the ratio less 1.
    """

    score: float
    sign: int
    hours: int
    posts: int
    value: float
    expected: float
    change: float


def scan(
    baseline: TrendBaseline, recent: Hourly, exposure: Array, limits: Limits
) -> ChangePoint | None:
    """The strongest window that ends now; None where no window has enough posts.

    Args:
        baseline: fitted before.
        recent: the last hours; the last one may not be over.
        exposure: the part of each hour that has passed.
        limits: of the rule.
    """
    lengths, windows = baseline.latest_windows(recent, exposure, longest=limits.longest)
    best: ChangePoint | None = None
    for sign in SIGNS[limits.direction]:
        scores = _scores(baseline, windows, limits, sign)
        place = int(scores.argmax())
        if scores[place] > (best.score if best else -np.inf):
            best = _finding(baseline, windows, place, int(lengths[place]), sign, scores[place])
    return best


def threshold(
    baseline: TrendBaseline,
    past: Hourly,
    counted: NDArray[np.bool_],
    limits: Limits,
    *,
    floor: float,
    quiet_days: float,
) -> float:
    """The score that is reached by chance once in ``quiet_days``, as the past lets expect.

    The greatest scores of each day are fitted by Gumbel's distribution, the limit of maxima whose
    tail is exponential, as that of a log likelihood ratio is. Where the posts are as the
    baseline assumes, its scale is 1; where they are wilder, the threshold is higher.

    Args:
        baseline: fitted to the past.
        past: its days.
        counted: which hours of them count; the others have no posts.
        limits: of the rule.
        floor: less it never is.
        quiet_days: in which one false alarm is expected.
    """
    maxima = _daily_maxima(baseline, past, counted, limits)
    if len(maxima) < 2:
        return floor
    middle = float(np.median(maxima))
    excess = float(np.maximum(maxima - middle, 0).mean()) * 2 / _MEAN_EXCESS
    scale = (len(maxima) * excess + _SCALE_WEIGHT_DAYS) / (len(maxima) + _SCALE_WEIGHT_DAYS)
    scale = min(max(scale, 1.0), _GREATEST_SCALE)
    return max(floor, middle + scale * (math.log(quiet_days) + math.log(math.log(2))))


def _daily_maxima(
    baseline: TrendBaseline, past: Hourly, counted: NDArray[np.bool_], limits: Limits
) -> Array:
    """The greatest score of each day of the past, evaluated at the end of each hour."""
    scores = np.full(len(past), -np.inf)
    for length in LENGTHS:
        if length <= min(limits.longest, len(past)):
            windows = baseline.past_windows(past, counted, length)
            for sign in SIGNS[limits.direction]:
                tail = scores[length - 1 :]
                np.maximum(tail, _scores(baseline, windows, limits, sign), out=tail)
    maxima: Array = scores.reshape(-1, HOURS_OF_DAY).max(axis=1)
    return maxima[np.isfinite(maxima)]


def _scores(baseline: TrendBaseline, windows: Windows, limits: Limits, sign: int) -> Array:
    """Evidence of a change, minus infinity where a window has too few posts."""
    scores = evidence(
        baseline.family,
        windows,
        variance=baseline.variance,
        least_change=limits.least_change,
        sign=sign,
    )
    counted = windows.expected if baseline.family == "count" and sign < 0 else windows.posts
    return np.where(counted >= limits.least_posts, scores, -np.inf)


def _finding(
    baseline: TrendBaseline, windows: Windows, place: int, hours: int, sign: int, score: float
) -> ChangePoint:
    posts, observed, expected, change = (
        float(each[place])
        for each in (
            windows.posts,
            windows.observed,
            windows.expected,
            windows.change(baseline.family),
        )
    )
    per = hours if baseline.family == "count" else posts
    return ChangePoint(
        float(score), sign, hours, round(posts), observed / per, expected / per, change
    )
