"""Texts as short vectors: what is stored of them, and of which readings there is one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.encoder.heads import Head, Heads
from deployments.errors import ModelMismatch
from deployments.keywords.embedding import DIMENSIONS, SPACE_BYTES, TextEmbedding, quantized
from deployments.reading.reading import Reading
from training.similarity import whitening

HIDDEN = 160


def heads(*, encoder: str = "e", scale: float = 1.0, dimensions: int = DIMENSIONS) -> Heads:
    weight = np.eye(dimensions, HIDDEN, dtype=np.float32) * np.float32(scale)
    head = Head(("0",) * dimensions, ((weight, np.zeros(dimensions, np.float32)),))
    return Heads({"similarity": head}, encoder, "s")


def reading(states: np.ndarray) -> Reading:
    places = np.arange(len(states))
    return Reading(places, places + 1, places, np.array([0, len(states)]), states)


def test_a_vector_is_that_of_the_mean_of_all_tokens_behind_the_name_of_its_space() -> None:
    states = np.random.default_rng(1).normal(size=(7, HIDDEN)).astype(np.float16)
    vector = TextEmbedding(heads()).vector(reading(states))
    assert len(vector) == SPACE_BYTES + DIMENSIONS
    stored = np.frombuffer(vector[SPACE_BYTES:], np.int8).astype(float)
    expected = states.astype(float).mean(axis=0)[:DIMENSIONS]
    assert _cosine(stored, expected) > 0.9999
    assert np.abs(stored).max() == 127


def test_a_text_without_a_token_has_none() -> None:
    assert TextEmbedding(heads()).vector(reading(np.zeros((0, HIDDEN), np.float16))) == b""


def test_another_encoder_or_head_makes_another_space() -> None:
    states = reading(np.ones((1, HIDDEN), np.float16))
    variants = (heads(), heads(), heads(encoder="f"), heads(scale=2.0))
    spaces = [TextEmbedding(each).vector(states)[:SPACE_BYTES] for each in variants]
    assert spaces[0] == spaces[1]
    assert len(set(spaces)) == 3


@pytest.mark.parametrize("dimensions", [DIMENSIONS - 1, DIMENSIONS + 1])
def test_a_head_of_other_dimensions_is_refused(dimensions: int) -> None:
    with pytest.raises(ModelMismatch, match=f"{dimensions} numbers, and 128"):
        TextEmbedding(heads(dimensions=dimensions))


@given(st.lists(st.floats(-1e3, 1e3, width=16), min_size=2, max_size=DIMENSIONS))
def test_small_integers_point_where_the_vector_does(components: list[float]) -> None:
    vector = np.array(components, np.float32)
    stored = np.frombuffer(quantized(vector), np.int8).astype(float)
    largest = np.abs(vector).max() or 1.0
    assert np.abs(stored / 127 - vector / largest).max() <= 0.5 / 127 + 1e-6


def test_whitening_leaves_equal_variances_and_no_mean() -> None:
    rng = np.random.default_rng(2)
    vectors = (rng.normal(size=(500, 8)) * [9, 5, 3, 2, 1, 0.5, 0.2, 0.1] + 4).astype(np.float32)
    white = whitening(vectors, 3).logits(vectors)
    assert np.abs(white.mean(axis=0)).max() < 0.01
    assert np.cov(white.T) == pytest.approx(np.eye(3), abs=0.01)


def _cosine(left: np.ndarray, right: np.ndarray) -> float:
    return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))
