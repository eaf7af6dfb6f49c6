"""What a killed service leaves behind is ended by its guard, and by nobody else's."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable

import psutil

from serve_app.standalone.process_mark import ProcessMark

# A service with one process, which has left its session as Ray's agents have.
SERVICE = """
import subprocess, sys, time
from serve_app.standalone.guard import Guard
from serve_app.standalone.process_mark import ProcessMark
mark = ProcessMark(sys.argv[1], "TEST_RUN")
guard = Guard(mark)
mark.set()
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
child = subprocess.Popen(sleep, start_new_session=True)
print(child.pid, guard.pid, flush=True)
if sys.argv[2] == "stop":
    guard.stop()
    print("stopped", flush=True)
time.sleep(60)
"""


def start(run: str, then: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SERVICE, run, then]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))


def is_gone(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def process_ids(service: "subprocess.Popen[str]") -> list[int]:
    assert service.stdout
    child, guard = service.stdout.readline().split()
    return [int(child), int(guard)]


def test_the_processes_of_a_killed_service_end_with_it_and_so_does_the_guard() -> None:
    run = uuid.uuid4().hex
    with start(run, "stay") as service, start(uuid.uuid4().hex, "stay") as other:
        ours, theirs = process_ids(service), process_ids(other)
        service.kill()
        wait_for(lambda: all(is_gone(process_id) for process_id in ours))
        assert ProcessMark(run, "TEST_RUN").processes() == []
        assert not any(is_gone(process_id) for process_id in theirs)
        other.kill()
        wait_for(lambda: all(is_gone(process_id) for process_id in theirs))


def test_a_service_that_stops_waits_for_the_end_of_its_processes() -> None:
    with start(uuid.uuid4().hex, "stop") as service:
        child, guard = process_ids(service)
        assert service.stdout
        assert service.stdout.readline() == "stopped\n"
        assert is_gone(child)
        assert is_gone(guard)
        service.kill()
