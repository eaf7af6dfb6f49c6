"""Windows cover every token once, and end where a reader would pause."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deployments.encoder.inputs import EncoderInput, SpecialTokens, Tokens
from deployments.encoder.windows import split_ranges, split_windows, token_ranges
from deployments.results import Span

SPECIAL_TOKENS = SpecialTokens((101,), (102,))


def tokens(count: int, *, pieces: int = 1) -> Tokens:
    """Tokens of 3 characters and a space, ``pieces`` to a word."""
    starts = np.arange(count) * 4
    return Tokens(np.arange(count) + 1000, starts, starts + 3, np.arange(count) // pieces)


@given(
    count=st.integers(0, 200),
    limit=st.integers(1, 60),
    pieces=st.integers(1, 90),
    points=st.lists(st.integers(0, 900), max_size=20),
)
def test_stretches_are_neighbours_within_the_limit_to_the_end(
    count: int, limit: int, pieces: int, points: list[int]
) -> None:
    stretches = list(split_ranges(tokens(count, pieces=pieces), points, limit))
    assert stretches[0][0] == 0
    assert stretches[-1][1] == count
    assert all(a[1] == b[0] for a, b in pairwise(stretches))
    assert all(last - first <= limit for first, last in stretches)


def test_a_long_text_is_cut_at_its_last_sentence_within_reach() -> None:
    assert list(split_ranges(tokens(30), (0, 16, 28, 100), 10)) == [
        (0, 7),
        (7, 17),
        (17, 25),
        (25, 30),
    ]


def test_without_sentences_it_is_cut_between_words() -> None:
    assert list(split_ranges(tokens(12, pieces=3), (), 5)) == [(0, 3), (3, 6), (6, 9), (9, 12)]


def test_tokens_belong_to_a_span_that_holds_them_wholly() -> None:
    found = token_ranges(tokens(5), [Span(0, 7), Span(1, 7), Span(4, 10), Span(3, 4)])
    assert found.tolist() == [[0, 2], [1, 2], [1, 2], [1, 1]]


def test_span_over_the_whole_text_holds_the_special_tokens_too() -> None:
    text = EncoderInput("x" * 12, (Span(0, 12), Span(0, 3)))
    (window,) = split_windows(4, text, tokens(3), SPECIAL_TOKENS, 16)
    assert window.input_index == 4
    assert window.input_ids.tolist() == [101, 1000, 1001, 1002, 102]
    assert window.token_ranges.tolist() == [[0, 5], [1, 2]]


def test_a_window_has_the_spans_that_it_holds_tokens_of() -> None:
    text = EncoderInput("x" * 40, (Span(12, 28), Span(0, 40), Span(0, 8), Span(1, 2)))
    first, second = split_windows(0, text, tokens(10), SPECIAL_TOKENS, 7)
    assert first.span_numbers.tolist() == [0, 1, 2]
    assert first.token_ranges.tolist() == [[4, 6], [0, 7], [1, 3]]
    assert second.span_numbers.tolist() == [0, 1]
    assert second.token_ranges.tolist() == [[1, 3], [0, 7]]


def test_many_spans_take_no_more_places_than_their_number() -> None:
    text = EncoderInput("x" * 4_000, tuple(Span(4 * i, 4 * i + 7) for i in range(999)))
    windows = list(split_windows(0, text, tokens(1_000), SPECIAL_TOKENS, 12))
    assert len(windows) == 100
    assert sum(len(window.span_numbers) for window in windows) == 999 + 99


def test_an_empty_text_has_a_window_of_special_tokens() -> None:
    (window,) = split_windows(0, EncoderInput("", (Span(0, 0),)), tokens(0), SPECIAL_TOKENS, 16)
    assert window.input_ids.tolist() == [101, 102]
    assert window.token_ranges.tolist() == [[0, 2]]
