"""One event, one alarm: a rule from evaluation to evaluation, on simulated posts."""

import numpy as np
import pytest

from loadtest.alert_simulation import (
    QUIET,
    Change,
    Posting,
    Scenario,
    Watched,
    delays,
    false_alarms,
    simulate,
    watch_posts,
)
from serve_app.alerts.calibration import BASELINE_DAYS, Calibration, Watch
from serve_app.alerts.hourly import Hourly
from serve_app.alerts.measures import MEASURES
from serve_app.alerts.stored_state import decode_state, encode_state
from serve_app.alerts.watching import WatchState, calibrated, calibration_span, step, watched_span

_BELOW = Watch(MEASURES["mean_sentiment"], direction="below")
#: Hours from which a rule with windows of a week watches, and a while later.
_WATCHED = (BASELINE_DAYS + 7) * 24
_LATER = _WATCHED + 3 * 24


def _watched(
    *changes: Change, days: int, watch: Watch = _BELOW, seed: int = 5, posting: Posting = Posting()  # noqa: B008 - it is frozen
) -> Watched:  # fmt: skip
    posts = simulate(posting, days, seed, changes)
    values = posts.sentiments if watch.measure.family == "mean" else np.ones(len(posts.times))
    return watch_posts(posts, values, watch, days)


@pytest.mark.parametrize("scenario", QUIET, ids=lambda scenario: scenario.name)
def test_in_30_quiet_days_there_is_one_false_alarm_at_most(scenario: Scenario) -> None:
    assert max(false_alarms(scenario, range(3))) <= 1


def test_a_drop_of_mean_sentiment_by_15_hundredths_is_found() -> None:
    """Within a day or two at 200 posts a day; docs/alerts.md has the figures of more seeds."""
    found = delays(Scenario("", change=Change(0, sentiment=-0.15)), range(4))
    posts = [delay.posts for delay in found if delay]
    assert len(posts) == len(found)
    assert np.median(posts) < 250


def test_a_drop_in_posts_that_come_at_once_is_found_with_them() -> None:
    """300 posts within an hour: the evaluation after them alarms, and needs no further time."""
    posting = Posting()
    posts = simulate(posting, 40, 7)
    generator = np.random.default_rng(1)
    times = np.sort(np.concatenate([posts.times, _LATER + generator.random(300)]))
    inside = (times >= _LATER) & (times < _LATER + 1)
    values = np.empty(len(times))
    values[~inside] = posts.sentiments[(posts.times < _LATER) | (posts.times >= _LATER + 1)][
        : (~inside).sum()
    ]
    values[inside] = generator.normal(0.15, 0.4, inside.sum())
    watched = watch_posts(type(posts)(times, values), values, _BELOW, 40)
    assert watched.alarms
    assert _LATER <= watched.alarms[0] < _LATER + 1


def test_an_event_alarms_once_and_ends_when_the_measure_is_back() -> None:
    days = (_LATER + 12 * 24) // 24
    watched = _watched(Change(_LATER, _LATER + 4 * 24, sentiment=-0.4), days=days)
    assert len(watched.alarms) == 1
    [(ended, ending)] = watched.endings
    assert ending == "returned"
    assert _LATER + 4 * 24 + 6 <= ended < _LATER + 7 * 24


def test_two_events_alarm_twice() -> None:
    second = _LATER + 10 * 24
    watched = _watched(
        Change(_LATER, _LATER + 3 * 24, sentiment=-0.4),
        Change(second, second + 3 * 24, sentiment=-0.4),
        days=second // 24 + 9,
    )
    assert len(watched.alarms) == 2
    assert watched.alarms[1] >= second
    assert [ending for _, ending in watched.endings] == ["returned", "returned"]


def test_a_change_that_stays_is_one_event_and_then_the_new_normal() -> None:
    days = (_LATER + 40 * 24) // 24
    watched = _watched(Change(_LATER, sentiment=-0.3), days=days)
    assert len(watched.alarms) == 1
    [(ended, ending)] = watched.endings
    assert ending == "settled"
    assert ended == pytest.approx(_LATER + 14 * 24, abs=48)


def test_an_event_that_comes_and_goes_within_a_day_does_not_alarm_again_and_again() -> None:
    waves = [
        Change(_LATER + 12 * wave, _LATER + 12 * wave + 6, sentiment=-0.8) for wave in range(8)
    ]
    watched = _watched(*waves, days=_LATER // 24 + 10, posting=Posting(posts_per_day=400))
    assert 1 <= len(watched.alarms) <= 2


@pytest.mark.parametrize(("direction", "factor"), [("above", 3.0), ("below", 0.2)])
def test_a_count_that_changes_is_found_and_ends(direction: str, factor: float) -> None:
    watch = Watch(MEASURES["count"], direction=direction)
    change = Change(_LATER, _LATER + 4 * 24, posts=factor)
    watched = _watched(change, days=_LATER // 24 + 12, watch=watch)
    assert len(watched.alarms) == 1
    assert _LATER <= watched.alarms[0] < _LATER + 36
    assert [ending for _, ending in watched.endings] == ["returned"]


def test_what_goes_the_other_way_is_no_event() -> None:
    watched = _watched(Change(_LATER, sentiment=0.4), days=_LATER // 24 + 5)
    assert watched.alarms == []


def test_a_rule_without_enough_history_learns() -> None:
    state = calibrated(_BELOW, WatchState(), 100, None)
    span = watched_span(_BELOW, state, 100)
    recent = Hourly.of((), span.start, span.stop)
    assert step(_BELOW, state, recent, 0.5).finding is None
    assert calibration_span(_BELOW, state, 100, earliest=0) is None  # tried in this hour
    assert calibration_span(_BELOW, state, 7 * 24, earliest=0) is not None


def test_a_state_is_read_back_as_it_was_written() -> None:
    posts = simulate(Posting(), 40, 1)
    hours = Hourly.of((), 96, 96)
    assert decode_state("{}") == WatchState()
    count = np.bincount(posts.times.astype(int), minlength=28 * 24)[: 28 * 24].astype(float)
    past = Hourly(hours.start, count, count * 0.3, count * 0.25)
    state = calibrated(_BELOW, WatchState(), 5_000, past)
    assert isinstance(state.calibration, Calibration)
    assert decode_state(encode_state(state)) == state
