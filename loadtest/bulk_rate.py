"""How fast ``postlens bulk`` is beside the same analyses in one process, by turns.

    python -m loadtest.bulk_rate [--posts N] [--rounds N] [--try ACTORSxCPUS,BATCH]...

Each round analyses the same distinct posts first in this process (``LocalAnalyses`` on all cores,
no Ray, models loaded before), then with ``postlens bulk`` from Parquet to Parquet, in a process
of its own that starts Ray, for each of the layouts to try. Writes ``loadtest/results/BULK.md``.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click
import pyarrow as pa
import pyarrow.parquet as pq

from loadtest.environment import environment_facts, facts_line
from loadtest.generator.posts import PostGenerator
from loadtest.paths import RESULTS, ROOT
from serve_app.in_process import LocalAnalyses

PAGE = RESULTS / "BULK.md"
_SEED = 20261127
_WARM_UP_POSTS = 64
_FILES = 4
#: Of the requirement.
_GOAL = 0.9


@dataclass(frozen=True, slots=True)
class ActorLayout:
    """How the cores are shared out: actors, CPUs of each, rows of a part."""

    actors: int
    cpus: int
    batch_rows: int

    @classmethod
    def parse(cls, written: str) -> "ActorLayout":
        """The layout written such as ``1x2,512``."""
        shape, _, batch = written.partition(",")
        actors, _, cpus = shape.partition("x")
        return cls(int(actors), int(cpus), int(batch))

    @property
    def words(self) -> str:
        """For people."""
        actors = "1 actor" if self.actors == 1 else f"{self.actors} actors"
        threads = "1 thread" if self.cpus == 1 else f"{self.cpus} threads"
        return f"{actors} of {threads}, parts of {self.batch_rows} rows"

    @property
    def options(self) -> list[str]:
        """For the command line."""
        return [
            f"--actors={self.actors}",
            f"--cpus={self.cpus}",
            f"--batch-size={self.batch_rows}",
        ]


@dataclass(frozen=True, slots=True)
class BulkRates:
    """Posts a second.

    Attributes:
        steady: from the begin of the first part to the end of the last.
        whole: from the start of the command to its end.
    """

    steady: float
    whole: float


def in_process_rate(local: LocalAnalyses, posts: Sequence[str]) -> float:
    """Posts a second of the analyses in this process, from texts to JSON."""
    started = time.perf_counter()
    local.answers(posts)
    return len(posts) / (time.perf_counter() - started)


def bulk_rates(source: Path, posts: int, layout: ActorLayout) -> BulkRates:
    """Of one run of the command."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "serve_app.cli", "bulk", str(source), f"{folder}/out"]
        started = time.perf_counter()
        ended = subprocess.run(
            [*command, "--json", *layout.options],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            check=True,
        )
        took_s = time.perf_counter() - started
    report = json.loads(ended.stdout)
    assert report["answered"] == posts, report
    return BulkRates(report["steady_posts_per_second"], posts / took_s)


def measure(
    posts: Sequence[str], layouts: Sequence[ActorLayout], rounds: int
) -> tuple[list[float], dict[ActorLayout, list[BulkRates]]]:
    """The rates in this process, and those of each layout, a figure for each round."""
    local = LocalAnalyses()
    local.answers(PostGenerator(_SEED + 1).take(_WARM_UP_POSTS))
    in_process: list[float] = []
    bulk: dict[ActorLayout, list[BulkRates]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        size = -(-len(posts) // _FILES)
        for number in range(_FILES):
            table = pa.table({"text": posts[number * size : (number + 1) * size]})
            pq.write_table(table, f"{folder}/{number}.parquet")
        for number in range(rounds):
            in_process.append(in_process_rate(local, posts))
            print(f"round {number + 1}: in this process {in_process[-1]:.1f}", flush=True)
            for layout in layouts:
                rates = bulk_rates(Path(folder), len(posts), layout)
                bulk[layout].append(rates)
                print(f"  {layout.words}: {rates}", flush=True)
    return in_process, bulk


def page(
    posts: Sequence[str],
    in_process: Sequence[float],
    bulk: dict[ActorLayout, list[BulkRates]],
    facts: dict[str, str],
) -> str:
    """The page of results, in Markdown; ``facts`` are of the machine before the measurement."""
    base = median(in_process)
    lines = [
        "# The rate of `postlens bulk`",
        "",
        f"{len(posts):,} distinct posts ({sum(map(len, posts)) / len(posts):.0f} characters on "
        f"average), all five analyses, {len(in_process)} rounds by turns; medians, lowest to "
        "highest behind them.",
        "",
        "| what | posts/s, steady | of in-process | posts/s with all starts |",
        "|---|---:|---:|---:|",
        f"| in one process, no Ray, models loaded | {_spread(in_process)} | 1 | |",
    ]
    for layout, rates in bulk.items():
        steady = [each.steady for each in rates]
        whole = [each.whole for each in rates]
        share = median(steady) / base
        lines.append(f"| {layout.words} | {_spread(steady)} | {share:.2f} | {_spread(whole)} |")
    best = max(median(each.steady for each in rates) for rates in bulk.values()) / base
    verdict = "is reached" if best >= _GOAL else "is missed"
    lines += [
        "",
        f"The goal of {_GOAL} {verdict}: {best:.2f} by the best layout.",
        "",
        "Steady is from the begin of the first part to the end of the last, as the end report has "
        "it: reading, writing and waiting between parts are in it, the start of Python, Ray and "
        "the first models is not; that is in the last column.",
        "",
        f"Measured again by `python -m loadtest.bulk_rate`. {facts_line(facts)}",
        "",
    ]
    return "\n".join(lines)


def _spread(rates: Sequence[float]) -> str:
    return f"{median(rates):.1f} ({min(rates):.1f} to {max(rates):.1f})"


@click.command()
@click.option("--posts", "count", default=4_096, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option(
    "--try",
    "layouts",
    multiple=True,
    default=("2x1,512", "1x2,512"),
    show_default=True,
    help="Layouts, such as 2x1,512: 2 actors of 1 CPU, 512 rows.",
)
@click.option("--output", type=click.Path(path_type=Path), default=PAGE)
def main(count: int, rounds: int, layouts: tuple[str, ...], output: Path) -> None:
    """Measure, and write the page."""  # fmt: skip
    facts = environment_facts(["ray", "pyarrow", "torch"])  # its load is not ours yet
    posts = PostGenerator(_SEED).take(count)
    in_process, bulk = measure(posts, list(map(ActorLayout.parse, layouts)), rounds)
    output.write_text(page(posts, in_process, bulk, facts))
    print(f"Written: {output}")


if __name__ == "__main__":
    main()
