"""Mixed is what praises and complains, by the sentences' probabilities."""

import pytest

from deployments.sentiment.mixed import MIN_CLEAR, MIN_EACH, is_mixed


@pytest.mark.parametrize(
    "positive, negative, expected",
    [
        ([0.9, 0.05], [0.02, 0.9], True),
        ([0.9, 0.8, 0.1], [0.02, 0.1, 0.1], False),
        ([0.1, 0.1], [0.9, 0.8], False),
        ([MIN_CLEAR, 0.0], [0.0, MIN_CLEAR], True),
        ([MIN_CLEAR - 0.01, 0.0], [0.0, 0.99], False),
        ([0.3, 0.3, 0.3], [0.3, 0.3, 0.3], False),
    ],
)
def test_of_several_sentences_one_must_be_clear_for_each_polarity(
    positive: list[float], negative: list[float], expected: bool
) -> None:
    assert is_mixed(positive, negative) is expected


@pytest.mark.parametrize(
    "positive, negative, expected",
    [(0.7, 0.26, True), (MIN_EACH, MIN_EACH, True), (0.74, 0.24, False), (0.1, 0.1, False)],
)
def test_a_single_sentence_must_leave_much_to_both(
    positive: float, negative: float, expected: bool
) -> None:
    assert is_mixed([positive], [negative]) is expected


def test_nothing_is_not_mixed() -> None:
    assert is_mixed([], []) is False
