"""A signal stops a process wherever it has got to."""

import subprocess
import sys

import pytest

_PROGRAM = """
import os, signal, time
from serve_app.standalone.stop_signals import StopRequested, raise_on

def stop_me():
    os.kill(os.getpid(), signal.{name})
    for _ in range(100):  # the signal is seen to between two instructions
        pass

class Closing:
    def __del__(self):
        stop_me()

def in_a_destructor():
    Closing()

def around_a_fork():
    os.register_at_fork(before=stop_me)
    if os.fork() == 0:
        os._exit(0)

raise_on(signal.SIGINT, signal.SIGTERM)
try:
    {place}()
    time.sleep(30)
    print("went on")
except StopRequested as stop:
    os.kill(os.getpid(), signal.SIGINT)  # a second one is ignored
    print("stopped by", stop.signal)
"""

_FAILING = """
from serve_app.standalone.stop_signals import raise_on
raise_on()
class Failing:
    def __del__(self):
        raise ValueError("told")
Failing()
"""


def _run(program: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(("name", "number"), [("SIGINT", 2), ("SIGTERM", 15)])
@pytest.mark.parametrize("place", ["stop_me", "in_a_destructor", "around_a_fork"])
def test_a_signal_unwinds_from(place: str, name: str, number: int) -> None:
    ended = _run(_PROGRAM.format(place=place, name=name))
    assert ended.stdout == f"stopped by {number}\n"
    assert ended.stderr == ""


def test_what_else_cannot_be_raised_is_still_told() -> None:
    ended = _run(_FAILING)
    assert "ValueError: told" in ended.stderr
