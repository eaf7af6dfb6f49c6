"""One row of the results table: what was measured, beside which baseline, against which goal."""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: In place of a language, for a mean over several.
MEAN = "mean"


def row_key(corpus: str, measure: str, language: str = "") -> str:
    """What names a row among those of its analysis: "sst5 macro F1", "xed, es mean AUC"."""
    return f"{corpus}, {language} {measure}" if language else f"{corpus} {measure}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What people would take otherwise, and its value on the same texts in the measure's unit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One measure of one analysis on one set.

    Attributes:
        corpus: the set, as named in the data folder.
        texts: how many of its texts were read.
        measure: what was measured, as the table calls it.
        value: of the measure, mostly 0..1; None where it could not be taken.
        baseline: the same of a stock alternative.
        reference: what others have published.
        goal: what the value should be at least, or at most where lower is better.
        missing: why there is no value, for the reader of the table.
        language: ISO 639-1 code of the texts, MEAN for a mean over several languages, or empty
            where the table does not tell languages apart.
    """

    analysis: str
    corpus: str
    texts: int
    measure: str
    value: float | None
    baseline: Baseline | None = None
    reference: str = ""
    goal: float | None = None
    lower_is_better: bool = False
    missing: str = ""
    language: str = ""

    @property
    def key(self) -> str:
        """Its name among the rows of its analysis."""
        return row_key(self.corpus, self.measure, self.language)

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without goal or value."""
        if self.goal is None or self.value is None:
            return None
        return self.value <= self.goal if self.lower_is_better else self.value >= self.goal


@dataclass(frozen=True, slots=True)
class MetricSheet:
    """Makes the rows of one analysis; goals and published references by row key."""

    analysis: str
    goals: Mapping[str, float] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)

    def row(
        self,
        corpus: str,
        texts: int,
        measure: str,
        value: float | None,
        *,
        baseline: Baseline | None = None,
        lower_is_better: bool = False,
        missing: str = "",
        language: str = "",
    ) -> MetricRow:
        """The row with the goal and reference that stand under its key."""
        key = row_key(corpus, measure, language)
        return MetricRow(
            self.analysis,
            corpus,
            texts,
            measure,
            None if value is None else float(value),
            baseline,
            self.references.get(key, ""),
            self.goals.get(key),
            lower_is_better,
            missing,
            language,
        )
