"""One line of the results table: what was measured, beside what, against which goal."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stock:
    """A stock alternative and its figure on the same texts, in the measure's unit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one analysis on one set.

    Attributes:
        corpus: the set, as named in the data folder.
        texts: how many of its texts were read.
        ours: the measure, mostly 0..1; None where it could not be taken.
        goal: what it should be at least, or at most where lower is better.
        missing: why there is no figure, for the reader of the table.
    """

    analysis: str
    corpus: str
    texts: int
    measure: str
    ours: float | None
    stock: Stock | None = None
    reference: str = ""
    goal: float | None = None
    lower_is_better: bool = False
    missing: str = ""

    @property
    def key(self) -> str:
        """Its name among the figures of its analysis."""
        return f"{self.corpus} {self.measure}"

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without goal or figure."""
        if self.goal is None or self.ours is None:
            return None
        return self.ours <= self.goal if self.lower_is_better else self.ours >= self.goal


@dataclass(frozen=True, slots=True)
class Sheet:
    """Makes the figures of one analysis; goals and published references by figure key."""

    analysis: str
    goals: Mapping[str, float] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)

    def figure(
        self,
        corpus: str,
        texts: int,
        measure: str,
        ours: float | None,
        *,
        stock: Stock | None = None,
        lower_is_better: bool = False,
        missing: str = "",
    ) -> Figure:
        """The figure with the goal and reference that stand under its key."""
        key = f"{corpus} {measure}"
        return Figure(
            self.analysis,
            corpus,
            texts,
            measure,
            None if ours is None else float(ours),
            stock,
            self.references.get(key, ""),
            self.goals.get(key),
            lower_is_better,
            missing,
        )
