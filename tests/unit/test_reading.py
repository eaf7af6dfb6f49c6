"""A reading gives vectors for spans and windows, from the tokens that lie within them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.reading.reading import Reading
from deployments.results import Span

HIDDEN = 8


def reading(count: int, windows: tuple[int, ...] = (), seed: int = 0) -> Reading:
    """Tokens of 3 characters and a blank, with random states."""
    starts = np.arange(count) * 4
    states = np.random.default_rng(seed).normal(size=(count, HIDDEN)).astype(np.float16)
    return Reading(starts, starts + 3, np.arange(count), np.array([0, *windows, count]), states)


def mean(each: Reading, first: int, last: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    total = each.states[first:last].astype(np.float32).sum(axis=0)
    unit: np.ndarray[tuple[int], np.dtype[np.float32]] = total / np.linalg.norm(total)
    return unit


def test_tokens_belong_to_a_span_that_holds_them_wholly() -> None:
    spans = [Span(0, 7), Span(1, 7), Span(4, 10), Span(3, 4)]
    assert reading(5).token_ranges(spans).tolist() == [[0, 2], [1, 2], [1, 2], [1, 1]]


def test_a_span_has_the_mean_of_its_tokens_and_length_1() -> None:
    each = reading(30)
    vectors = each.span_vectors([Span(8, 19), Span(0, 200)])
    np.testing.assert_allclose(vectors, [mean(each, 2, 5), mean(each, 0, 30)], atol=1e-5)


@given(
    count=st.integers(0, 120),
    edges=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 120)), max_size=90),
)
def test_spans_in_any_order_have_what_each_has_alone(
    count: int, edges: list[tuple[int, int]]
) -> None:
    each, spans = reading(count), [Span(start, start + size) for start, size in edges]
    together = each.span_vectors(spans)
    assert together.shape == (len(spans), HIDDEN)
    for vector, span in zip(together, spans, strict=True):
        np.testing.assert_allclose(vector, each.span_vectors([span])[0], atol=1e-5)


def test_a_span_without_a_token_has_zeros() -> None:
    assert not reading(3).span_vectors([Span(1, 2), Span(50, 60)]).any()
    assert not reading(0).span_vectors([Span(0, 9)]).any()
    assert reading(3).span_vectors([]).shape == (0, HIDDEN)


def test_windows_part_the_tokens() -> None:
    each = reading(10, windows=(4, 7))
    expected = [mean(each, 0, 4), mean(each, 4, 7), mean(each, 7, 10)]
    np.testing.assert_allclose(each.mean_states(each.window_ranges()), expected, atol=1e-5)


@pytest.mark.parametrize("windows", [(), (0,)])
def test_a_text_without_tokens_has_windows_of_zeros(windows: tuple[int, ...]) -> None:
    each = reading(0, windows)
    assert not each.mean_states(each.window_ranges()).any()
