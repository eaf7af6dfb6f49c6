"""Load on anything that answers batches of texts: how many came back, how fast, how many not.

Knows no Ray: what is asked is a coroutine function.
"""

import random
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import quantiles

from loadtest.generator.loops import Sender, closed_loop, open_loop
from serve_app.samples import sample_posts

#: Takes texts; gives how many of them were not answered in full.
Ask = Callable[[Sequence[str]], Awaitable[int]]

_TEXTS = [post.text for post in sample_posts()]
#: Longer than any call may take.
_GRACE_S = 300.0


def new_text() -> str:
    """A sample post with a line of its own, which no cache can know."""
    return f"{random.choice(_TEXTS)}\nReference {uuid.uuid4()}."


@dataclass(frozen=True, slots=True)
class Call:
    """One call and its end; moments are of ``time.perf_counter``.

    Attributes:
        due_at: when it was to be sent.
        ended_at: when it was answered.
        posts: texts in it.
        lost: those of them that were not answered in full.
    """

    due_at: float
    ended_at: float
    posts: int
    lost: int

    @property
    def latency_s(self) -> float:
        """From when it was due to the answer."""
        return self.ended_at - self.due_at


@dataclass(frozen=True, slots=True)
class CallSummary:
    """What became of some calls, counted over the seconds from the first to the last."""

    posts: int
    lost: int
    posts_per_s: float
    p50_ms: float
    p95_ms: float

    @classmethod
    def of(cls, calls: Sequence[Call]) -> "CallSummary":
        """Of two calls at least."""
        latencies_ms = [call.latency_s * 1000 for call in calls]
        percentiles = quantiles(latencies_ms, n=20, method="inclusive")
        posts, lost = sum(call.posts for call in calls), sum(call.lost for call in calls)
        seconds = max(c.ended_at for c in calls) - min(c.due_at for c in calls)
        return cls(posts, lost, (posts - lost) / seconds, percentiles[9], percentiles[18])


async def call_steadily(ask: Ask, *, clients: int, posts: int, seconds: float) -> list[Call]:
    """So many clients, each asking again as soon as it is answered, ``posts`` texts a call."""
    calls: list[Call] = []
    await closed_loop([_sender(ask, posts, calls)] * clients, _numbers_for(seconds))
    return calls


async def call_at_rate(ask: Ask, *, posts_per_s: float, seconds: float) -> list[Call]:
    """Single posts at a steady rate, whether earlier ones are answered or not."""
    calls: list[Call] = []
    count = round(posts_per_s * seconds)
    # As many senders as posts: none ever waits for another.
    senders = [_sender(ask, 1, calls)] * count
    await open_loop(senders, count, rate_per_s=posts_per_s, grace_s=_GRACE_S)
    return calls


def _sender(ask: Ask, posts: int, calls: list[Call]) -> Sender:
    async def send(_: int, due_at: float) -> None:
        lost = await ask([new_text() for _ in range(posts)])
        calls.append(Call(due_at, time.perf_counter(), posts, lost))

    return send


def _numbers_for(seconds: float) -> Iterator[int]:
    """Request numbers for so long."""
    until, number = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        yield number
        number += 1


def recovery_s(
    calls: Sequence[Call], since: float, limit_s: float, *, calm_s: int = 3
) -> float | None:
    """Seconds after ``since`` from which on posts were answered within ``limit_s`` again.

    Args:
        calls: in any order.
        since: a moment, as in the calls.
        limit_s: what 95 of 100 posts that were due within one second must keep.
        calm_s: for so many seconds on end.

    Returns:
        None if that never happened.
    """
    last = max(int(call.due_at - since) for call in calls)
    seconds: list[list[float]] = [[] for _ in range(last + 1)]
    for call in calls:
        if call.due_at >= since:
            seconds[int(call.due_at - since)].append(call.latency_s)
    calm = 0
    for second, latencies_s in enumerate(seconds):
        calm = calm + 1 if latencies_s and _within(latencies_s, limit_s) else 0
        if calm == calm_s:
            return float(second - calm_s + 1)
    return None


def _within(latencies_s: Sequence[float], limit_s: float) -> bool:
    return sum(latency <= limit_s for latency in latencies_s) >= 0.95 * len(latencies_s)
