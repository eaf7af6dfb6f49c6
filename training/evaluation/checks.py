"""Hand-written cases for the sentiment, by phenomenon (Ribeiro et al. 2020, "CheckList").

Where sets of tweets and reviews say how often a label is right, these say on what: negation,
contrast, business figures, robustness. They are for measuring alone.
``python -m training.evaluation.checks`` prints those that fail.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.analyzer import Analyzer
from deployments.results import Sentiment
from training.evaluation.evaluation_run import documents
from training.evaluation.metric_row import Figure, Sheet

FILE = Path(__file__).resolve().parents[1] / "data" / "checks" / "sentiment.jsonl"
CORPUS, MEASURE = "checks by phenomenon", "pass rate"


@dataclass(frozen=True, slots=True)
class Check:
    """A text and what is asked of its answer.

    Attributes:
        expect: the labels that are right; empty where any is.
        never: the label that would be wrong, if it is told by that.
        mixed: whether the post must be told to be.
        same_as: another text which must get the same label.
    """

    phenomenon: str
    text: str
    expect: frozenset[str] = frozenset()
    never: str | None = None
    mixed: bool = False
    same_as: str | None = None

    def passes(self, result: Sentiment, twin: Sentiment | None) -> bool:
        """Whether the answer is right; ``twin`` is that to ``same_as``."""
        return (
            (not self.expect or result.label in self.expect)
            and result.label != self.never
            and (not self.mixed or result.mixed)
            and (twin is None or twin.label == result.label)
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A check and whether it passed, with the label that was given."""

    check: Check
    passed: bool
    label: str


def read(file: Path = FILE) -> list[Check]:
    """The checks in the order of their file."""
    with file.open(encoding="utf-8") as lines:
        return [_check(json.loads(line)) for line in lines]


def _check(row: dict[str, Any]) -> Check:
    expect = row.get("expect", [])
    return Check(
        row["phenomenon"],
        row["text"],
        frozenset([expect] if isinstance(expect, str) else expect),
        row.get("not"),
        row.get("mixed", False),
        row.get("same_as"),
    )


def run(analyzer: Analyzer[Sentiment], checks: Sequence[Check]) -> list[Outcome]:
    """The outcome of each check, in order; every text is read once."""
    texts = list(dict.fromkeys(t for c in checks for t in (c.text, c.same_as) if t is not None))
    results = dict(zip(texts, analyzer.analyze(documents(texts)), strict=True))
    return [_outcome(check, results) for check in checks]


def _outcome(check: Check, results: Mapping[str, Sentiment]) -> Outcome:
    result = results[check.text]
    twin = None if check.same_as is None else results[check.same_as]
    return Outcome(check, check.passes(result, twin), result.label)


def figure(sheet: Sheet, outcomes: Sequence[Outcome]) -> Figure:
    """The pass rate over all of them."""
    return sheet.figure(CORPUS, len(outcomes), MEASURE, _rate(outcomes))


def as_table(outcomes: Sequence[Outcome]) -> str:
    """The pass rate of each phenomenon and of all, as a Markdown table."""
    head = "| phenomenon | checks | passed |\n|---|---|---|\n"
    return head + "".join(
        f"| {name} | {len(group)} | {_rate(group):.0%} |\n" for name, group in _groups(outcomes)
    )


def _groups(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, Sequence[Outcome]]]:
    names = dict.fromkeys(outcome.check.phenomenon for outcome in outcomes)
    for name in names:
        yield name, [outcome for outcome in outcomes if outcome.check.phenomenon == name]
    yield "all", outcomes


def main() -> None:
    """Print the table and every check that failed, for whoever works on the model."""
    from deployments.sentiment.analyzer import SentimentAnalyzer

    outcomes = run(SentimentAnalyzer(), read())
    print(as_table(outcomes))
    for outcome in outcomes:
        if not outcome.passed:
            print(f"{outcome.check.phenomenon}: {outcome.label}: {outcome.check.text!r}")


def _rate(outcomes: Sequence[Outcome]) -> float:
    return sum(outcome.passed for outcome in outcomes) / len(outcomes)


if __name__ == "__main__":
    main()
