"""What is tried on the cluster: throughput, fewer replicas under load, a burst."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from deployments.batcher import ENCODER
from loadtest.scale.application import HandleClient, application, autoscaled_pool
from loadtest.scale.calls import Call, CallSummary, call_at_rate, call_steadily, recovery_s
from loadtest.scale.cluster import MultiNodeCluster
from loadtest.scale.plan import DRIVERS, LIMIT_S, POST_S, ScalePlan

#: What one client asks for at a time where it keeps replicas busy.
_POSTS_PER_CALL = 4
_WARM_UP_S = 1.0
_SAMPLE_S = 0.25
_DRIVERS_ALONE_REPLICAS = 2
_DRIVERS_ALONE_CLIENTS = 16


@dataclass(frozen=True, slots=True)
class ThroughputStep:
    """One number of replicas under as much load as they take."""

    replicas: int
    ideal_posts_per_s: float
    outcome: CallSummary


@dataclass(frozen=True, slots=True)
class DriversAlone:
    """The drivers with replicas that answer at once: what they cost by themselves."""

    drivers: int
    outcome: CallSummary


@dataclass(frozen=True, slots=True)
class Shrinking:
    """Replicas taken away while clients keep all of them busy."""

    before: int
    after: int
    outcome: CallSummary


#: (moment of ``time.perf_counter``, running replicas), in the order of time.
ReplicaSamples = Sequence[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Burst:
    """Ten times as many posts, for a while.

    Attributes:
        base_posts_per_s: before and after.
        first_replica_s: from the burst's start to the first further replica.
        caught_up_s: until posts are answered within LIMIT_S again; None: never.
        most_replicas: that ran at a time.
        running: (seconds from the burst's start, replicas) where the number changed.
        scaled_down_s: from the burst's end until it was one replica again; None: not while
            it was watched.
        before: the posts before the burst.
        during: those of the burst.
        after: those after it.
    """

    base_posts_per_s: float
    first_replica_s: float | None
    caught_up_s: float | None
    most_replicas: int
    running: list[tuple[float, int]]
    scaled_down_s: float | None
    before: CallSummary
    during: CallSummary
    after: CallSummary


async def measure_drivers(cluster: MultiNodeCluster, plan: ScalePlan) -> DriversAlone:
    """As many posts as the drivers take."""
    replicas, clients = _DRIVERS_ALONE_REPLICAS, _DRIVERS_ALONE_CLIENTS
    await cluster.deploy(application({"num_replicas": replicas}, plan, device_ms=0))
    await cluster.wait_until_settled({"driver": DRIVERS, ENCODER: 1, "analyses": replicas})
    return DriversAlone(DRIVERS, await _full_load(cluster, clients, plan.step_s))


async def measure_throughput(cluster: MultiNodeCluster, plan: ScalePlan) -> list[ThroughputStep]:
    """Posts a second for each number of replicas."""
    steps = []
    for replicas in plan.replicas:
        await cluster.deploy(application({"num_replicas": replicas}, plan))
        await cluster.wait_until_settled({"driver": DRIVERS, ENCODER: 1, "analyses": replicas})
        outcome = await _full_load(cluster, _clients(replicas), plan.step_s)
        steps.append(ThroughputStep(replicas, replicas / POST_S, outcome))
        print(f"{replicas:3} replicas: {outcome.posts_per_s:.1f} posts/s", flush=True)
    return steps


async def _full_load(cluster: MultiNodeCluster, clients: int, seconds: float) -> CallSummary:
    ask = HandleClient(cluster)
    await call_steadily(ask, clients=clients, posts=_POSTS_PER_CALL, seconds=_WARM_UP_S)
    calls = await call_steadily(ask, clients=clients, posts=_POSTS_PER_CALL, seconds=seconds)
    return CallSummary.of(calls)


def _clients(replicas: int) -> int:
    # Twice as many posts as are computed at a time, so that no replica waits for work.
    return max(2, 2 * replicas * 2 // _POSTS_PER_CALL)


async def measure_shrinking(cluster: MultiNodeCluster, plan: ScalePlan) -> Shrinking:
    """Take replicas away under full load, from the most of the plan to an eighth of them."""
    before, after = plan.replicas[-1], max(1, plan.replicas[-1] // 8)
    load = asyncio.create_task(
        call_steadily(
            HandleClient(cluster), clients=_clients(before), posts=_POSTS_PER_CALL,
            seconds=2 * plan.step_s,
        )
    )  # fmt: skip
    await asyncio.sleep(1)
    await cluster.deploy(application({"num_replicas": after}, plan))
    calls = await load
    await cluster.wait_until_settled({"analyses": after})
    return Shrinking(before, after, CallSummary.of(calls))


async def measure_burst(cluster: MultiNodeCluster, plan: ScalePlan) -> Burst:
    """A steady rate, ten times the rate, and the steady rate again, under autoscaling."""
    for pool in ({"num_replicas": 1}, autoscaled_pool(plan)):
        await cluster.deploy(application(pool, plan))
        await cluster.wait_until_settled({"driver": DRIVERS, ENCODER: 1, "analyses": 1})
    ask, rate = HandleClient(cluster), plan.base_posts_per_s
    samples: list[tuple[float, int]] = []
    sampling = asyncio.create_task(_sample_replicas(cluster, samples))
    before = await call_at_rate(ask, posts_per_s=rate, seconds=plan.calm_s)
    started_at = time.perf_counter()
    # The calm rate goes on while the last posts of the burst are answered.
    burst = asyncio.create_task(call_at_rate(ask, posts_per_s=10 * rate, seconds=plan.burst_s))
    await asyncio.sleep(plan.burst_s)
    ended_at = time.perf_counter()
    after = await call_at_rate(ask, posts_per_s=rate, seconds=plan.after_s)
    during = await burst
    sampling.cancel()
    return _burst(rate, (before, during, after), samples, started_at, ended_at)


async def _sample_replicas(cluster: MultiNodeCluster, samples: list[tuple[float, int]]) -> None:
    while True:
        samples.append((time.perf_counter(), await cluster.running("analyses")))
        await asyncio.sleep(_SAMPLE_S)


def _burst(
    rate: float,
    calls: tuple[list[Call], list[Call], list[Call]],
    samples: ReplicaSamples,
    started_at: float,
    ended_at: float,
) -> Burst:
    before, during, after = map(CallSummary.of, calls)
    more = [at - started_at for at, running in samples if at >= started_at and running > 1]
    one = [at - ended_at for at, running in samples if at >= ended_at and running == 1]
    return Burst(
        base_posts_per_s=rate,
        first_replica_s=more[0] if more else None,
        caught_up_s=recovery_s(calls[1], started_at, LIMIT_S),
        most_replicas=max(running for _, running in samples),
        running=_changes(samples, started_at),
        scaled_down_s=one[0] if one else None,
        before=before, during=during, after=after,
    )  # fmt: skip


def _changes(samples: ReplicaSamples, since: float) -> list[tuple[float, int]]:
    numbers = [None, *(running for _, running in samples)]
    return [
        (round(at - since, 1), running)
        for (at, running), before in zip(samples, numbers, strict=False)
        if running != before
    ]
