"""The gauges of what waits."""

import pytest
from ray.serve import metrics

from serve_app.admission.admission import Admission
from serve_app.metrics.waiting import WaitingMetrics
from serve_app.settings import DriverSettings
from tests.manual_clock import ManualClock


class RecordedGauge:
    """Remembers what it was set to, by its tags."""

    values: dict[tuple[str, str], float]

    def __init__(self, name: str, description: str, tag_keys: tuple[str, ...]) -> None:
        assert description
        assert tag_keys == ("class",)
        self._name = name

    def set(self, value: float, tags: dict[str, str]) -> None:
        self.values[self._name, tags["class"]] = value


def test_each_class_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecordedGauge, "values", {}, raising=False)
    monkeypatch.setattr(metrics, "Gauge", RecordedGauge)
    clock = ManualClock()
    settings = DriverSettings(
        batches_in_flight=1, batch_characters=100, waiting_characters=7_000, waiting_s=3
    )
    requests = Admission.of(settings, clock)
    gauges = WaitingMetrics()
    with requests.admit(2_000, texts=4) as (_, admitted):
        clock.now += 1.5
        admitted.answered(250, done=True)
        gauges.report(requests.lanes)
    values = RecordedGauge.values
    assert values["postlens_waiting_texts", "interactive"] == 3
    assert values["postlens_waiting_characters", "interactive"] == 1_750
    assert values["postlens_waiting_oldest_seconds", "interactive"] == 1.5
    # No rate is known yet: what a batch holds.
    assert values["postlens_waiting_limit_characters", "interactive"] == 100
    assert values["postlens_drain_characters_per_second", "interactive"] == 0
    assert {value for (_, lane), value in values.items() if lane != "interactive"} == {
        0, 100, settings.waiting_bulk_characters,
    }  # fmt: skip


def test_the_rate_and_the_limit_that_it_makes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecordedGauge, "values", {}, raising=False)
    monkeypatch.setattr(metrics, "Gauge", RecordedGauge)
    clock = ManualClock()
    settings = DriverSettings(batches_in_flight=1, batch_characters=100, waiting_s=3)
    requests = Admission.of(settings, clock)
    gauges = WaitingMetrics()
    with requests.admit(2_000, texts=20) as (_, admitted):
        for _ in range(10):
            clock.now += 1
            admitted.answered(100, done=True)
        gauges.report(requests.lanes)
    rate = RecordedGauge.values["postlens_drain_characters_per_second", "interactive"]
    assert rate == pytest.approx(100, rel=0.3)
    assert RecordedGauge.values["postlens_waiting_limit_characters", "interactive"] == 3 * rate
