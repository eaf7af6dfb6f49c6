"""What the rounds of a benchmark measured, by name."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from loadtest.generator.load_result import LoadResult


@dataclass
class Measurements:
    """Figures, one for each round, and what could not be measured.

    Attributes:
        figures: a list for each name, in the order of the rounds.
        absent: the servers that could not be measured, and why.
        details: lines for people.
    """

    figures: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    absent: dict[str, str] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)

    def add(self, name: str, value: float) -> None:
        """Note one round's figure."""
        self.figures[name].append(value)

    def add_load(self, name: str, load: LoadResult) -> None:
        """Note a load's throughput, latencies and errors under ``name.``..."""
        self.add(f"{name}.per_s", load.per_s)
        self.add(f"{name}.p50_ms", load.percentile_ms(50))
        self.add(f"{name}.p95_ms", load.percentile_ms(95))
        self.add(f"{name}.p99_ms", load.percentile_ms(99))
        self.add(f"{name}.error_share", load.error_share)
        self.add(f"{name}.answered_percent", load.in_time_share * 100)
        self.say(f"{name}: {load.summary()}, client {load.client_cpu_s:.2f} s CPU")

    def say(self, line: str) -> None:
        """Note a line for people, and show it."""
        self.details.append(line)
        print(f"    {line}", flush=True)

    def runs(self, name: str) -> list[float]:
        """One figure of each round; empty where it was not measured."""
        return list(self.figures.get(name, ()))

    def ratios(self, above: str, below: str) -> list[float]:
        """One figure over another, round by round."""
        return ratios(self.runs(above), self.runs(below))


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Round by round; a round that lacks either is left out."""
    return [a / b for a, b in zip(above, below, strict=False) if b]
