"""Time for tests."""


class ManualClock:
    """Seconds that pass when told to.

    Attributes:
        now: seconds; any start will do.
    """

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now
