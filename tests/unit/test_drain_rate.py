"""How fast work is done: measured while enough waits, and kept while it does not."""

import math

import pytest

from serve_app.admission.drain_rate import DrainRate, retry_after_s
from tests.manual_clock import ManualClock


def work(
    rate: DrainRate, clock: ManualClock, *, seconds: int, per_s: int, done: bool = True
) -> None:
    """As much comes as leaves, once a second."""
    for _ in range(seconds):
        clock.now += 1
        rate.come(per_s)
        rate.leave(per_s, done=done)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_nothing_is_known_before_a_stretch_is_over(clock: ManualClock) -> None:
    rate = DrainRate(100, clock)
    rate.come(1_000)
    work(rate, clock, seconds=1, per_s=500)
    assert rate.per_s is None
    assert rate.seconds(1_000) == 0
    work(rate, clock, seconds=2, per_s=500)
    assert rate.per_s == pytest.approx(500, rel=0.5)


def test_the_rate_is_what_is_done_a_second(clock: ManualClock) -> None:
    rate = DrainRate(100, clock)
    rate.come(1_000)
    work(rate, clock, seconds=30, per_s=500)
    assert rate.per_s == pytest.approx(500, rel=0.03)
    assert rate.seconds(2_000) == pytest.approx(4, rel=0.03)


@pytest.mark.parametrize(("waiting", "counts"), [(99, False), (100, True)])
def test_a_stretch_counts_where_enough_waits_on_average(
    clock: ManualClock, waiting: int, counts: bool
) -> None:
    rate = DrainRate(100, clock)
    rate.come(waiting)
    work(rate, clock, seconds=5, per_s=10)
    assert (rate.per_s is not None) == counts


def test_idle_time_changes_nothing(clock: ManualClock) -> None:
    rate = DrainRate(100, clock)
    rate.come(1_000)
    work(rate, clock, seconds=20, per_s=500)
    before = rate.per_s
    rate.leave(1_000, done=False)
    clock.now += 3_600
    work(rate, clock, seconds=20, per_s=1)  # somebody who is alone
    assert rate.per_s == before


def test_the_latest_tell(clock: ManualClock) -> None:
    rate = DrainRate(100, clock)
    rate.come(1_000)
    work(rate, clock, seconds=60, per_s=500)
    work(rate, clock, seconds=40, per_s=100)
    assert rate.per_s == pytest.approx(100, rel=0.15)


def test_what_is_given_up_is_not_done_and_before_anything_is_done_nothing_is_known(
    clock: ManualClock,
) -> None:
    rate = DrainRate(100, clock)
    rate.come(1_000)
    work(rate, clock, seconds=10, per_s=500, done=False)
    assert rate.per_s is None
    assert rate.seconds(1) == 0


@pytest.mark.parametrize(
    ("seconds", "told"), [(-5, 1), (0, 1), (1, 1), (1.001, 2), (59.1, 60), (60, 60), (math.inf, 60)]
)
def test_a_wait_is_told_in_whole_seconds_of_a_minute(seconds: float, told: int) -> None:
    assert retry_after_s(seconds) == told
