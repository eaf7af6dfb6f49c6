"""One process that is started again whenever it ends, each time after a longer wait.

Knows no program: how it is started is given.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from serve_app.standalone.child_process import ChildProcess, how_it_ended
from serve_app.standalone.errors import StandaloneError
from serve_app.standalone.service_state import ProcessState

log = logging.getLogger(__name__)

#: The wait before a start, doubled after each end up to the last; the first is none, since
#: a process that ran well and was killed should be back at once.
_FIRST_WAIT_S = 0.5
_LAST_WAIT_S = 30.0
#: A process that lived so long ran well.
_RAN_WELL_S = 60.0


class Supervised:
    """A process that should always run.

    Attributes:
        state: its name, whether it is up, how often it was started again and why.
    """

    def __init__(
        self,
        name: str,
        process: ChildProcess,
        start: Callable[[], ChildProcess],
        is_ready: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Supervise a process that runs and is ready.

        Args:
            name: of what runs, for people.
            process: it.
            start: starts it anew; raises StandaloneError where that fails.
            is_ready: whether what ``start`` gave can be used now; asked until it can.
            clock: seconds from any start.
        """
        self.state = ProcessState(name, up=True, restarts=0, last_end="", last_at="")
        self._process: ChildProcess | None = process
        self._start = start
        self._is_ready = is_ready
        self._clock = clock
        self._started_at = clock()
        self._down_since = 0.0
        self._wait_s = 0.0
        self._next_start_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process' id; None while it waits for its next start."""
        return self._process.pid if self._process else None

    def tend(self) -> str:
        """See after the process, and start it again where it is time; what there is to tell.

        To be called often, from the main thread.
        """
        before = self.state
        if self._process is not None:
            if (code := self._process.exit_code) is not None:
                self._note_end(code)
            elif not self.state.up and self._is_ready():
                self._note_return()
        if self._process is None and self._clock() >= self._next_start_at:
            self._try_to_start()
        if before == self.state:
            return ""
        now = "it is back" if self.state.up else "it is being started again"
        return f"{self.state.last_end}; {now}"

    def ask_to_stop(self) -> None:
        """Ask the process to end, and start it no more."""
        if self._process is not None:
            self._process.ask_to_stop()

    def stop(self) -> None:
        """End the process, by force where it does not by itself."""
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """End the process by force, to be started again by :meth:`tend`."""
        if self._process is not None:
            self._process.kill()

    def _note_end(self, code: int) -> None:
        self._process = None
        if self.state.up:
            self._down_since = self._clock()
        if self._clock() - self._started_at > _RAN_WELL_S:
            self._wait_s = 0.0
        self._schedule(f"{self.state.name} {how_it_ended(code)}")

    def _schedule(self, what: str) -> None:
        self._next_start_at = self._clock() + self._wait_s
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.state = replace(self.state, up=False, last_end=what, last_at=now)
        log.error("%s; it is started again in %.1f s.", what, self._wait_s)
        self._wait_s = min(max(2 * self._wait_s, _FIRST_WAIT_S), _LAST_WAIT_S)

    def _try_to_start(self) -> None:
        self._started_at = self._clock()
        try:
            self._process = self._start()
        except StandaloneError as error:
            self._schedule(f"{self.state.name} could not be started: {error}")
            return
        self.state = replace(self.state, restarts=self.state.restarts + 1)
        if self._is_ready():
            self._note_return()

    def _note_return(self) -> None:
        self.state = replace(self.state, up=True)
        log.warning("%s is back after %.1f s.", self.state.name, self._clock() - self._down_since)
