"""The lines of the goals: what must be measured for each, and the rows it makes.

A line may ask for several things; each is a row of its own, and all of a line begin with
its number.
"""

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from deployments.results import ANALYSES
from loadtest.bench.agreement import TOLERANCE
from loadtest.bench.goals import Goal, GoalRow
from loadtest.bench.measurements import Measurements
from loadtest.bench.plan import ANSWERED_PERCENT, CLIENTS, MIXED_GOALS_PER_S, BenchPlan
from loadtest.bench.report import number

#: Servers of stock models, and how many times their posts/s are to be reached.
_STOCK_PEERS = {
    "fastapi-stock": ("FastAPI, stock models", 10.0),
    "litserve-stock": ("LitServe, stock models", 8.0),
    "bentoml-stock": ("BentoML, stock models", 8.0),
}
_OWN_PEERS = {
    "litserve-own": ("our analyzers in LitServe", 1.0),
    "bentoml-own": ("our analyzers in BentoML", 1.0),
    "ray-own": ("our analyzers in Ray Serve at its defaults", 2.0),
}
_NOOPS = {
    "noop-haproxy": ("a bare no-op on Ray Serve with HAProxy", 0.70),
    "noop-default": ("a no-op on Ray Serve at its defaults", 8.0),
    "noop-litserve": ("a no-op on LitServe", 1.0),
}
_COLD = f"postlens.cold-{CLIENTS}.per_s"


@dataclass(frozen=True, slots=True)
class BenchResults:
    """What a whole benchmark gave.

    Attributes:
        measurements: of all rounds.
        plan: how much was measured.
        best_clients: the number of clients at which each peer was fastest.
    """

    measurements: Measurements
    plan: BenchPlan
    best_clients: Mapping[str, int]

    def rows(self, line: int) -> list[GoalRow]:
        """The rows of one line of the goals; see :data:`LINES`."""
        return list(LINES[line].rows(self))

    def absence(self, key: str) -> str:
        """Why a peer could not be measured; empty where it was."""
        reason = self.measurements.absent.get(key)
        return f"not measured: {reason[:300]}" if reason else ""


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One line of the goals.

    Attributes:
        parts: of the benchmark that must be measured for it.
        rows: makes its rows.
    """

    parts: frozenset[str]
    rows: Callable[[BenchResults], Iterator[GoalRow]]


def _in_process(results: BenchResults) -> Iterator[GoalRow]:
    runs = results.measurements.ratios("inprocess.own", "inprocess.stock")
    yield GoalRow.of(1, "analyzers in a process, against stock models", runs, "x", Goal(">=", 30))


def _efficiency(results: BenchResults) -> Iterator[GoalRow]:
    runs = results.measurements.ratios(_COLD, "inprocess.own")
    name = f"served cold posts/s with {CLIENTS} clients, against in a process"
    yield GoalRow.of(2, name, runs, "x", Goal(">=", 0.8))


def _stock_peers(results: BenchResults) -> Iterator[GoalRow]:
    return _peers(results, 3, _STOCK_PEERS)


def _own_peers(results: BenchResults) -> Iterator[GoalRow]:
    return _peers(results, 4, _OWN_PEERS)


def _peers(
    results: BenchResults, line: int, peers: Mapping[str, tuple[str, float]]
) -> Iterator[GoalRow]:
    measurements = results.measurements
    for key, (name, bound) in peers.items():
        absence = results.absence(key)
        clients = results.best_clients.get(key, CLIENTS)
        runs = measurements.ratios("postlens.cold-best.per_s", f"{key}.cold.per_s")
        note = absence or f"its best is with {clients} clients"
        yield GoalRow.of(line, f"cold posts/s, against {name}", runs, "x", Goal(">=", bound), note)
        latency = measurements.ratios(f"postlens.cold-{clients}.p99_ms", f"{key}.cold.p99_ms")
        title = f"p99 with {clients} clients, against {name}"
        yield GoalRow.of(line, title, latency, "x", Goal("<", 1), absence)


def _hot(results: BenchResults) -> Iterator[GoalRow]:
    for key, (name, bound) in _NOOPS.items():
        runs = results.measurements.ratios("postlens.hot.per_s", f"{key}.hot.per_s")
        title = f"hot requests/s, against {name}"
        yield GoalRow.of(5, title, runs, "x", Goal(">=", bound), results.absence(key))


def _mixed(results: BenchResults) -> Iterator[GoalRow]:
    for rate in MIXED_GOALS_PER_S:
        yield from _rate(results.measurements, rate)
    runs = results.measurements.runs("postlens.mixed.highest")
    yield GoalRow.of(6, "highest rate held, 95% hits", runs, "requests/s")


def _rate(measurements: Measurements, rate: int) -> Iterator[GoalRow]:
    """A rate of arrivals: its latency says little where not all of it is answered."""
    name, figures = f"{rate}/s, 95% hits", f"postlens.mixed-{rate}"
    percent = measurements.runs(f"{figures}.answered_percent")
    title = f"{name}: answered while requests arrived"
    answered = GoalRow.of(6, title, percent, "%", Goal(">=", ANSWERED_PERCENT))
    p50 = GoalRow.of(6, f"{name}: p50", measurements.runs(f"{figures}.p50_ms"), "ms", Goal("<", 50))
    yield answered
    yield replace(p50, met=p50.met and answered.met)
    yield GoalRow.of(6, f"{name}: p95", measurements.runs(f"{figures}.p95_ms"), "ms")
    p99 = GoalRow.of(
        6, f"{name}: p99", measurements.runs(f"{figures}.p99_ms"), "ms", Goal("<", 500)
    )
    yield replace(p99, met=p99.met and answered.met)
    errors = [share * 100 for share in measurements.runs(f"{figures}.error_share")]
    yield GoalRow.of(6, f"{name}: errors", errors, "%", Goal("<", 0.1))


def _lone(results: BenchResults) -> Iterator[GoalRow]:
    runs = results.measurements.runs
    name = "lone request, cold, 573 characters: p50"
    yield GoalRow.of(7, name, runs("postlens.lone-cold.p50_ms"), "ms", Goal("<", 30))
    name = "lone request, hot: p50"
    yield GoalRow.of(7, name, runs("postlens.lone-hot.p50_ms"), "ms", Goal("<", 3))


def _batch(results: BenchResults) -> Iterator[GoalRow]:
    runs = results.measurements.ratios("postlens.batch.per_s", _COLD)
    name = f"{results.plan.cold_posts:,} posts in one call, against single calls"
    yield GoalRow.of(8, name, runs, "x", Goal(">=", 1.2))


def _memory(results: BenchResults) -> Iterator[GoalRow]:
    runs = results.measurements.runs
    name = "memory growth for 1,000 posts analysed and cached"
    yield GoalRow.of(9, name, runs("postlens.growth_mb"), "MB", Goal("<", 20))
    name, note = "all processes of the service (PSS)", _replica_sizes(results.measurements)
    yield GoalRow.of(9, name, runs("postlens.pss_mb"), "MB", Goal("<=", 1_600), note)


def _replica_sizes(measurements: Measurements) -> str:
    """The resident size of each deployment's replica."""
    runs = {n: measurements.runs(f"postlens.rss-mb.{n}") for n in ("driver", *ANALYSES)}
    sizes = [f"{name} {statistics.median(mb):,.0f} MB" for name, mb in runs.items() if mb]
    return f"resident: {', '.join(sizes)}" if sizes else ""


def _start(results: BenchResults) -> Iterator[GoalRow]:
    runs = results.measurements.runs("postlens.start_s")
    yield GoalRow.of(10, "`postlens serve` to ready", runs, "s", Goal("<", 12))


def _agreement(results: BenchResults) -> Iterator[GoalRow]:
    runs = results.measurements.runs
    name = "answers under load and alone: largest difference of a number"
    yield GoalRow.of(
        11, name, runs("postlens.agreement.largest_difference"), goal=Goal("<=", TOLERANCE)
    )
    name = "answers under load and alone: posts with other labels or spans"
    yield GoalRow.of(11, name, runs("postlens.agreement.other_posts"), "posts", Goal("<=", 0))


def _version_02(results: BenchResults) -> Iterator[GoalRow]:
    """Both versions by turns on the same posts; at least 2.5 times as many of them."""
    measurements, before = results.measurements, "version-0.2"
    for name, figure in {
        f"served cold posts/s with {CLIENTS} clients": f"cold-{CLIENTS}.per_s",
        "lone request, cold, 573 characters: p50": "lone-cold.p50_ms",
        "all processes of the service (PSS)": "pss_mb",
        "memory growth for 1,000 posts analysed and cached": "growth_mb",
        "`postlens serve` to ready": "start_s",
    }.items():
        runs = measurements.ratios(f"postlens.{figure}", f"{before}.{figure}")
        goal = Goal(">=", 2.5) if figure.endswith("per_s") else Goal("<", 1)
        note = _earlier_value(measurements, f"{before}.{figure}")
        yield GoalRow.of(12, f"{name}, against version 0.2", runs, "x", goal, note)
    runs = measurements.ratios("inprocess.own", f"inprocess.{before}")
    note = _earlier_value(measurements, f"inprocess.{before}")
    name = "cold posts/s in a process, against version 0.2"
    yield GoalRow.of(12, name, runs, "x", Goal(">=", 2.5), note)


def _earlier_value(measurements: Measurements, name: str) -> str:
    runs = measurements.runs(name)
    return f"version 0.2: {number(statistics.median(runs))}" if runs else ""


LINES: dict[int, GoalLine] = {
    1: GoalLine(frozenset({"own", "stock"}), _in_process),
    2: GoalLine(frozenset({"own", "cold"}), _efficiency),
    3: GoalLine(frozenset({"cold", "stock-peers"}), _stock_peers),
    4: GoalLine(frozenset({"cold", "own-peers"}), _own_peers),
    5: GoalLine(frozenset({"hot", "noops"}), _hot),
    6: GoalLine(frozenset({"mixed"}), _mixed),
    7: GoalLine(frozenset({"lone"}), _lone),
    8: GoalLine(frozenset({"cold", "batch"}), _batch),
    9: GoalLine(frozenset({"cold"}), _memory),
    10: GoalLine(frozenset({"start"}), _start),
    11: GoalLine(frozenset({"cold"}), _agreement),
    12: GoalLine(frozenset({"own", "start", "lone", "cold", "version-0.2"}), _version_02),
}
