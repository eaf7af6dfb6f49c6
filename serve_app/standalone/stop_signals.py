"""SIGINT and SIGTERM as an exception, once."""

import signal


class StopRequested(BaseException):
    """A signal asked this process to stop: unwinds from wherever it has got to.

    Attributes:
        signal: its number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


def raise_on(*numbers: signal.Signals) -> None:
    """Raise StopRequested in the main thread at the first of these signals."""

    def stop(number: int, _: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)  # a second one must not cut the stop short
        raise StopRequested(number)

    for number in numbers:
        signal.signal(number, stop)
