"""How the driver, Serve's router and its autoscaling behave on several nodes, by themselves.

    python -m loadtest.scale [--quick]

starts a Ray cluster of three nodes on this machine with the real driver and with analyses
that only wait (see :mod:`loadtest.scale.sleeping_analyses`), so that two cores can stand for
a cluster: what is measured is everything around the models. Prints tables, writes scale.json
and SCALE.md.
"""

import argparse
import asyncio
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from loadtest.environment import described, machine
from loadtest.scale.calls import Outcome
from loadtest.scale.cluster import Nodes, cluster
from loadtest.scale.scenarios import (
    DEVICE_MS,
    DRIVERS,
    FULL,
    LIMIT_S,
    POST_S,
    QUICK,
    Alone,
    Burst,
    Plan,
    Shrinking,
    Step,
    alone,
    burst,
    shrink,
    sweep,
)

HERE = Path(__file__).parents[1] / "results"


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that was measured."""

    alone: Alone
    steps: list[Step]
    shrinking: Shrinking
    burst: Burst


async def measure(nodes: Nodes, plan: Plan) -> Seen:
    """All phases, one after the other."""
    _say("The drivers alone ...")
    prompt = await alone(nodes, plan)
    steps = await sweep(nodes, plan)
    _say("Taking replicas away under load ...")
    shrinking = await shrink(nodes, plan)
    _say("A burst of ten times the posts ...")
    return Seen(prompt, steps, shrinking, await burst(nodes, plan))


def _as_json(seen: Seen) -> dict[str, Any]:
    return {
        "driver_alone": asdict(seen.alone),
        "throughput": [asdict(step) for step in seen.steps],
        "shrinking": asdict(seen.shrinking),
        "burst": asdict(seen.burst),
    }


def markdown(facts: dict[str, str], plan: Plan, seen: Seen) -> str:
    """SCALE.md."""
    rows = [
        f"| {s.replicas} | {s.outcome.posts_per_s:.1f} | {s.ideal_posts_per_s:.1f} | "
        f"{s.outcome.posts_per_s / s.ideal_posts_per_s:.0%} | {s.outcome.p50_ms:.0f} | "
        f"{s.outcome.p95_ms:.0f} | {s.outcome.lost} |"
        for s in seen.steps
    ]
    shrinking, risen = seen.shrinking, seen.burst
    return _PAGE.format(
        facts=described(facts),
        device_ms=f"{DEVICE_MS:.0f}", post_ms=f"{POST_S * 1000:.0f}", drivers=DRIVERS,
        rows="\n".join(rows), alone=seen.alone.outcome,
        shrinking=shrinking, share=_share(shrinking.outcome),
        risen=risen, limit=LIMIT_S, ten=10 * risen.base_posts_per_s,
        first=_seconds(risen.first_replica_s), caught=_seconds(risen.caught_up_s),
        plan=plan, running=_running(risen),
        down=_seconds(risen.scaled_down_s),
        during=_share(risen.during), after=_share(risen.after),
    )  # fmt: skip


def _share(outcome: Outcome) -> str:
    return f"{outcome.lost} of {outcome.posts} ({outcome.lost / outcome.posts:.2%})"


def _running(risen: Burst) -> str:
    return ", ".join(f"{at:g}: {running}" for at, running in risen.running if at > 0)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


_PAGE = """# Scaling of all that is around the models

Made by `python -m loadtest.scale`; do not edit. {facts}

Three Ray nodes on this one machine, {drivers} replicas of the real driver, called through its
handle. In place of the five analyses stands one pool of replicas that wait {device_ms} ms for
each text of an analysis, {post_ms} ms for a post, one batch at a time, as a device would. Nodes,
replicas and the callers share the machine's cores. `driver.batch_characters` is
{plan.batch_characters:,}.

## Throughput

| replicas | posts/s | ideal | share | p50 ms | p95 ms | lost posts |
|---:|---:|---:|---:|---:|---:|---:|
{rows}

Ideal is replicas / {post_ms} ms. The callers keep four posts on their way for each replica,
so a post's time is mostly its waiting. A call takes all that waits, up to
`driver.batch_characters`: at many replicas one of them gets many texts, and others get none.

With replicas that answer at once the two drivers gave {alone.posts_per_s:.0f} posts/s on this
machine's cores, {alone.lost} lost.

## Fewer replicas under full load

From {shrinking.before} to {shrinking.after} replicas while callers kept all of them busy:
{share} posts came back without all five sections.

## A burst of ten times the posts

{risen.base_posts_per_s:.1f} posts/s, half of what one replica can take, then {ten:.0f}; autoscaled
as in configs/production.yaml, except for `max_replicas` and a shorter `downscale_delay_s`.

| | |
|---|---|
| first further replica | {first} after the burst began |
| 95 of 100 answers within {limit:g} s again | {caught} after it began, of {plan.burst_s:g} s |
| slowest answers meanwhile (p95 of the whole burst) | {risen.during.p95_ms:.0f} ms |
| replicas at most | {risen.most_replicas} |
| replicas, from the second on after the burst began | {running} |
| back to one replica | {down} after the burst ended, of {plan.after_s:g} s watched |
| lost during the burst | {during} |
| lost while scaling down | {after} |
"""


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer replicas, under 90 s")
    parser.add_argument("--batch-characters", type=int, help="the driver's setting")
    parser.add_argument("--output", type=Path, default=HERE, help="folder of the two files")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else FULL
    if arguments.batch_characters:
        plan = replace(plan, batch_characters=arguments.batch_characters)
    facts = machine(["ray"])
    started = time.monotonic()
    _say("Starting three nodes ...")
    with cluster(head_cpus=DRIVERS, node_cpus=[max(plan.replicas[-1] // 2, 2)] * 2) as nodes:
        seen = asyncio.run(measure(nodes, plan))
    found = {"machine": facts, "plan": asdict(plan), "device_ms": DEVICE_MS, **_as_json(seen)}
    page = markdown(facts, plan, seen)
    (arguments.output / "scale.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    (arguments.output / "SCALE.md").write_text(page)
    _say(page)
    _say(f"Took {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
