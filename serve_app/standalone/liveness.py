"""A part that lives and yet does not answer is ended, so that it is started again."""

import logging
import time
from collections.abc import Callable

from serve_app.standalone.supervised import Supervised

log = logging.getLogger(__name__)

_ASK_INTERVAL_S = 5.0
#: Longer than any single replica takes to come back, which Serve sees to by itself.
SILENCE_LIMIT_S = 60.0


class LivenessWatch:
    """Asks from time to time, and ends the process after a minute of silence."""

    def __init__(
        self,
        process: Supervised,
        answers: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Of a process that answers now.

        Args:
            process: it.
            answers: whether it answers; may take seconds.
            clock: seconds from any start.
        """
        self._process = process
        self._answers = answers
        self._clock = clock
        self._next_ask_at = 0.0
        self._answered_at = clock()

    def tend(self) -> str:
        """Ask, where it is time; what there is to tell, or nothing. To be called often."""
        if not self._process.state.up:
            self._answered_at = self._clock()
        elif self._clock() >= self._next_ask_at:
            return self._ask()
        return ""

    def _ask(self) -> str:
        answers = self._answers()
        self._next_ask_at = self._clock() + _ASK_INTERVAL_S
        if answers:
            self._answered_at = self._clock()
        if self._clock() - self._answered_at < SILENCE_LIMIT_S:
            return ""
        event = f"{self._process.state.name} has not answered for a minute and is ended"
        log.error("%s.", event)
        self._process.kill()
        self._answered_at = self._clock()
        return event
