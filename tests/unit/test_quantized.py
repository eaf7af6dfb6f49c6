"""Weights in few bits come back as near as promised, and files that are not whole are refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from safetensors.numpy import save_file

from deployments.errors import ModelMismatch
from deployments.weights import quantized
from deployments.weights.quantized import (
    BLOCK,
    FORMAT,
    Blocks,
    dequantized,
    is_quantized,
    stored_weights,
)

WORDS = "embeddings.word_embeddings.weight"
MATRIX = "encoder.layer.0.output.dense.weight"
BIAS = "encoder.layer.0.output.dense.bias"
PLACES = "embeddings.position_embeddings.weight"

matrices = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.sampled_from([32, 64, 96])),
    elements=st.floats(-60, 60, width=32),
)


def tensors() -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(3)
    shapes = {WORDS: (9, 64), MATRIX: (64, 128), BIAS: (64,), PLACES: (12, 64)}
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def write(path: Path, stored: dict[str, NDArray[Any]], version: str = FORMAT) -> Path:
    save_file(stored, path, metadata={"format": version})
    return path


@given(matrices)
def test_rows_are_off_by_half_a_step_of_their_largest_weight(weights: NDArray[np.float32]) -> None:
    back = quantized.from_rows(*quantized.to_rows(weights))
    bound = np.abs(weights).max(axis=1, keepdims=True) / 254
    assert (np.abs(back - weights) <= bound * 1.001 + 1e-30).all()


@given(matrices)
def test_blocks_are_off_by_an_eighth_of_their_largest_weight(weights: NDArray[np.float32]) -> None:
    back = Blocks.of(weights).weights()
    blocks, others = (each.reshape(len(weights), -1, BLOCK) for each in (weights, back))
    bound = np.abs(blocks).max(axis=2, keepdims=True) / 8
    assert (np.abs(others - blocks) <= bound * 1.01 + 1e-5).all()


@given(
    arrays.arrays(np.int8, (3, 64), elements=st.integers(-8, 7)),
    arrays.arrays(np.float16, (3, 2), elements=st.floats(-4, 4, width=16)),
    st.integers(0, 31),
)
def test_blocks_of_q4_0_lose_nothing(
    codes: NDArray[np.int8], scales: NDArray[np.float16], place: int
) -> None:
    codes.reshape(3, 2, BLOCK)[..., place] = -8  # as whoever made them has put the largest weight
    blocks = codes.reshape(3, 2, BLOCK).astype(np.float32) * scales[..., None].astype(np.float32)
    weights = blocks.reshape(3, 64)
    np.testing.assert_array_equal(Blocks.of(weights).weights(), weights)


def test_a_matrix_without_whole_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="40 columns"):
        Blocks.of(np.zeros((2, 40), np.float32))


def test_a_file_gives_every_tensor_under_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "model.safetensors", quantized.quantized(tensors()))
    back = dequantized(path)
    assert {name: (v.shape, v.dtype) for name, v in back.items()} == {
        name: (v.shape, v.dtype) for name, v in tensors().items()
    }
    np.testing.assert_array_equal(back[BIAS], tensors()[BIAS])
    np.testing.assert_allclose(back[PLACES], tensors()[PLACES], rtol=1e-3)
    np.testing.assert_allclose(back[MATRIX], tensors()[MATRIX], atol=0.02)
    np.testing.assert_allclose(back[WORDS], tensors()[WORDS], atol=0.4)


def test_word_embeddings_take_half_a_byte_and_matrices_one_a_weight() -> None:
    stored = quantized.quantized(tensors())
    assert stored[f"{WORDS}.codes4"].nbytes == 9 * 64 // 2
    assert stored[f"{MATRIX}.codes8"].nbytes == 64 * 128
    assert stored[PLACES].dtype == np.float16
    assert stored[BIAS].dtype == np.float32


def test_plain_tensors_are_no_such_file(tmp_path: Path) -> None:
    save_file(tensors(), tmp_path / "a.safetensors")
    save_file(tensors(), tmp_path / "b.safetensors", metadata={"format": "pt"})
    assert not is_quantized(tmp_path / "a.safetensors")
    assert not is_quantized(tmp_path / "b.safetensors")


def test_another_version_is_told_and_refused(tmp_path: Path) -> None:
    stored = quantized.quantized(tensors())
    path = write(tmp_path / "model.safetensors", stored, "postlens-quantized-2")
    assert is_quantized(path)
    with pytest.raises(ModelMismatch, match=r"quantized-2'.*pip install"):
        list(stored_weights(path))


@pytest.mark.parametrize("size", [0, 5, 200, 10_000])
def test_a_part_of_a_file_is_refused(tmp_path: Path, size: int) -> None:
    path = write(tmp_path / "model.safetensors", quantized.quantized(tensors()))
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ModelMismatch, match=r"model\.safetensors is no whole safetensors file"):
        is_quantized(path)


@pytest.mark.parametrize("name", [WORDS, MATRIX])
def test_codes_need_their_scales(tmp_path: Path, name: str) -> None:
    stored = quantized.quantized(tensors())
    lost = write(
        tmp_path / "model.safetensors", {k: v for k, v in stored.items() if k != f"{name}.scales"}
    )
    with pytest.raises(ModelMismatch, match=f"'{name}' has codes and no scales"):
        list(stored_weights(lost))
    stored[f"{name}.scales"] = stored[f"{name}.scales"][:-1].copy()
    short = write(tmp_path / "short.safetensors", stored)
    with pytest.raises(ModelMismatch, match=f"'{name}' has scales of shape"):
        list(stored_weights(short))
