"""What ends the processes of a service whose own process was killed.

The kernel can tie a child to its parent, but not those that Ray's processes start: its agents
and HAProxy would live on for a while, and HAProxy would keep the port. So a process that does
nothing else holds the reading end of a pipe, whose writing end closes when the service's
process ends, however it ends.
"""

import logging
import os
import subprocess
import sys

from serve_app.standalone.child_process import how_it_ended
from serve_app.standalone.process_mark import ProcessMark

log = logging.getLogger(__name__)

_STOP_TIMEOUT_S = 10.0
_TERMINATE_TIMEOUT_S = 1.0


class Guard:
    """Ends the processes that carry a mark when this process ends or :meth:`stop` is called.

    It does not carry the mark itself, and is out of reach of a Ctrl-C.
    """

    def __init__(self, mark: ProcessMark) -> None:
        self._mark = mark
        self._process = self._spawn()

    @property
    def pid(self) -> int:
        """The guard's own process id."""
        return self._process.pid

    def tend(self) -> str:
        """Put another in its place where it has ended, and say so; to be called often."""
        if (code := self._process.poll()) is None:
            return ""
        self._process = self._spawn()
        event = f"The guard {how_it_ended(code)}; another has taken its place"
        log.warning("%s.", event)
        return event

    def stop(self) -> None:
        """Have it end the processes now; returns once they and the guard are gone."""
        try:
            self._process.communicate(timeout=_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        variable = self._mark.variable
        return subprocess.Popen(
            [sys.executable, "-m", "serve_app.standalone.guard", variable, self._mark.value],
            env={k: v for k, v in os.environ.items() if k != variable},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def main(variable: str, value: str) -> None:
    """Wait for the end of the service, then end what carries its mark."""
    sys.stdin.buffer.read()
    ProcessMark(value, variable).end(timeout_s=_TERMINATE_TIMEOUT_S)


if __name__ == "__main__":
    main(*sys.argv[1:])
