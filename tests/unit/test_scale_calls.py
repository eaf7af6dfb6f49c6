"""The load that loadtest/ puts on a service, on services that are plain coroutines."""

import asyncio
from collections.abc import Sequence

import pytest

from loadtest.scale.calls import Call, CallSummary, call_at_rate, call_steadily, recovery_s


async def answers_nearly_all(texts: Sequence[str]) -> int:
    await asyncio.sleep(0.01)
    return 1


async def test_callers_ask_again_as_soon_as_they_are_answered() -> None:
    calls = await call_steadily(answers_nearly_all, clients=3, posts=4, seconds=0.2)
    assert len(calls) > 6
    outcome = CallSummary.of(calls)
    assert outcome.posts == 4 * len(calls)
    assert outcome.lost == len(calls)
    assert outcome.p50_ms >= 10


async def test_arrivals_do_not_wait_for_answers() -> None:
    async def slow(texts: Sequence[str]) -> int:
        await asyncio.sleep(0.3)
        return 0

    started = asyncio.get_running_loop().time()
    calls = await call_at_rate(slow, posts_per_s=100, seconds=0.2)
    assert len(calls) == 20
    assert asyncio.get_running_loop().time() - started < 1


async def test_every_text_is_a_new_one() -> None:
    seen: list[str] = []

    async def remember(texts: Sequence[str]) -> int:
        seen.extend(texts)
        return 0

    await call_at_rate(remember, posts_per_s=1_000, seconds=0.05)
    assert len(set(seen)) == len(seen) == 50


def rush(took_s: Sequence[float]) -> list[Call]:
    """Ten calls a second, those of each second taking so long."""
    return [
        Call(100 + second + n / 10, 100 + second + n / 10 + took, 1, 0)
        for second, took in enumerate(took_s)
        for n in range(10)
    ]


@pytest.mark.parametrize(
    ("took_s", "expected"),
    [
        ([0.1, 0.1, 0.1], 0),
        ([0.1, 5, 5, 0.1, 0.1, 0.1], 3),
        ([0.1, 0.1, 5, 0.1, 0.1], None),
    ],
)
def test_caught_up_is_the_start_of_three_calm_seconds(
    took_s: list[float], expected: float | None
) -> None:
    assert recovery_s(rush(took_s), 100, limit_s=1) == expected
