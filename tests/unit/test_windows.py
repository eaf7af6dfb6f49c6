"""Windows cover every token once, and end where a reader would pause."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from deployments.encoder.inputs import SpecialTokens, Tokens
from deployments.encoder.windows import split_ranges, split_windows

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


def test_a_window_has_its_tokens_between_the_special_ones() -> None:
    first, second = split_windows(4, tokens(10), (16,), SPECIAL_TOKENS, 9)
    assert [window.input_index for window in (first, second)] == [4, 4]
    assert [window.first_token for window in (first, second)] == [0, 4]
    assert first.input_ids.tolist() == [101, 1000, 1001, 1002, 1003, 102]
    assert len(second) == 8


def test_an_empty_text_has_a_window_of_special_tokens() -> None:
    (window,) = split_windows(0, tokens(0), (), SPECIAL_TOKENS, 16)
    assert window.input_ids.tolist() == [101, 102]
