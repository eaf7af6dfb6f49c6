"""Measures a service at its capacity and at a multiple of it, and writes OVERLOAD.md.

    python -m loadtest.overload [--factor 3] [--seconds 30] [--clients 64]

starts ``postlens serve`` on data of its own. Callers that come back wait for at most a minute, so
at three times the capacity, all of whom come back, 30 seconds is how long the line can grow.

Measures twice: on one machine, whose processors refusals take from the models; and with the models
on processors of their own, as where the driver and they are on different machines.
"""

import argparse
import logging
import tempfile
from functools import partial
from pathlib import Path

import uvloop

from deployments.cores import usable_cores
from loadtest.bench.server import running
from loadtest.bench.targets import BenchTarget, postlens
from loadtest.environment import environment_facts
from loadtest.generator.http_load import closed_http_load
from loadtest.generator.load_result import LoadResult
from loadtest.generator.posts import PostGenerator
from loadtest.overload.apart import put_models_apart
from loadtest.overload.callers import Callers, random_arrivals
from loadtest.overload.report import OverloadFigures, OverloadRun, figures_of, markdown
from loadtest.paths import ROOT

log = logging.getLogger(__name__)

_CHARACTERS = 300
_WARM_POSTS = 400
_LIMIT_S = 120.0
SHARED = "Models, driver and callers on the same cores"
APART = "Models on cores of their own"
_RESULTS = ROOT / "loadtest" / "results" / "OVERLOAD.md"


def closed_load(
    target: BenchTarget, posts: PostGenerator, *, name: str, count: int, clients: int
) -> LoadResult:
    """Answers to so many posts of as many clients."""
    requests = target.requests(posts.of_length(max(clients, count), _CHARACTERS))
    load = closed_http_load(target.address, requests, clients=clients, limit_s=_LIMIT_S)
    log.info("%s: %s", name, load.summary())
    return load


def callers_at(
    target: BenchTarget, posts: PostGenerator, *, rate_per_s: float, seconds: float, seed: int
) -> OverloadFigures:
    """What becomes of callers that come at this rate."""
    arrivals = random_arrivals(rate_per_s, seconds, seed)
    count = len(arrivals) + len(arrivals) // 10 + 1
    requests = target.requests(posts.of_length(count, _CHARACTERS))
    callers = Callers(target.address, requests, arrivals)
    uvloop.run(callers.run(limit_s=seconds + _LIMIT_S))
    figures = figures_of(callers.records, callers.errors, seconds)
    log.info("overload: %s", figures)
    for error in sorted(set(callers.errors))[:5]:
        log.info("  %s", error)
    return figures


def measure(
    title: str, target: BenchTarget, posts: PostGenerator, arguments: argparse.Namespace
) -> OverloadRun:
    """The capacity, an overload of so many times as much, and the capacity again."""
    log.info(title)
    closed = partial(closed_load, target, posts, clients=arguments.clients)
    warm = closed(name="warm", count=_WARM_POSTS)
    count = round(warm.per_s * arguments.seconds)
    before = closed(name="capacity before", count=count)
    overload = callers_at(
        target,
        posts,
        rate_per_s=arguments.factor * before.per_s,
        seconds=arguments.seconds,
        seed=arguments.seed,
    )
    after = closed(name="capacity after", count=count)
    return OverloadRun(title, (before, after), overload)


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--factor", type=float, default=3, help="times the capacity")
    parser.add_argument("--seconds", type=float, default=30, help="for which callers come")
    parser.add_argument("--clients", type=int, default=64, help="that make the capacity")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=_RESULTS)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    facts = environment_facts(["ray"])
    posts = PostGenerator(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="postlens-overload-") as folder:
        target = postlens(Path(folder) / "data")
        with running(target.command, target.address, Path(folder) / "serve.log") as server:
            runs = [measure(SHARED, target, posts, arguments)]
            if usable_cores() > 1:
                put_models_apart(server.mark.processes())
                runs.append(measure(APART, target, posts, arguments))
    page = markdown(
        facts, runs, clients=arguments.clients, factor=arguments.factor,
        seconds=arguments.seconds, characters=_CHARACTERS,
    )  # fmt: skip
    arguments.output.write_text(page)
    print(page)


if __name__ == "__main__":
    main()
