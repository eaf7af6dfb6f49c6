"""Slots at the processor: never more holders than slots, and none is lost with its holder."""

import multiprocessing as mp
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from deployments.cpu_slots import CpuSlots


def hold(folder: Path, began: Any, end: Any) -> None:
    with CpuSlots(folder, 1).slot():
        began.set()
        end.wait(30)


def test_as_many_work_at_once_as_there_are_slots(tmp_path: Path) -> None:
    meet = Barrier(2)

    def work() -> int:
        with CpuSlots(tmp_path, 2).slot():
            return meet.wait(10)  # ends only if both are in their slots

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda _: work(), range(2))) == [0, 1]


def test_one_more_waits_until_a_slot_is_released(tmp_path: Path) -> None:
    came = Event()

    def work() -> None:
        with CpuSlots(tmp_path, 1).slot():
            came.set()

    with ThreadPoolExecutor(1) as pool:
        with CpuSlots(tmp_path, 1).slot():
            waiting = pool.submit(work)
            assert not came.wait(0.2)
        waiting.result(10)


def test_a_failure_releases_the_slot(tmp_path: Path) -> None:
    slots = CpuSlots(tmp_path, 1)
    with pytest.raises(ValueError, match="broken"), slots.slot():
        raise ValueError("broken")
    with CpuSlots(tmp_path, 1).slot():
        pass


def test_a_killed_process_releases_its_slot(tmp_path: Path) -> None:
    context = mp.get_context("spawn")
    began, end = context.Event(), context.Event()
    process = context.Process(target=hold, args=(tmp_path, began, end))
    process.start()
    assert began.wait(30)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    with CpuSlots(tmp_path, 1).slot():
        pass
