"""Load on anything that answers batches of texts: how many came back, how fast, how many not.

Knows neither HTTP nor Ray: what is asked is a coroutine function.
"""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from serve_app.samples import sample_posts

#: Takes texts; gives how many of them were not answered in full.
Ask = Callable[[Sequence[str]], Awaitable[int]]

_TEXTS = [post.text for post in sample_posts()]


def new_text() -> str:
    """A sample post with a line of its own, which no cache can know."""
    return f"{random.choice(_TEXTS)}\nReference {uuid.uuid4()}."


@dataclass(frozen=True, slots=True)
class Call:
    """One call and its end; moments in seconds of ``time.monotonic``."""

    sent_at: float
    ended_at: float
    posts: int
    lost: int

    @property
    def took_s(self) -> float:
        """From sending to the answer."""
        return self.ended_at - self.sent_at


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some calls, counted over the seconds in which they ended."""

    posts: int
    lost: int
    posts_per_s: float
    p50_ms: float
    p95_ms: float

    @classmethod
    def of(cls, calls: Sequence[Call]) -> "Outcome":
        """Of two calls at least."""
        took = quantiles((call.took_s * 1000 for call in calls), n=20, method="inclusive")
        posts, lost = sum(call.posts for call in calls), sum(call.lost for call in calls)
        over_s = max(c.ended_at for c in calls) - min(c.sent_at for c in calls)
        return cls(posts, lost, (posts - lost) / over_s, took[9], took[18])


async def keep_busy(ask: Ask, *, callers: int, posts: int, seconds: float) -> list[Call]:
    """So many callers, each asking again as soon as it is answered, ``posts`` texts a call."""
    until = time.monotonic() + seconds

    async def caller() -> list[Call]:
        calls = []
        while time.monotonic() < until:
            calls.append(await _call(ask, posts))
        return calls

    return [
        call
        for calls in await asyncio.gather(*(caller() for _ in range(callers)))
        for call in calls
    ]


async def arrive(ask: Ask, *, posts_per_s: float, seconds: float) -> list[Call]:
    """Single posts at a steady rate, whether earlier ones are answered or not."""
    started = time.monotonic()
    calls = []
    for number in range(round(posts_per_s * seconds)):
        await asyncio.sleep(started + number / posts_per_s - time.monotonic())
        calls.append(asyncio.create_task(_call(ask, 1)))
    return list(await asyncio.gather(*calls))


async def _call(ask: Ask, posts: int) -> Call:
    texts = [new_text() for _ in range(posts)]
    sent_at = time.monotonic()
    lost = await ask(texts)
    return Call(sent_at, time.monotonic(), posts, lost)


def caught_up_s(
    calls: Sequence[Call], since: float, limit_s: float, *, calm_s: int = 3
) -> float | None:
    """Seconds after ``since`` from which on posts were answered within ``limit_s`` again.

    Args:
        calls: arrivals in any order.
        since: a moment, as in the calls.
        limit_s: what 95 of 100 posts that were sent within one second must keep.
        calm_s: for so many seconds on end.

    Returns:
        None if that never happened.
    """
    last = max(int(call.sent_at - since) for call in calls)
    seconds: list[list[float]] = [[] for _ in range(last + 1)]
    for call in calls:
        if call.sent_at >= since:
            seconds[int(call.sent_at - since)].append(call.took_s)
    calm = 0
    for number, took in enumerate(seconds):
        calm = calm + 1 if took and _within(took, limit_s) else 0
        if calm == calm_s:
            return float(number - calm_s + 1)
    return None


def _within(took_s: Sequence[float], limit_s: float) -> bool:
    return sum(took <= limit_s for took in took_s) >= 0.95 * len(took_s)
