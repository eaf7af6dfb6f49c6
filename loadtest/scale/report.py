"""SCALE.md: the page of what was measured on the cluster."""

from dataclasses import asdict, dataclass
from typing import Any

from loadtest.environment import facts_line
from loadtest.scale.calls import CallSummary
from loadtest.scale.plan import DEVICE_MS, DRIVERS, LIMIT_S, POST_S, ScalePlan
from loadtest.scale.scenarios import Burst, DriversAlone, Shrinking, ThroughputStep


@dataclass(frozen=True, slots=True)
class ScaleResults:
    """Everything that was measured."""

    driver_alone: DriversAlone
    throughput: list[ThroughputStep]
    shrinking: Shrinking
    burst: Burst


def as_json(facts: dict[str, str], plan: ScalePlan, results: ScaleResults) -> dict[str, Any]:
    """The content of scale.json."""
    return {"machine": facts, "plan": asdict(plan), "device_ms": DEVICE_MS, **asdict(results)}


def markdown(facts: dict[str, str], plan: ScalePlan, results: ScaleResults) -> str:
    """The content of SCALE.md."""
    shrinking, burst = results.shrinking, results.burst
    return _PAGE.format(
        facts=facts_line(facts),
        device_ms=f"{DEVICE_MS:.0f}", post_ms=f"{POST_S * 1000:.0f}", drivers=DRIVERS,
        rows="\n".join(map(_row, results.throughput)), alone=results.driver_alone.outcome,
        shrinking=shrinking, share=_lost(shrinking.outcome),
        burst=burst, limit=LIMIT_S, ten=10 * burst.base_posts_per_s,
        first=_seconds(burst.first_replica_s), caught=_seconds(burst.caught_up_s),
        plan=plan, running=_running(burst),
        down=_seconds(burst.scaled_down_s),
        during=_lost(burst.during), after=_lost(burst.after),
    )  # fmt: skip


def _row(step: ThroughputStep) -> str:
    outcome = step.outcome
    return (
        f"| {step.replicas} | {outcome.posts_per_s:.1f} | {step.ideal_posts_per_s:.1f} | "
        f"{outcome.posts_per_s / step.ideal_posts_per_s:.0%} | {outcome.p50_ms:.0f} | "
        f"{outcome.p95_ms:.0f} | {outcome.lost} |"
    )


def _lost(outcome: CallSummary) -> str:
    return f"{outcome.lost} of {outcome.posts} ({outcome.lost / outcome.posts:.2%})"


def _running(burst: Burst) -> str:
    return ", ".join(f"{at:g}: {running}" for at, running in burst.running if at > 0)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


_PAGE = """# Scaling of all that is around the models

Made by `python -m loadtest.scale`; do not edit. {facts}

Three Ray nodes on this one machine, {drivers} replicas of the real driver, called through its
handle. In place of the five analyses stands one pool of replicas that wait {device_ms} ms for
each text of an analysis, {post_ms} ms for a post, one batch at a time, as a device would. Nodes,
replicas and the callers share the machine's cores. `driver.batch_characters` is
{plan.batch_characters:,}.

The network between nodes, nodes of their own and a GPU were not tested: this is one machine.

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

{burst.base_posts_per_s:.1f} posts/s, half of what one replica can take, then {ten:.0f}; autoscaled
as in configs/production.yaml, except for `max_replicas` and a shorter `downscale_delay_s`.

| | |
|---|---|
| first further replica | {first} after the burst began |
| 95 of 100 answers within {limit:g} s again | {caught} after it began, of {plan.burst_s:g} s |
| slowest answers meanwhile (p95 of the whole burst) | {burst.during.p95_ms:.0f} ms |
| replicas at most | {burst.most_replicas} |
| replicas, from the second on after the burst began | {running} |
| back to one replica | {down} after the burst ended, of {plan.after_s:g} s watched |
| lost during the burst | {during} |
| lost while scaling down | {after} |
"""
