"""The hand-written checks are sound, and what they ask is what is tested."""

from collections import Counter

import pytest

from deployments.results import PolarityScores, SentenceSentiment, Sentiment, Span
from training.datasets import corpora, label_maps
from training.datasets.folders import CARRIED
from training.evaluation import checks


def result(label: str, *heard: str) -> Sentiment:
    sentences = tuple(SentenceSentiment(0, 1, each, 0.9) for each in heard)
    mixed = {"positive", "negative"} <= set(heard)
    return Sentiment(label, mixed, PolarityScores(0.3, 0.4, 0.3), sentences, Span(0, 1))


@pytest.mark.parametrize(
    "check, given, twin, passes",
    [
        (checks.CheckCase("a", "x", frozenset({"positive"})), result("positive"), None, True),
        (checks.CheckCase("a", "x", frozenset({"positive"})), result("neutral"), None, False),
        (checks.CheckCase("a", "x", never="positive"), result("neutral"), None, True),
        (checks.CheckCase("a", "x", never="positive"), result("positive"), None, False),
        (
            checks.CheckCase("a", "x", mixed=True),
            result("neutral", "positive", "negative"),
            None,
            True,
        ),
        (checks.CheckCase("a", "x", mixed=True), result("positive", "positive"), None, False),
        (checks.CheckCase("a", "x", same_as="y"), result("neutral"), result("neutral"), True),
        (checks.CheckCase("a", "x", same_as="y"), result("neutral"), result("positive"), False),
    ],
)
def test_a_check_passes_for_what_it_asks(
    check: checks.CheckCase, given: Sentiment, twin: Sentiment | None, passes: bool
) -> None:
    assert check.passes(given, twin) is passes


def test_checks_are_many_different_and_labelled() -> None:
    written = checks.read()
    assert len(written) >= 170
    assert len({check.text for check in written}) == len(written)
    assert min(Counter(check.phenomenon for check in written).values()) >= 10
    for check in written:
        assert check.expect or check.never or check.same_as, check.text
        assert check.expect | {check.never or "neutral"} <= set(label_maps.POLARITY)
        assert check.same_as != check.text


def test_checks_are_not_among_the_training_sentences() -> None:
    training = corpora.read(CARRIED, corpora.BUSINESS, "train")
    written = [corpora.LabelledText(check.text, {}) for check in checks.read()]
    assert corpora.without(written, training) == written


def test_pass_rates_are_told_by_phenomenon() -> None:
    outcomes = [
        checks.CheckResult(checks.CheckCase("a", "x"), True, "neutral"),
        checks.CheckResult(checks.CheckCase("b", "y"), False, "neutral"),
    ]
    lines = checks.as_table(outcomes).splitlines()[2:]
    assert lines == ["| a | 1 | 100% |", "| b | 1 | 0% |", "| all | 2 | 50% |"]
