"""What a goal is, and the row that says what was measured for it."""

import statistics
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self


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


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One figure beside its goal.

    Attributes:
        line: of the goals; several rows may have the same.
        name: what was measured.
        value: the median of the runs; None where it could not be measured.
        unit: of the value and the runs.
        goal: in words, such as ">= 10"; "stated" where there is none.
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

    @classmethod
    def of(
        cls,
        line: int,
        name: str,
        runs: list[float],
        unit: str = "",
        goal: Goal | None = None,
        note: str = "",
    ) -> Self:
        """The row of these runs; their median counts."""
        value = statistics.median(runs) if runs else None
        met = goal.met(value) if goal and value is not None else None
        note = note if runs else note or "not measured"
        return cls(line, name, value, unit, str(goal or "stated"), met, tuple(runs), note)

    def as_dict(self) -> dict[str, Any]:
        """As in results.json."""
        return asdict(self)
