"""The baseline of a count: posts of a mean hour, by day of the week and hour of the day. Pure."""

import numpy as np
from numpy.typing import NDArray

from serve_app.alerts.baseline import TrendBaseline
from serve_app.alerts.dispersion import with_dispersion
from serve_app.alerts.hourly import HOURS_OF_DAY, Array, Hourly, by_day, hour_of_week, hours_of_days
from serve_app.alerts.robust import inliers

#: A median of days with fewer posts says less than their mean.
_MEDIAN_POSTS = 5
#: What the profile of all days counts for in that of workdays or weekends, in days.
_PROFILE_DAYS = 3.0
#: Of two weeks or less, days differ by so much of their mean by chance at least.
_DAY_SPREAD = 0.2
_SHORT_DAYS = 14
_SATURDAY = 5


def fit_counts(past: Hourly, days: NDArray[np.bool_]) -> TrendBaseline:
    """The baseline of a count, also where there is no post at all.

    Args:
        past: days from midnight to midnight UTC.
        days: which of them are to be fitted; the others have no posts.
    """
    posts = by_day(past.count)
    weekdays = hour_of_week(past.hours)[::HOURS_OF_DAY] // HOURS_OF_DAY
    factors = _weekday_factors(posts[days], weekdays[days])
    relative = factors[weekdays]
    usual_posts = max(float(np.median((posts / relative)[days])), 1.0)
    scores = (posts / relative - usual_posts) / np.sqrt(usual_posts / relative)
    scores[~days] = 0
    kept_days = days & inliers(scores)
    # Half a post more: a keyword that was never seen is not impossible.
    level = (float(posts[kept_days].sum()) + 0.5) / float(relative[kept_days].sum())
    usual = hours_of_days(kept_days)
    kept = past.without(~usual)
    rhythm = np.repeat(factors, HOURS_OF_DAY) * _hour_profiles(kept, level) * HOURS_OF_DAY
    kept_posts = float(kept.count.sum()) + 0.5
    hourly = level / HOURS_OF_DAY
    flat = TrendBaseline("count", hourly, 1.0, tuple(rhythm), kept_posts, past.start, past.stop)
    return with_dispersion(flat, kept, flat.expected(kept) * usual)


def _weekday_factors(days: Array, weekdays: NDArray[np.int64]) -> Array:
    """Posts of each day of the week over those of a mean day, shrunk as far as chance explains."""
    times = np.maximum(np.bincount(weekdays, minlength=7), 1)
    medians = np.array([_middle(days[weekdays == weekday], days) for weekday in range(7)])
    mean = max(float(medians.mean()), 0.1)
    residuals = days - medians[weekdays]
    freedom = max(len(days) - 7, 1)
    within = max(mean, min(float((residuals**2).sum()) / freedom, mean**2))
    if len(days) < _SHORT_DAYS:
        within = max(within, (_DAY_SPREAD * mean) ** 2)
    between = max(float(medians.var()) - within / float(times.mean()), 0.0)
    weight = between / (between + within / times)
    return np.maximum(1 + weight * (medians / mean - 1), 0.02)


def _middle(days: Array, all_days: Array) -> float:
    if not len(days):
        return float(all_days.mean())
    return float(np.median(days)) if days.mean() >= _MEDIAN_POSTS else float(days.mean())


def _hour_profiles(kept: Hourly, level: float) -> Array:
    """The part of a day's posts in each hour of the week: one profile for workdays, one for
    weekends, both shrunk towards that of all days."""
    week = hour_of_week(kept.hours)
    hours = week % HOURS_OF_DAY
    weight = level * _PROFILE_DAYS
    weekend = week // HOURS_OF_DAY >= _SATURDAY
    common = _profile(hours, kept.count, np.full(HOURS_OF_DAY, 1 / HOURS_OF_DAY), weight)
    workdays = _profile(hours, kept.count * ~weekend, common, weight)
    weekends = _profile(hours, kept.count * weekend, common, weight)
    return np.concatenate([np.tile(workdays, _SATURDAY), np.tile(weekends, 7 - _SATURDAY)])


def _profile(hours: NDArray[np.int64], count: Array, prior: Array, weight: float) -> Array:
    posts = np.bincount(hours, count, HOURS_OF_DAY)
    profile: Array = (posts + weight * prior) / (posts.sum() + weight)
    return profile
