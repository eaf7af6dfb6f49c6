"""A process that ends is started again, with longer waits where it ends again and again."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from serve_app.standalone.child_process import ChildProcess
from serve_app.standalone.errors import ProcessFailed
from serve_app.standalone.supervised import Supervised
from tests.manual_clock import ManualClock


class Program:
    """Starts children, and counts how often; fails while it is told to."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self.started: list[ChildProcess] = []
        self.broken = False

    def start(self) -> ChildProcess:
        if self.broken:
            raise ProcessFailed("no room on the disk")
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        process = ChildProcess(command, log=self._log, stop_signal=signal.SIGTERM, stop_timeout_s=5)
        self.started.append(process)
        return process

    def kill(self) -> None:
        self.started[-1].kill()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path / "log")
    yield program
    for process in program.started:
        process.kill()


def supervise(program: Program, clock: ManualClock) -> Supervised:
    return Supervised("The sleeper", program.start(), program.start, clock=clock)


def test_a_process_that_runs_is_left_alone(program: Program, clock: ManualClock) -> None:
    supervised = supervise(program, clock)
    assert not supervised.tend()
    assert supervised.state.up
    assert supervised.state.restarts == 0
    assert len(program.started) == 1


def test_a_killed_process_is_back_at_once_and_says_how_it_ended(
    program: Program, clock: ManualClock
) -> None:
    supervised = supervise(program, clock)
    first = supervised.pid
    program.kill()
    assert supervised.tend()
    assert supervised.state.up
    assert supervised.pid != first
    assert supervised.state.restarts == 1
    assert supervised.state.last_end == "The sleeper was ended by signal 9"
    assert supervised.pid
    os.kill(supervised.pid, 0)


def test_one_that_ends_again_and_again_waits_ever_longer(
    program: Program, clock: ManualClock
) -> None:
    supervised = supervise(program, clock)
    waits = []
    for _ in range(9):
        program.kill()
        supervised.tend()
        waits.append(0.0)
        while not supervised.state.up:
            clock.now += 0.25
            waits[-1] += 0.25
            supervised.tend()
    assert waits == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]


def test_one_that_ran_well_in_between_is_back_at_once_again(
    program: Program, clock: ManualClock
) -> None:
    supervised = supervise(program, clock)
    for _ in range(3):
        program.kill()
        supervised.tend()
        clock.now += 61
        supervised.tend()
    program.kill()
    supervised.tend()
    assert supervised.state.up


def test_a_start_that_fails_is_tried_again(program: Program, clock: ManualClock) -> None:
    supervised = supervise(program, clock)
    program.broken = True
    program.kill()
    assert supervised.tend()
    assert not supervised.state.up
    assert "no room on the disk" in supervised.state.last_end
    program.broken = False
    clock.now += 1
    assert supervised.tend()
    assert supervised.state.up


def test_it_is_up_only_once_it_is_ready(program: Program, clock: ManualClock) -> None:
    ready = False
    supervised = Supervised(
        "The sleeper", program.start(), program.start, lambda: ready, clock=clock
    )
    program.kill()
    supervised.tend()
    assert not supervised.state.up
    ready = True
    supervised.tend()
    assert supervised.state.up
