"""The goals, and the rows that say what was measured for each.

A line of the goals may ask for several things; each is a row of its own, and all of a
line begin with its number.
"""

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from deployments.results import ANALYSES
from loadtest.bench.agreement import TOLERANCE
from loadtest.bench.measurements import Findings
from loadtest.bench.plan import ANSWERED_PERCENT, CLIENTS, MIXED_GOALS_PER_S, Plan


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside its goal.

    Attributes:
        line: of the goals.
        name: what was measured.
        value: the median of the runs; None where it could not be measured.
        unit: of the value and the runs.
        goal: in words, such as ">= 10".
        met: whether the value reaches it; None where there is no value or no goal.
        runs: the figure of each round.
        note: why there is no value, or what else to know.
    """

    line: int
    name: str
    value: float | None
    unit: str
    goal: str
    met: bool | None
    runs: tuple[float, ...]
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As in results.json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a value."""

    sign: Literal[">=", "<", "<="]
    bound: float

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:,g}"

    def met(self, value: float) -> bool:
        """Whether the value is within it."""
        if self.sign == ">=":
            return value >= self.bound
        return value < self.bound if self.sign == "<" else value <= self.bound


_STOCK = {
    "fastapi-stock": ("FastAPI, stock models", 10.0),
    "litserve-stock": ("LitServe, stock models", 8.0),
    "bentoml-stock": ("BentoML, stock models", 8.0),
}
_OWN = {
    "litserve-own": ("our analyzers in LitServe", 1.0),
    "bentoml-own": ("our analyzers in BentoML", 1.0),
    "ray-own": ("our analyzers in Ray Serve at its defaults", 2.0),
}
_NOOPS = {
    "noop-haproxy": ("a bare no-op on Ray Serve with HAProxy", 0.70),
    "noop-default": ("a no-op on Ray Serve at its defaults", 8.0),
    "noop-litserve": ("a no-op on LitServe", 1.0),
}
_REPLICAS = ("driver", *ANALYSES)
_COLD = f"postlens.cold-{CLIENTS}.per_s"


@dataclass(frozen=True, slots=True)
class Rows:
    """Makes the rows of a benchmark's findings.

    Attributes:
        findings: of all rounds.
        plan: what was measured.
        best_clients: of each peer.
    """

    findings: Findings
    plan: Plan
    best_clients: Mapping[str, int]

    def line(self, number: int) -> list[Row]:
        """The rows of one line of the goals; see :data:`LINES`."""
        return list(LINES[number][1](self))

    def analyzers(self) -> Iterator[Row]:
        """Line 1."""
        runs = self.findings.ratios("inprocess.own", "inprocess.stock")
        yield self._row(1, "analyzers in a process, against stock models", "x", 15, runs)

    def efficiency(self) -> Iterator[Row]:
        """Line 2."""
        runs = self.findings.ratios(_COLD, "inprocess.own")
        yield self._row(2, f"served cold posts/s with {CLIENTS} clients, against in a process",
                        "x", 0.8, runs)  # fmt: skip

    def stock_peers(self) -> Iterator[Row]:
        """Line 3."""
        yield from self._peers(3, _STOCK)

    def own_peers(self) -> Iterator[Row]:
        """Line 4."""
        yield from self._peers(4, _OWN)

    def hot(self) -> Iterator[Row]:
        """Line 5."""
        for key, (name, bound) in _NOOPS.items():
            runs = self.findings.ratios("postlens.hot.per_s", f"{key}.hot.per_s")
            yield self._row(5, f"hot requests/s, against {name}", "x", bound, runs, key)

    def mixed(self) -> Iterator[Row]:
        """Line 6."""
        for rate in MIXED_GOALS_PER_S:
            yield from self._rate(rate)
        runs = self.findings.runs("postlens.mixed.highest")
        yield self._judged(6, "highest rate held, 95% hits", "requests/s", None, runs)

    def _rate(self, rate: int) -> Iterator[Row]:
        """A rate of arrivals: its latency says little where not all of it is answered."""
        name, figures = f"{rate}/s, 95% hits", f"postlens.mixed-{rate}"
        percent = self.findings.runs(f"{figures}.answered_percent")
        answered = self._judged(6, f"{name}: answered while requests arrived", "%",
                                Goal(">=", ANSWERED_PERCENT), percent)  # fmt: skip
        p50 = self._below(6, f"{name}: p50", "ms", 50, f"{figures}.p50_ms")
        yield answered
        yield replace(p50, met=p50.met and answered.met)
        for p in (95, 99):
            runs = self.findings.runs(f"{figures}.p{p}_ms")
            yield self._judged(6, f"{name}: p{p}", "ms", None, runs)
        errors = [share * 100 for share in self.findings.runs(f"{figures}.error_share")]
        yield self._judged(6, f"{name}: errors", "%", Goal("<", 0.1), errors)

    def lone(self) -> Iterator[Row]:
        """Line 7."""
        yield self._below(7, "lone request, cold, 573 characters: p50", "ms", 60,
                          "postlens.lone-cold.p50_ms")  # fmt: skip
        yield self._below(7, "lone request, hot: p50", "ms", 3, "postlens.lone-hot.p50_ms")

    def batch(self) -> Iterator[Row]:
        """Line 8."""
        runs = self.findings.ratios("postlens.batch.per_s", _COLD)
        name = f"{self.plan.cold_posts:,} posts in one call, against single calls"
        yield self._row(8, name, "x", 1.2, runs)

    def memory(self) -> Iterator[Row]:
        """Line 9."""
        yield self._below(9, "memory growth for 1,000 posts analysed and cached", "MB", 20,
                          "postlens.growth_mb")  # fmt: skip
        runs = self.findings.runs("postlens.pss_mb")
        name = "all processes of the service (PSS)"
        yield self._judged(9, name, "MB", None, runs, self._replicas())

    def start(self) -> Iterator[Row]:
        """Line 10."""
        yield self._below(10, "`postlens serve` to ready", "s", 25, "postlens.start_s")

    def agreement(self) -> Iterator[Row]:
        """Line 11: no result is wrong under load."""
        farthest = self.findings.runs("postlens.agreement.farthest")
        others = self.findings.runs("postlens.agreement.others")
        yield self._judged(11, "answers under load and alone: largest difference of a number",
                           "", Goal("<=", TOLERANCE), farthest)  # fmt: skip
        yield self._judged(11, "answers under load and alone: posts with other labels or spans",
                           "posts", Goal("<=", 0), others)  # fmt: skip

    def _peers(self, line: int, peers: Mapping[str, tuple[str, float]]) -> Iterator[Row]:
        for key, (name, bound) in peers.items():
            clients = self.best_clients.get(key, CLIENTS)
            runs = self.findings.ratios("postlens.cold-best.per_s", f"{key}.cold.per_s")
            yield self._row(line, f"cold posts/s, against {name}", "x", bound, runs, key,
                            note=f"its best is with {clients} clients")  # fmt: skip
            latency = self.findings.ratios(f"postlens.cold-{clients}.p99_ms", f"{key}.cold.p99_ms")
            yield self._judged(line, f"p99 with {clients} clients, against {name}", "x",
                               Goal("<", 1), latency, self._absence(key))  # fmt: skip

    def _row(
        self, line: int, name: str, unit: str, bound: float, runs: list[float], key: str = "",
        *, note: str = "",
    ) -> Row:  # fmt: skip
        return self._judged(line, name, unit, Goal(">=", bound), runs, self._absence(key) or note)

    def _below(self, line: int, name: str, unit: str, bound: float, figures: str) -> Row:
        return self._judged(line, name, unit, Goal("<", bound), self.findings.runs(figures))

    def _judged(
        self, line: int, name: str, unit: str, goal: Goal | None, runs: list[float], note: str = ""
    ) -> Row:
        value = statistics.median(runs) if runs else None
        met = goal.met(value) if goal and value is not None else None
        said = str(goal) if goal else "stated"
        note = note if runs else note or "not measured"
        return Row(line, name, value, unit, said, met, tuple(runs), note)

    def _replicas(self) -> str:
        """The resident size of each deployment's replica."""
        sizes = {name: self.findings.runs(f"postlens.rss-mb.{name}") for name in _REPLICAS}
        shown = [f"{name} {statistics.median(mb):,.0f} MB" for name, mb in sizes.items() if mb]
        return f"resident: {', '.join(shown)}" if shown else ""

    def _absence(self, key: str) -> str:
        reason = self.findings.absent.get(key)
        return f"not measured: {reason[:300]}" if reason else ""


#: Each line of the goals: the parts that must be measured for it, and what makes its rows.
LINES: dict[int, tuple[frozenset[str], Callable[[Rows], Iterator[Row]]]] = {
    1: (frozenset({"own", "stock"}), Rows.analyzers),
    2: (frozenset({"own", "cold"}), Rows.efficiency),
    3: (frozenset({"cold", "stock-peers"}), Rows.stock_peers),
    4: (frozenset({"cold", "own-peers"}), Rows.own_peers),
    5: (frozenset({"hot", "noops"}), Rows.hot),
    6: (frozenset({"mixed"}), Rows.mixed),
    7: (frozenset({"lone"}), Rows.lone),
    8: (frozenset({"cold", "batch"}), Rows.batch),
    9: (frozenset({"cold"}), Rows.memory),
    10: (frozenset({"start"}), Rows.start),
    11: (frozenset({"cold"}), Rows.agreement),
}
