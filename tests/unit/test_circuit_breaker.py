import pytest

from serve_app.cache.circuit_breaker import RETRY_AFTER_S, CircuitBreaker
from tests.manual_clock import ManualClock


def test_a_failure_opens_it_for_a_while_and_then_one_call_tries() -> None:
    clock = ManualClock()
    breaker = CircuitBreaker("Redis", clock)
    assert breaker.allow_call()
    breaker.record_failure(OSError())
    assert not breaker.closed
    clock.now += RETRY_AFTER_S - 0.001
    assert not breaker.allow_call()
    clock.now += 0.001
    assert [breaker.allow_call() for _ in range(3)] == [True, False, False]


def test_a_success_closes_it() -> None:
    clock = ManualClock()
    breaker = CircuitBreaker("Redis", clock)
    breaker.record_failure(OSError())
    clock.now += RETRY_AFTER_S
    assert breaker.allow_call()
    breaker.record_success()
    assert breaker.closed
    assert [breaker.allow_call() for _ in range(3)] == [True] * 3


def test_an_outage_is_logged_once_and_without_the_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    breaker = CircuitBreaker("Redis", ManualClock())
    for _ in range(3):
        breaker.record_failure(OSError("redis://:secret@host"))
    for _ in range(3):
        breaker.record_success()
    assert caplog.messages == [
        "Redis failed (OSError); going on without it.",
        "Redis is back after 0.0 s.",
    ]
