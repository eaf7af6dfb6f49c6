"""Callers that come at random moments, and come back when they are told to.

Each sends one new post. Who is refused sends it again at ``Retry-After``, until it is taken.
Moments are seconds from the load's start.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from loadtest.generator.connection import HttpConnection, HttpResponse
from loadtest.generator.http_load import ServerAddress
from loadtest.generator.load_result import BadResponse

#: Of the callers that are refused each tenth has a twin, with another post that is as new.
_TWINS = 10
#: When the twin asks, as a share of the wait that was told.
EARLY = 0.7
_MOST_TRIES = 8


@dataclass(slots=True)
class CallerRecord:
    """What became of one caller.

    Attributes:
        came_at: when it first asked.
        told_s: the first ``Retry-After``; None where it was taken at once.
        taken_at: when it asked the time that it was taken; None if it never was.
        answered_at: when its whole answer was there; None if it never was.
        twin_taken: whether its twin was taken at ``EARLY`` of the wait; None without a twin.
    """

    came_at: float
    told_s: int | None = None
    taken_at: float | None = None
    answered_at: float | None = None
    twin_taken: bool | None = None


@dataclass(slots=True)
class Callers:
    """A load of such callers.

    Attributes:
        address: the service, and how its answers are checked.
        requests: whole HTTP requests, all distinct; the last tenth is for twins.
        arrivals_s: when each caller comes.
        records: of the callers that came.
        errors: what was neither an answer nor a refusal.
    """

    address: ServerAddress
    requests: Sequence[bytes]
    arrivals_s: Sequence[float]
    records: list[CallerRecord] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _idle: list[HttpConnection] = field(default_factory=list)
    _started_at: float = 0.0

    async def run(self, *, limit_s: float) -> None:
        """Have all come; those that are not answered after so many seconds are given up."""
        self._started_at = time.perf_counter()
        twins = iter(self.requests[len(self.arrivals_s) :])
        tasks: list[asyncio.Task[None]] = []
        for request, arrival_s in zip(self.requests, self.arrivals_s, strict=False):
            await self._until(arrival_s)
            twin = next(twins, None) if len(tasks) % _TWINS == 0 else None
            tasks.append(asyncio.create_task(self._call(request, arrival_s, twin)))
        _, late = await asyncio.wait(tasks, timeout=limit_s - self._now_s())
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in self._idle:
            connection.close()

    def _now_s(self) -> float:
        return time.perf_counter() - self._started_at

    async def _until(self, moment_s: float) -> None:
        if (ahead_s := moment_s - self._now_s()) > 0:
            await asyncio.sleep(ahead_s)

    async def _call(self, request: bytes, arrival_s: float, twin: bytes | None) -> None:
        record = CallerRecord(arrival_s)
        self.records.append(record)
        for _ in range(_MOST_TRIES):
            asked_at = self._now_s()
            response = await self._ask(request)
            if response is None:
                return
            if response.retry_after_s is None:
                record.taken_at, record.answered_at = asked_at, self._now_s()
                return
            told_at = self._now_s()
            if record.told_s is None:
                record.told_s = response.retry_after_s
                if twin and told_at + EARLY * record.told_s < self.arrivals_s[-1]:
                    await self._until(told_at + EARLY * record.told_s)
                    early = await self._ask(twin)
                    record.twin_taken = early is not None and early.retry_after_s is None
            await self._until(told_at + response.retry_after_s)

    async def _ask(self, request: bytes) -> HttpResponse | None:
        """The answer, or the refusal, which has a ``Retry-After``; None where it is neither."""
        try:
            connection = self._idle.pop() if self._idle else await self._connect()
            if not connection.open:
                connection = await self._connect()
            response = await connection.send(request)
            self._idle.append(connection)
            if response.status != 503 or response.retry_after_s is None:
                self.address.check(response)
        except (OSError, ValueError, BadResponse) as error:
            self.errors.append(f"{type(error).__name__}: {error}")
            return None
        return response

    async def _connect(self) -> HttpConnection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            HttpConnection, self.address.host, self.address.port
        )
        return connection


def random_arrivals(rate_per_s: float, seconds: float, seed: int) -> list[float]:
    """Moments of a Poisson process of this rate, ascending, for so many seconds."""
    numbers = random.Random(seed)
    arrivals: list[float] = []
    at = numbers.expovariate(rate_per_s)
    while at < seconds:
        arrivals.append(at)
        at += numbers.expovariate(rate_per_s)
    return arrivals
