"""What came of sending requests: counts and times."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from loadtest.generator.connection import Response


class NotAnswered(Exception):
    """A response that is no good answer; the message says why."""


#: Tells whether a good answer came from a cache.
#: Raises NotAnswered where the response is no good answer.
Judge = Callable[[Response], bool]


@dataclass(frozen=True, slots=True)
class Load:
    """One load, from the first intended send to the last answer.

    Attributes:
        seconds: how long that took.
        latencies_s: of the good answers, ascending; from the intended send.
        hits: good answers that came from a cache.
        in_time: good answers that came while requests still arrived (open loop) or within
            the limit (closed loop).
        errors: what went wrong, and how often.
        kept: answers that were asked to be kept, by the number of their request.
        client_cpu_s: what the generator itself took of the cores.
    """

    seconds: float
    latencies_s: tuple[float, ...]
    hits: int = 0
    in_time: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    kept: dict[int, bytes] = field(default_factory=dict)
    client_cpu_s: float = 0.0

    @property
    def answered(self) -> int:
        """Good answers."""
        return len(self.latencies_s)

    @property
    def per_s(self) -> float:
        """Good answers a second."""
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def in_time_share(self) -> float:
        """Good answers in time, as a share of all requests that were offered: 0..1."""
        offered = self.answered + self.errors.total()
        return self.in_time / offered if offered else 0.0

    @property
    def error_share(self) -> float:
        """Requests without a good answer, 0..1."""
        failed = self.errors.total()
        return failed / (failed + self.answered) if failed else 0.0

    def percentile_ms(self, percent: float) -> float:
        """The latency that so many percent of the good answers do not exceed, in ms."""
        if not self.latencies_s:
            return float("inf")
        return float(np.percentile(self.latencies_s, percent)) * 1000

    def described(self) -> str:
        """One line for people."""
        p50, p95, p99 = (self.percentile_ms(percent) for percent in (50, 95, 99))
        wrong = f", {self.errors.total()} errors ({_first(self.errors)})" if self.errors else ""
        return (
            f"{self.answered} answers, {self.per_s:,.1f}/s, "
            f"p50 {p50:,.1f} ms, p95 {p95:,.1f} ms, p99 {p99:,.1f} ms, {self.hits} hits, "
            f"{self.in_time_share:.1%} in time{wrong}"
        )


class Recorder:
    """Collects a load while it runs."""

    def __init__(self, judge: Judge, keep: Collection[int] = ()) -> None:
        #: Answers that come later are not in time; a moment of ``time.perf_counter``.
        self.deadline = float("inf")
        self._judge = judge
        self._keep = frozenset(keep)
        self._latencies_s: list[float] = []
        self._errors: Counter[str] = Counter()
        self._hits = 0
        self._in_time = 0
        self._kept: dict[int, bytes] = {}

    def answered(self, number: int, response: Response, since: float, at: float) -> None:
        """Note the response to a request.

        Args:
            number: of the request.
            response: as it was read.
            since: when the request was due, by ``time.perf_counter``.
            at: when the response was complete, by the same clock.
        """
        try:
            self._hits += self._judge(response)
        except NotAnswered as reason:
            self._errors[str(reason)] += 1
            return
        self._latencies_s.append(at - since)
        self._in_time += at <= self.deadline
        if number in self._keep:
            self._kept[number] = response.body

    def failed(self, reason: str, count: int = 1) -> None:
        """Note requests that got no response."""
        self._errors[reason] += count

    def load(self, seconds: float, client_cpu_s: float) -> Load:
        """The whole of it."""
        latencies_s = tuple(sorted(self._latencies_s))
        return Load(
            seconds, latencies_s, self._hits, self._in_time, self._errors, self._kept, client_cpu_s
        )


def _first(errors: Counter[str]) -> str:
    [(reason, _)] = errors.most_common(1)
    return reason[:160]
