"""When a measure has left its baseline, and when it is back.

Two sequential tests with one event between them: :func:`find` tells the change that begins it, and
:func:`has_returned` tells that it is over, which takes evidence of its own and some hours. So one
event gives one alarm. Pure: knows no database and no clock.
"""

import math

from serve_app.alerts.baseline import TrendBaseline
from serve_app.alerts.calibration import Calibration, Watch
from serve_app.alerts.hourly import HOURS_OF_WEEK, Array, Hourly
from serve_app.alerts.likelihood import evidence_of
from serve_app.alerts.scan import ChangePoint, scan

#: A change that lasts so long is the new normal: its event ends, and the baseline begins with it.
SETTLED_DAYS = 14
#: The measure has to be back for so long: a whole day, for people post by day and by night.
RETURN_HOURS = 24
#: With a likelihood ratio of e^3, 20 to 1.
_RETURN_EVIDENCE = 3.0


def find(
    watch: Watch, calibration: Calibration, recent: Hourly, exposure: Array
) -> ChangePoint | None:
    """The window up to now that speaks most for a change; an alarm if it reaches the threshold.

    Args:
        watch: the rule.
        calibration: of it.
        recent: hours since the baseline ended or the last event was over; the last is not over.
        exposure: the part of each hour that has passed.

    Returns:
        None where no window has enough posts.
    """
    limits = watch.limits(calibration.least_change)
    return scan(calibration.baseline, recent, exposure, limits)


def has_returned(
    watch: Watch, calibration: Calibration, change: float, since: Hourly, exposure: Array
) -> bool:
    """Whether the measure is back at its baseline, rather than half as far away as it was.

    Args:
        watch: the rule.
        calibration: of the time before the event.
        change: of the finding that began it, with its sign.
        since: hours after the alarm; the last is not over.
        exposure: the part of each hour that has passed.
    """
    baseline = calibration.baseline
    half = _half(baseline, change, calibration.least_change)
    _, windows = baseline.latest_windows(
        since, exposure, shortest=RETURN_HOURS, longest=HOURS_OF_WEEK
    )
    away = evidence_of(baseline.family, windows, variance=baseline.variance, change=half)
    enough = windows.posts >= (0 if baseline.family == "count" else watch.least_posts)
    return bool((enough & (-away >= _RETURN_EVIDENCE)).any())


def _half(baseline: TrendBaseline, change: float, least: float) -> float:
    """Half of a change, or the least that a rule tells if that is more."""
    if baseline.family == "count" and change < 0:
        return min(change / 2, 1 / (1 + least) - 1)
    return math.copysign(max(abs(change) / 2, least), change)
