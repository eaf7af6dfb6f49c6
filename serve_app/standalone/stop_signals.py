"""SIGINT and SIGTERM as an exception, once."""

import signal
import sys
from types import FrameType

#: Python is out of what swallowed the exception by then.
_AGAIN_S = 0.01


class StopRequested(BaseException):
    """A signal asked this process to stop: unwinds from wherever it has got to.

    Attributes:
        signal: its number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


def raise_on(*numbers: signal.Signals) -> None:
    """Raise StopRequested in the main thread at the first of these signals.

    Where Python cannot raise, as in what it calls around a fork or in a ``__del__``, it prints
    an exception and goes on; this one is raised again a moment later instead.
    """

    def stop(number: int, _: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)  # a second one must not cut the stop short
        raise StopRequested(number)

    for number in numbers:
        signal.signal(number, stop)
    sys.unraisablehook = _raise_again


def _raise_again(unraisable: "sys.UnraisableHookArgs") -> None:
    requested = unraisable.exc_value
    if not isinstance(requested, StopRequested):
        sys.__unraisablehook__(unraisable)
        return

    def stop(*_: object) -> None:
        raise StopRequested(requested.signal)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
