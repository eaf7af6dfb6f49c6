"""Turns at the processor: never more at a time than there are, and none is lost with its holder."""

import multiprocessing as mp
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from deployments.cpu_slots import Turns


def hold(folder: Path, began: Any, end: Any) -> None:
    with Turns(folder, 1).turn():
        began.set()
        end.wait(30)


def test_as_many_work_at_once_as_there_are_turns(tmp_path: Path) -> None:
    meet = Barrier(2)

    def work() -> int:
        with Turns(tmp_path, 2).turn():
            return meet.wait(10)  # ends only if both are in their turns

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda _: work(), range(2))) == [0, 1]


def test_one_more_waits_until_a_turn_is_given_back(tmp_path: Path) -> None:
    came = Event()

    def work() -> None:
        with Turns(tmp_path, 1).turn():
            came.set()

    with ThreadPoolExecutor(1) as pool:
        with Turns(tmp_path, 1).turn():
            waiting = pool.submit(work)
            assert not came.wait(0.2)
        waiting.result(10)


def test_a_failure_gives_the_turn_back(tmp_path: Path) -> None:
    turns = Turns(tmp_path, 1)
    with pytest.raises(ValueError, match="broken"), turns.turn():
        raise ValueError("broken")
    with Turns(tmp_path, 1).turn():
        pass


def test_a_killed_process_gives_the_turn_back(tmp_path: Path) -> None:
    context = mp.get_context("spawn")
    began, end = context.Event(), context.Event()
    process = context.Process(target=hold, args=(tmp_path, began, end))
    process.start()
    assert began.wait(30)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    with Turns(tmp_path, 1).turn():
        pass
