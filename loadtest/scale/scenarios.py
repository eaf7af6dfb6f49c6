"""What is tried on the cluster: throughput, fewer replicas under load, a burst.

Knows how the application is deployed and asked; the cluster itself is
:mod:`loadtest.scale.cluster`, the callers are :mod:`loadtest.scale.calls`.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from deployments.results import ANALYSES
from loadtest.scale.calls import Call, Outcome, arrive, caught_up_s, keep_busy
from loadtest.scale.cluster import Nodes
from serve_app.settings import DriverSettings

_PRODUCTION = Path(__file__).parents[2] / "configs" / "production.yaml"

#: Of the imagined device for a text of one analysis; a post takes five of these.
DEVICE_MS = 40.0
POST_S = len(ANALYSES) * DEVICE_MS / 1000
DRIVERS = 2
#: What one caller asks for at a time where it keeps replicas busy.
_POSTS_A_CALL = 4
#: What a reader takes for a prompt answer.
LIMIT_S = 1.0
_SAMPLE_S = 0.25
_PROMPT_REPLICAS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried, in seconds and replicas."""

    replicas: tuple[int, ...]
    step_s: float
    calm_s: float
    burst_s: float
    after_s: float
    most_replicas: int
    down_delay_s: float
    batch_characters: int = DriverSettings().batch_characters

    @property
    def base_posts_per_s(self) -> float:
        """Half of what one replica can take."""
        return 0.5 / POST_S


FULL = Plan((1, 2, 4, 8, 16, 32), 6, 10, 45, 60, 16, 10)
QUICK = Plan((1, 8), 3, 4, 20, 22, 8, 5)


@dataclass(frozen=True, slots=True)
class Step:
    """One number of replicas under as much load as they take."""

    replicas: int
    ideal_posts_per_s: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Alone:
    """The drivers with replicas that answer at once: what they cost by themselves."""

    drivers: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Shrinking:
    """Replicas taken away while callers keep all of them busy."""

    before: int
    after: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Burst:
    """Ten times as many posts, for a while.

    Attributes:
        first_replica_s: from the burst's start to the first further replica.
        caught_up_s: until posts are answered within LIMIT_S again; None: never.
        most_replicas: that ran at a time.
        running: (seconds from the burst's start, replicas) where the number changed.
        scaled_down_s: from the burst's end until it was one replica again; None: not while
            it was watched.
    """

    base_posts_per_s: float
    first_replica_s: float | None
    caught_up_s: float | None
    most_replicas: int
    running: list[tuple[float, int]]
    scaled_down_s: float | None
    before: Outcome
    during: Outcome
    after: Outcome


def application(
    analyses: dict[str, Any], plan: Plan, *, device_ms: float = DEVICE_MS
) -> dict[str, Any]:
    """The application of a Serve config file, with these settings of the pool's deployment."""
    pool = {"name": "analyses", "ray_actor_options": {"num_cpus": 1}, **analyses}
    driver = {"name": "driver", "num_replicas": DRIVERS, "ray_actor_options": {"num_cpus": 1}}
    return {
        "import_path": "loadtest.scale.sleeping_analyses:build_app",
        "args": {"device_ms": device_ms, "batch_characters": plan.batch_characters},
        "deployments": [driver, pool],
    }


def autoscaled(plan: Plan) -> dict[str, Any]:
    """The pool as configs/production.yaml scales an analysis, but quicker to give back."""
    [config] = yaml.safe_load(_PRODUCTION.read_text())["applications"]
    [own] = [d for d in config["deployments"] if d["name"] == ANALYSES[0]]
    wanted = {"max_replicas": plan.most_replicas, "downscale_delay_s": plan.down_delay_s}
    return {
        "autoscaling_config": {**own["autoscaling_config"], "min_replicas": 1, **wanted},
        "max_ongoing_requests": own["max_ongoing_requests"],
    }


class Asker:
    """Asks the driver through its handle, as another Ray job does."""

    def __init__(self, nodes: Nodes) -> None:
        self._handle = nodes.handle

    async def __call__(self, texts: Sequence[str]) -> int:
        """How many of the texts came back without all five sections."""
        try:
            items = await self._handle.analyze_many.remote([{"text": text} for text in texts])
        except Exception:  # whatever it was, these posts were lost to their caller
            return len(texts)
        return sum(not _complete(orjson.loads(item)) for item in items)


def _complete(item: dict[str, Any]) -> bool:
    result = item.get("result", {})
    return all(result.get(name, {}).get("status") == "ok" for name in ANALYSES)


async def alone(nodes: Nodes, plan: Plan) -> Alone:
    """As many posts as the drivers take, in calls of four."""
    await nodes.deploy(application({"num_replicas": _PROMPT_REPLICAS}, plan, device_ms=0))
    await nodes.settled({"driver": DRIVERS, "analyses": _PROMPT_REPLICAS})
    ask = Asker(nodes)
    await keep_busy(ask, callers=16, posts=_POSTS_A_CALL, seconds=1)
    calls = await keep_busy(ask, callers=16, posts=_POSTS_A_CALL, seconds=plan.step_s)
    return Alone(DRIVERS, Outcome.of(calls))


async def sweep(nodes: Nodes, plan: Plan) -> list[Step]:
    """Throughput for each number of replicas."""
    steps = []
    for replicas in plan.replicas:
        await nodes.deploy(application({"num_replicas": replicas}, plan))
        await nodes.settled({"driver": DRIVERS, "analyses": replicas})
        ask = Asker(nodes)
        await keep_busy(ask, callers=_callers(replicas), posts=_POSTS_A_CALL, seconds=1)
        calls = await keep_busy(
            ask, callers=_callers(replicas), posts=_POSTS_A_CALL, seconds=plan.step_s
        )
        steps.append(Step(replicas, replicas / POST_S, Outcome.of(calls)))
        print(f"{replicas:3} replicas: {steps[-1].outcome.posts_per_s:.1f} posts/s", flush=True)
    return steps


def _callers(replicas: int) -> int:
    # Twice as many posts as are computed at a time, so that no replica waits for work.
    return max(2, 2 * replicas * 2 // _POSTS_A_CALL)


async def shrink(nodes: Nodes, plan: Plan) -> Shrinking:
    """Take replicas away under full load, from the most of the sweep to an eighth of them."""
    before, after = plan.replicas[-1], max(1, plan.replicas[-1] // 8)
    load = asyncio.create_task(
        keep_busy(
            Asker(nodes), callers=_callers(before), posts=_POSTS_A_CALL, seconds=2 * plan.step_s
        )
    )
    await asyncio.sleep(1)
    await nodes.deploy(application({"num_replicas": after}, plan))
    calls = await load
    await nodes.settled({"analyses": after})
    return Shrinking(before, after, Outcome.of(calls))


async def burst(nodes: Nodes, plan: Plan) -> Burst:
    """A steady rate, ten times the rate, and the steady rate again, under autoscaling."""
    await nodes.deploy(application({"num_replicas": 1}, plan))
    await nodes.settled({"driver": DRIVERS, "analyses": 1})
    await nodes.deploy(application(autoscaled(plan), plan))
    await nodes.settled({"driver": DRIVERS, "analyses": 1})
    ask, rate = Asker(nodes), plan.base_posts_per_s
    watched: list[tuple[float, int]] = []
    watch = asyncio.create_task(_watch(nodes, watched))
    before = await arrive(ask, posts_per_s=rate, seconds=plan.calm_s)
    risen_at = time.monotonic()
    # The calm rate goes on while the last posts of the burst are answered.
    rush = asyncio.create_task(arrive(ask, posts_per_s=10 * rate, seconds=plan.burst_s))
    await asyncio.sleep(plan.burst_s)
    fallen_at = time.monotonic()
    after = await arrive(ask, posts_per_s=rate, seconds=plan.after_s)
    during = await rush
    watch.cancel()
    return _burst(rate, (before, during, after), watched, risen_at, fallen_at)


async def _watch(nodes: Nodes, watched: list[tuple[float, int]]) -> None:
    while True:
        watched.append((time.monotonic(), await nodes.running("analyses")))
        await asyncio.sleep(_SAMPLE_S)


def _burst(
    rate: float,
    phases: tuple[list[Call], list[Call], list[Call]],
    watched: list[tuple[float, int]],
    risen_at: float,
    fallen_at: float,
) -> Burst:
    before, during, after = map(Outcome.of, phases)
    more = [at - risen_at for at, running in watched if at >= risen_at and running > 1]
    one = [at - fallen_at for at, running in watched if at >= fallen_at and running == 1]
    return Burst(
        base_posts_per_s=rate,
        first_replica_s=more[0] if more else None,
        caught_up_s=caught_up_s(phases[1], risen_at, LIMIT_S),
        most_replicas=max(running for _, running in watched),
        running=_changes(watched, risen_at),
        scaled_down_s=one[0] if one else None,
        before=before, during=during, after=after,
    )  # fmt: skip


def _changes(watched: list[tuple[float, int]], since: float) -> list[tuple[float, int]]:
    numbers = [None, *(running for _, running in watched)]
    return [
        (round(at - since, 1), running)
        for (at, running), before in zip(watched, numbers, strict=False)
        if running != before
    ]
