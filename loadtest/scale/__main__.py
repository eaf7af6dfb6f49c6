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
from dataclasses import replace

import orjson

from loadtest.environment import environment_facts
from loadtest.paths import RESULTS
from loadtest.scale.cluster import MultiNodeCluster, multi_node_cluster
from loadtest.scale.plan import DRIVERS, FULL, QUICK, ScalePlan
from loadtest.scale.report import ScaleResults, as_json, markdown
from loadtest.scale.scenarios import (
    measure_burst,
    measure_drivers,
    measure_shrinking,
    measure_throughput,
)
from training.outputs import output_folder


async def measure(cluster: MultiNodeCluster, plan: ScalePlan) -> ScaleResults:
    """All scenarios, one after the other."""
    _say("The drivers alone ...")
    drivers = await measure_drivers(cluster, plan)
    steps = await measure_throughput(cluster, plan)
    _say("Taking replicas away under load ...")
    shrinking = await measure_shrinking(cluster, plan)
    _say("A burst of ten times the posts ...")
    return ScaleResults(drivers, steps, shrinking, await measure_burst(cluster, plan))


def _say(line: str) -> None:
    print(line, flush=True)


def _plan(arguments: argparse.Namespace) -> ScalePlan:
    plan = QUICK if arguments.quick else FULL
    if arguments.batch_characters:
        plan = replace(plan, batch_characters=arguments.batch_characters)
    return plan


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer replicas, under 90 s")
    parser.add_argument("--batch-characters", type=int, help="the driver's setting")
    parser.add_argument(
        "--output", type=output_folder, default=RESULTS, help="folder of the two files"
    )
    arguments = parser.parse_args()
    plan = _plan(arguments)
    facts = environment_facts(["ray"])
    started = time.monotonic()
    _say("Starting three nodes ...")
    node_cpus = [max(plan.replicas[-1] // 2, 2)] * 2
    with multi_node_cluster(head_cpus=DRIVERS, node_cpus=node_cpus) as cluster:
        results = asyncio.run(measure(cluster, plan))
    content = orjson.dumps(as_json(facts, plan, results), option=orjson.OPT_INDENT_2)
    page = markdown(facts, plan, results)
    (arguments.output / "scale.json").write_bytes(content)
    (arguments.output / "SCALE.md").write_text(page)
    _say(page)
    _say(f"Took {time.monotonic() - started:.0f} s.")


if __name__ == "__main__":
    main()
