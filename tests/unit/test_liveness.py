"""A process that lives without answering is ended after a minute, and not before."""

from dataclasses import dataclass, field

from serve_app.standalone.liveness import SILENCE_LIMIT_S, LivenessWatch
from serve_app.standalone.service_state import ProcessState
from tests.manual_clock import ManualClock


@dataclass
class Patient:
    """A supervised process as far as the watch knows it."""

    state: ProcessState = field(default_factory=lambda: ProcessState("Ray", True, 0, "", ""))
    answers: bool = True
    kills: int = 0

    def kill(self) -> None:
        self.kills += 1


def kills_after(patient: Patient, seconds: float) -> int:
    clock = ManualClock()
    watch = LivenessWatch(patient, lambda: patient.answers, clock)  # type: ignore[arg-type]
    for _ in range(round(seconds)):
        clock.now += 1
        watch.tend()
    return patient.kills


def test_one_that_answers_is_left_alone() -> None:
    assert kills_after(Patient(), 5 * SILENCE_LIMIT_S) == 0


def test_one_that_is_silent_for_a_minute_is_ended() -> None:
    assert kills_after(Patient(answers=False), SILENCE_LIMIT_S - 2) == 0
    assert kills_after(Patient(answers=False), SILENCE_LIMIT_S + 6) == 1


def test_one_that_is_being_started_has_its_time() -> None:
    starting = ProcessState("Ray", False, 0, "", "")
    assert kills_after(Patient(starting, answers=False), 5 * SILENCE_LIMIT_S) == 0
