"""The processes of a server are found by a mark in their environment, and ended."""

import os
import subprocess
import sys
import uuid

import psutil

from serve_app.standalone.process_mark import ProcessMark

SLEEP = "import time; time.sleep(60)"
# Its child has neither the mark nor, once this one is killed, a parent of the server.
PARENT = f"""
import os, subprocess, sys
environment = {{k: v for k, v in os.environ.items() if k != "TEST_MARK"}}
child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}], env=environment)
print(child.pid, flush=True)
child.wait()
"""


def start(program: str, mark: ProcessMark) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, mark.variable: mark.value}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def new_mark() -> ProcessMark:
    return ProcessMark(uuid.uuid4().hex, "TEST_MARK")


def test_marked_processes_and_their_descendants_are_ended_and_no_others() -> None:
    mark, other = new_mark(), new_mark()
    with start(PARENT, mark) as process, start(SLEEP, other) as stranger:
        assert process.stdout
        child_id = int(process.stdout.readline())
        assert {p.pid for p in mark.processes()} == {process.pid, child_id}
        assert mark.end() == 2
        assert mark.processes() == []
        assert not psutil.pid_exists(child_id) or psutil.Process(child_id).status() == "zombie"
        assert stranger.poll() is None
        assert other.end() == 1


def test_a_process_that_ignores_the_request_is_killed() -> None:
    mark = new_mark()
    program = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); " + SLEEP
    with start(program, mark) as process:
        assert process.stdout
        process.stdout.readline()
        assert mark.end(timeout_s=0.2) == 1
        assert mark.processes() == []


def test_what_is_started_in_place_of_an_ended_process_is_ended_too() -> None:
    mark = new_mark()
    keeper = (
        "import signal, subprocess, sys; signal.signal(15, signal.SIG_IGN); print(1, flush=True)\n"
        f"while True: subprocess.run([sys.executable, '-c', {SLEEP!r}])"
    )
    with start(keeper, mark) as process:
        assert process.stdout
        process.stdout.readline()
        mark.end(timeout_s=0.5)
        assert mark.processes() == []


def test_a_process_does_not_end_itself() -> None:
    mark = ProcessMark(uuid.uuid4().hex, "TEST_MARK")
    program = (
        "import os, sys; from serve_app.standalone.process_mark import ProcessMark; "
        f"sys.exit(ProcessMark({mark.value!r}, 'TEST_MARK').end())"
    )
    with start(program, mark) as process:
        assert process.wait(30) == 0
