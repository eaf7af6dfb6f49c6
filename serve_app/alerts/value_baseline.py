"""The baseline of a mean or a share. Pure: knows no database."""

import numpy as np
from numpy.typing import NDArray

from serve_app.alerts.baseline import TrendBaseline
from serve_app.alerts.dispersion import with_dispersion
from serve_app.alerts.hourly import (
    HOURS_OF_DAY,
    HOURS_OF_WEEK,
    Array,
    Hourly,
    by_day,
    hours_of_days,
)
from serve_app.alerts.likelihood import Family
from serve_app.alerts.robust import inliers, weighted_median

#: Days are taken together until they have so many posts.
_BLOCK_POSTS = 20


def fit_values(
    family: Family, past: Hourly, days: NDArray[np.bool_], least_sd: float
) -> TrendBaseline:
    """The baseline of a mean or a share.

    Args:
        family: ``mean`` or ``share``.
        past: days from midnight to midnight UTC, with posts.
        days: which of them are to be fitted; the others have no posts.
        least_sd: of one post's value, where the posts were all alike.
    """
    usual = hours_of_days(days & _usual_days(past, least_sd))
    kept = past.without(~usual)
    posts = float(kept.count.sum())
    level = float(kept.total.sum()) / posts
    if family == "share":  # half a post of either kind: none of 50 is not never
        level = (float(kept.total.sum()) + 0.5) / (posts + 1)
        variance = level * (1 - level)
    else:
        variance = max(float(kept.squares.sum()) / posts - level**2, least_sd**2)
    rhythm = np.tile(_hour_offsets(kept, level, variance), HOURS_OF_WEEK // HOURS_OF_DAY)
    flat = TrendBaseline(family, level, variance, tuple(rhythm), posts, past.start, past.stop)
    return with_dispersion(flat, kept, kept.count * variance)


def _usual_days(past: Hourly, least_sd: float) -> NDArray[np.bool_]:
    """Which days are not outliers; days with few posts are judged together with the next."""
    count, total, squares = (by_day(each) for each in (past.count, past.total, past.squares))
    blocks = _blocks(count)
    posts = np.bincount(blocks, count).astype(np.float64)
    means = np.bincount(blocks, total) / np.maximum(posts, 1)
    mean = total.sum() / count.sum()
    variance = max(float(squares.sum() / count.sum() - mean**2), least_sd**2)
    scores = (means - weighted_median(means, posts)) * np.sqrt(posts / variance)
    return inliers(scores)[blocks]


def _blocks(count: Array) -> NDArray[np.int64]:
    """The number of each day's block: consecutive days with enough posts."""
    blocks = np.zeros(len(count), np.int64)
    block, posts = 0, 0.0
    for day, day_posts in enumerate(count):
        if posts >= _BLOCK_POSTS:
            block, posts = block + 1, 0.0
        blocks[day] = block
        posts += day_posts
    if 0 < posts < _BLOCK_POSTS and block:
        blocks[blocks == block] = block - 1  # the rest belongs to the last
    return blocks


def _hour_offsets(kept: Hourly, level: float, variance: float) -> Array:
    """How the mean differs by hour of the day, shrunk as far as chance would explain it.

    Empirical Bayes: the variance between hours beyond that of their means (Efron and Morris,
    1975).
    """
    hours = kept.hours % HOURS_OF_DAY
    posts = np.bincount(hours, kept.count, HOURS_OF_DAY)
    excess = np.bincount(hours, kept.total - kept.count * level, HOURS_OF_DAY)
    between = max(float((excess**2).sum() - variance * posts.sum()) / float((posts**2).sum()), 0.0)
    return excess * between / (posts * between + variance)
