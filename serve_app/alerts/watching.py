"""A rule from one evaluation to the next: it learns, watches, alarms, and waits for the end.

Pure: what has been read of the posts is given, and so is the time.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from serve_app.alerts.calibration import Calibration, HourSpan, Watch, baseline_span, calibrate
from serve_app.alerts.detector import SETTLED_DAYS, find, has_returned
from serve_app.alerts.hourly import HOURS_OF_DAY, HOURS_OF_WEEK, Array, Hourly
from serve_app.alerts.scan import ChangePoint

#: How an event ends: the measure is back, or stays away for so long that it is the new normal.
Ending = Literal["returned", "settled"]


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """An event that was told and is not over.

    Attributes:
        began: the first hour of the window that told it.
        alarmed: the hour in which it was told.
        change: from the baseline, with its sign.
    """

    began: int
    alarmed: int
    change: float


@dataclass(frozen=True, slots=True)
class WatchState:
    """What is kept of a rule between evaluations.

    Attributes:
        calibration: None while too little is known.
        calibrated: the hour of the last attempt at it; None is never.
        event: the one that is open.
        watched_from: no window begins before this hour: what went before belongs to another event.
        history_from: nor does a baseline before this one.
    """

    calibration: Calibration | None = None
    calibrated: int | None = None
    event: OpenEvent | None = None
    watched_from: int = 0
    history_from: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What an evaluation has led to.

    Attributes:
        state: from now on.
        finding: the strongest window, where one was looked for.
        alarm: whether an event has begun, with the finding.
        ending: how the open event has ended.
    """

    state: WatchState
    finding: ChangePoint | None = None
    alarm: bool = False
    ending: Ending | None = None


def calibration_span(
    watch: Watch, state: WatchState, hour: int, *, earliest: int
) -> HourSpan | None:
    """The days to calibrate with now; None where that is not due, or too few are known.

    Once an hour; not during an event, whose baseline is that of the time before.
    """
    if state.event is not None or state.calibrated == hour:
        return None
    return baseline_span(watch, hour, earliest=max(earliest, state.history_from))


def calibrated(
    watch: Watch,
    state: WatchState,
    hour: int,
    past: Hourly | None,
    left_out: NDArray[np.bool_] | None = None,
) -> WatchState:
    """The state with the calibration of this hour.

    Args:
        watch: the rule.
        state: before.
        hour: the current one.
        past: the days of :func:`calibration_span`, None where there are none.
        left_out: which of their hours belong to earlier events.
    """
    calibration = None if past is None else calibrate(watch, past, left_out=left_out)
    return replace(state, calibration=calibration, calibrated=hour)


def watched_span(watch: Watch, state: WatchState, hour: int) -> HourSpan:
    """The hours that the next step looks at."""
    if state.event is not None:
        return HourSpan(max(state.event.alarmed + 1, hour + 1 - HOURS_OF_WEEK), hour + 1)
    start = max(hour + 1 - watch.window_hours, state.watched_from)
    if state.calibration is not None:
        start = max(start, state.calibration.baseline.until)
    return HourSpan(min(start, hour + 1), hour + 1)


def step(watch: Watch, state: WatchState, recent: Hourly, passed: float) -> Step:
    """One evaluation.

    Args:
        watch: the rule.
        state: before.
        recent: the hours of :func:`watched_span`.
        passed: the part of the last hour that has passed, 0 to 1.
    """
    if state.calibration is None:
        return Step(state)
    exposure = _exposure(recent, passed)
    if state.event is not None:
        return _wait_for_end(watch, state, state.calibration, state.event, recent, exposure)
    finding = find(watch, state.calibration, recent, exposure) if len(recent) else None
    if finding is None or finding.score < state.calibration.threshold:
        return Step(state, finding)
    hour = recent.stop - 1
    event = OpenEvent(recent.stop - finding.hours, hour, finding.change)
    return Step(replace(state, event=event), finding, alarm=True)


def _wait_for_end(
    watch: Watch,
    state: WatchState,
    calibration: Calibration,
    event: OpenEvent,
    recent: Hourly,
    exposure: Array,
) -> Step:
    after = WatchState(watched_from=recent.stop, history_from=state.history_from)
    if has_returned(watch, calibration, event.change, recent, exposure):
        return Step(after, ending="returned")
    if recent.stop - event.began > SETTLED_DAYS * HOURS_OF_DAY:
        return Step(replace(after, history_from=event.began), ending="settled")
    return Step(state)


def _exposure(recent: Hourly, passed: float) -> Array:
    exposure = np.ones(len(recent))
    exposure[-1:] = passed
    return exposure
