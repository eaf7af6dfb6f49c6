"""Hand-written cases for the sentiment, by phenomenon (Ribeiro et al. 2020, "CheckList").

Where sets of tweets and reviews say how often a label is right, these say on what: negation,
contrast, business figures, robustness. They are for measuring alone.
``python -m training.evaluation.checks`` prints those that fail.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.analyzer import Analyzer
from deployments.results import Sentiment
from training.datasets.folders import CARRIED
from training.datasets.json_lines import read_json_lines
from training.evaluation.evaluation_run import documents
from training.evaluation.metric_row import MetricRow, MetricSheet

FILE = CARRIED / "checks" / "sentiment.jsonl"
CORPUS, MEASURE = "checks by phenomenon", "pass rate"


@dataclass(frozen=True, slots=True)
class CheckCase:
    """A text and what is asked of its answer.

    Attributes:
        phenomenon: what the case is about.
        expect: the labels that are right; empty where any is.
        never: a label that would be wrong.
        mixed: whether the post must be ``mixed``.
        same_as: another text which must get the same label.
    """

    phenomenon: str
    text: str
    expect: frozenset[str] = frozenset()
    never: str | None = None
    mixed: bool = False
    same_as: str | None = None

    def passes(self, result: Sentiment, other: Sentiment | None) -> bool:
        """Whether the result is right; ``other`` is that of ``same_as``."""
        return (
            (not self.expect or result.label in self.expect)
            and result.label != self.never
            and (not self.mixed or result.mixed)
            and (other is None or other.label == result.label)
        )


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A case, whether it passed, and the label that the analyzer gave."""

    case: CheckCase
    passed: bool
    label: str


def read(file: Path = FILE) -> list[CheckCase]:
    """The cases in the order of their file."""
    return [_case(row) for row in read_json_lines(file)]


def _case(row: dict[str, Any]) -> CheckCase:
    expect = row.get("expect", [])
    return CheckCase(
        row["phenomenon"],
        row["text"],
        frozenset([expect] if isinstance(expect, str) else expect),
        row.get("not"),
        row.get("mixed", False),
        row.get("same_as"),
    )


def run(analyzer: Analyzer[Sentiment], cases: Sequence[CheckCase]) -> list[CheckResult]:
    """The result of each case, in order; every text is read once."""
    texts = list(dict.fromkeys(t for c in cases for t in (c.text, c.same_as) if t is not None))
    by_text = dict(zip(texts, analyzer.analyze(documents(texts)), strict=True))
    return [_result(case, by_text) for case in cases]


def _result(case: CheckCase, by_text: Mapping[str, Sentiment]) -> CheckResult:
    result = by_text[case.text]
    other = None if case.same_as is None else by_text[case.same_as]
    return CheckResult(case, case.passes(result, other), result.label)


def metric_row(sheet: MetricSheet, results: Sequence[CheckResult]) -> MetricRow:
    """The pass rate over all of them."""
    return sheet.row(CORPUS, len(results), MEASURE, _pass_rate(results))


def as_table(results: Sequence[CheckResult]) -> str:
    """The pass rate of each phenomenon and of all, as a Markdown table."""
    header = "| phenomenon | checks | passed |\n|---|---|---|\n"
    return header + "".join(
        f"| {name} | {len(group)} | {_pass_rate(group):.0%} |\n"
        for name, group in _by_phenomenon(results)
    )


def _by_phenomenon(
    results: Sequence[CheckResult],
) -> Iterator[tuple[str, Sequence[CheckResult]]]:
    for name in dict.fromkeys(result.case.phenomenon for result in results):
        yield name, [result for result in results if result.case.phenomenon == name]
    yield "all", results


def _pass_rate(results: Sequence[CheckResult]) -> float:
    return sum(result.passed for result in results) / len(results)


def main() -> None:
    """Print the table and every check that failed, for whoever works on the model."""
    from deployments.registry import AnalysisConfigs, load_with_encoder

    results = run(load_with_encoder("sentiment", AnalysisConfigs()), read())
    print(as_table(results))
    for result in results:
        if not result.passed:
            print(f"{result.case.phenomenon}: {result.label}: {result.case.text!r}")


if __name__ == "__main__":
    main()
