"""What came of sending requests: counts and times."""

import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from loadtest.generator.connection import HttpResponse


class BadResponse(Exception):
    """A response that does not answer its request; the message says why."""


#: Tells whether an answer came from a cache.
#: Raises BadResponse where the response is no answer.
ResponseCheck = Callable[[HttpResponse], bool]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """One load, from the first intended send to the last answer.

    Attributes:
        seconds: how long that took.
        latencies_s: of the answers, ascending; from the intended send.
        hits: answers that came from a cache.
        in_time: answers that came while requests still arrived (open loop) or within the
            limit (closed loop).
        errors: requests without an answer, by reason.
        bodies: of the responses that were to be collected, by the number of their request.
        client_cpu_s: what the generator itself took of the cores.
    """

    seconds: float
    latencies_s: tuple[float, ...]
    hits: int = 0
    in_time: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    bodies: dict[int, bytes] = field(default_factory=dict)
    client_cpu_s: float = 0.0

    @property
    def answered(self) -> int:
        """Requests with an answer."""
        return len(self.latencies_s)

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def in_time_share(self) -> float:
        """Answers in time, as a share of all requests that were offered: 0..1."""
        offered = self.answered + self.errors.total()
        return self.in_time / offered if offered else 0.0

    @property
    def error_share(self) -> float:
        """Requests without an answer, 0..1."""
        failed = self.errors.total()
        return failed / (failed + self.answered) if failed else 0.0

    def percentile_ms(self, percent: float) -> float:
        """The latency that so many percent of the answers do not exceed, in ms."""
        if not self.latencies_s:
            return float("inf")
        return float(np.percentile(self.latencies_s, percent)) * 1000

    def summary(self) -> str:
        """One line for people."""
        p50, p95, p99 = (self.percentile_ms(percent) for percent in (50, 95, 99))
        errors = f", {self.errors.total()} errors ({_first(self.errors)})" if self.errors else ""
        return (
            f"{self.answered} answers, {self.per_s:,.1f}/s, "
            f"p50 {p50:,.1f} ms, p95 {p95:,.1f} ms, p99 {p99:,.1f} ms, {self.hits} hits, "
            f"{self.in_time_share:.1%} in time{errors}"
        )


class LoadRecorder:
    """Collects a load while it runs; moments are of ``time.perf_counter``."""

    def __init__(self, check: ResponseCheck, keep: Collection[int] = ()) -> None:
        #: Answers that come later are not in time.
        self.deadline = float("inf")
        self._check = check
        self._keep = frozenset(keep)
        self._latencies_s: list[float] = []
        self._errors: Counter[str] = Counter()
        self._hits = 0
        self._in_time = 0
        self._bodies: dict[int, bytes] = {}
        self._started_at = self._last_at = 0.0

    def start(self) -> None:
        """Begin to count the time."""
        self._started_at = self._last_at = time.perf_counter()

    def answered(self, number: int, response: HttpResponse, due_at: float, ended_at: float) -> None:
        """Note the response to the request of this number.

        Args:
            number: of the request.
            response: as it was read.
            due_at: when the request was to be sent.
            ended_at: when the response was complete.
        """
        self._last_at = ended_at
        try:
            self._hits += self._check(response)
        except BadResponse as reason:
            self._errors[str(reason)] += 1
            return
        self._latencies_s.append(ended_at - due_at)
        self._in_time += ended_at <= self.deadline
        if number in self._keep:
            self._bodies[number] = response.body

    def failed(self, reason: str) -> None:
        """Note a request that got no response."""
        self._last_at = time.perf_counter()
        self._errors[reason] += 1

    def fail_rest(self, offered: int, reason: str) -> None:
        """Note that, of so many requests, those without a response or an error have failed."""
        if rest := offered - len(self._latencies_s) - self._errors.total():
            self._last_at = time.perf_counter()
            self._errors[reason] += rest

    def result(self, client_cpu_s: float) -> LoadResult:
        """The whole of it, from the start to the last response or failure."""
        return LoadResult(
            seconds=self._last_at - self._started_at,
            latencies_s=tuple(sorted(self._latencies_s)),
            hits=self._hits,
            in_time=self._in_time,
            errors=self._errors,
            bodies=self._bodies,
            client_cpu_s=client_cpu_s,
        )


def _first(errors: Counter[str]) -> str:
    [(reason, _)] = errors.most_common(1)
    return reason[:160]
