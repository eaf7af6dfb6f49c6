"""What a rule has to know of the past: the baseline, and how much evidence an alarm takes.

Pure: knows no database and no clock.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serve_app.alerts.baseline import TrendBaseline
from serve_app.alerts.count_baseline import fit_counts
from serve_app.alerts.hourly import HOURS_OF_DAY, Hourly, hours_of_days
from serve_app.alerts.measures import WatchedMeasure
from serve_app.alerts.scan import Limits, threshold
from serve_app.alerts.value_baseline import fit_values

#: Days of the baseline, and how many there have to be.
BASELINE_DAYS = 28
LEAST_BASELINE_DAYS = 7
#: A mean or a share is not judged by a baseline of fewer posts.
LEAST_BASELINE_POSTS = 50
#: A change that is told is so large at least, in standard deviations of one post's value.
LEAST_CHANGE_SD = 0.2
#: Or, of a count, a quarter more than expected, or a fifth less.
LEAST_COUNT_CHANGE = 0.25
#: Counts vary more wildly than a fitted dispersion says; measured by simulation.
_COUNT_MARGIN = 3.0


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How much evidence an alarm takes.

    Attributes:
        floor: least log likelihood ratio; measured by simulation (docs/alerts.md).
        quiet_days: in which the rule's own past would have given one false alarm.
    """

    floor: float
    quiet_days: float


SENSITIVITIES = {
    "low": Sensitivity(12.0, 3_650.0),
    "medium": Sensitivity(9.0, 730.0),
    "high": Sensitivity(7.0, 90.0),
}


@dataclass(frozen=True, slots=True)
class Watch:
    """What the detector has to know of a rule.

    Attributes:
        measure: what is watched.
        direction: ``above``, ``below`` or ``either``.
        window_hours: of the longest window.
        sensitivity: of :data:`SENSITIVITIES`.
        least_posts: in a window.
        least_change: in the measure's unit, of a count as a ratio less 1; None is
            :data:`LEAST_CHANGE_SD` or :data:`LEAST_COUNT_CHANGE`.
    """

    measure: WatchedMeasure
    direction: str = "either"
    window_hours: int = 168
    sensitivity: str = "medium"
    least_posts: int = 20
    least_change: float | None = None

    def limits(self, least_change: float) -> Limits:
        """For a scan, once it is known how large a change has to be."""
        return Limits(self.direction, self.window_hours, self.least_posts, least_change)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A baseline, with what makes a change from it worth an alarm."""

    baseline: TrendBaseline
    threshold: float
    least_change: float


@dataclass(frozen=True, slots=True)
class HourSpan:
    """Hours from ``start`` until before ``stop``."""

    start: int
    stop: int


def baseline_span(watch: Watch, now: int, *, earliest: int) -> HourSpan | None:
    """The whole days that a baseline is fitted to; None while there are too few.

    They end where the longest window begins; while the history is short, where enough days are
    over, and the windows are shorter.

    Args:
        watch: the rule.
        now: the current hour.
        earliest: the hour from which posts are known.
    """
    first = -(-earliest // HOURS_OF_DAY) * HOURS_OF_DAY
    begin = now - watch.window_hours + 1
    stop = max(begin - begin % HOURS_OF_DAY, first + LEAST_BASELINE_DAYS * HOURS_OF_DAY)
    if stop > now:
        return None
    return HourSpan(max(stop - BASELINE_DAYS * HOURS_OF_DAY, first), stop)


def calibrate(
    watch: Watch, past: Hourly, *, left_out: NDArray[np.bool_] | None = None
) -> Calibration | None:
    """The baseline of the past and the threshold that goes with it; None where posts are too few.

    Args:
        watch: the rule.
        past: the days of :func:`baseline_span`.
        left_out: hours of earlier events; their days are not part of the baseline.
    """
    out = np.zeros(len(past), np.bool_) if left_out is None else left_out
    days = np.logical_not(out.reshape(-1, HOURS_OF_DAY).any(axis=1))
    hours = hours_of_days(days)
    counted = past.without(~hours)
    baseline = _fit(watch.measure, counted, days)
    if baseline is None:
        return None
    least_change = watch.least_change or _least_change(baseline)
    sensitivity = SENSITIVITIES[watch.sensitivity]
    level = threshold(
        baseline,
        counted,
        hours,
        watch.limits(least_change),
        floor=_floor(watch, sensitivity),
        quiet_days=sensitivity.quiet_days,
    )
    return Calibration(baseline, level, least_change)


def _fit(measure: WatchedMeasure, past: Hourly, days: NDArray[np.bool_]) -> TrendBaseline | None:
    if days.sum() < LEAST_BASELINE_DAYS:
        return None
    if measure.family == "count":
        return fit_counts(past, days)
    if past.count.sum() < LEAST_BASELINE_POSTS:
        return None
    return fit_values(measure.family, past, days, measure.least_sd)


def _least_change(baseline: TrendBaseline) -> float:
    if baseline.family == "count":
        return LEAST_COUNT_CHANGE
    return LEAST_CHANGE_SD * math.sqrt(baseline.variance)


def _floor(watch: Watch, sensitivity: Sensitivity) -> float:
    floor = sensitivity.floor
    if watch.measure.family == "count":
        floor += _COUNT_MARGIN
    if watch.direction == "either":  # two tests instead of one
        floor += math.log(2)
    return floor
