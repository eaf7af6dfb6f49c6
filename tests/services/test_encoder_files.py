"""The carried multilingual encoder loads, and one whose files do not fit says so."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from torch import Tensor

from deployments.encoder.casing import CASING_COUNT
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.identity import EncoderIdentity
from deployments.encoder.word_embeddings import BlockEmbeddings
from deployments.errors import ModelMismatch
from deployments.reading.reading import ReadingInput
from deployments.results import Span
from deployments.weights import quantized
from deployments.weights.released import ENCODER, locate
from training.fitting.encoder_file import save_encoder
from training.fitting.safetensors_file import write_safetensors


def load(source: str | Path) -> Encoder:
    return Encoder(EncoderConfig(source=str(source), precision="fp32", device="cpu", threads=1))


@pytest.fixture(scope="module")
def carried() -> Encoder:
    return load(ENCODER)


@pytest.fixture(scope="module")
def tensors() -> dict[str, Tensor]:
    path = locate(ENCODER) / "model.safetensors"
    return {name: torch.from_numpy(values) for name, values in quantized.dequantized(path).items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Configuration and vocabulary of the carried encoder, without weights."""
    for name in ("config.json", "sentencepiece.model"):
        shutil.copy(locate(ENCODER) / name, tmp_path)
    return tmp_path


def vectors(encoder: Encoder, *texts: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    readings = encoder.read([ReadingInput(text) for text in texts])
    return np.concatenate([reading.span_vectors([Span(0, 500)]) for reading in readings])


def test_a_sentence_is_nearest_to_its_translation(carried: Encoder) -> None:
    english = ["The harbour reopens on Monday.", "Our accountant is retiring.", "I love this cake."]
    others = ["Hamnen öppnar igen på måndag.", "Nuestra contable se jubila.", "Adoro questa torta."]
    cosines = vectors(carried, *english) @ vectors(carried, *others).T
    assert cosines.argmax(axis=1).tolist() == [0, 1, 2]


def test_the_carried_encoder_is_small_and_is_what_heads_name(carried: Encoder) -> None:
    size = (locate(ENCODER) / "model.safetensors").stat().st_size
    assert size < 23 * 10**6
    assert EncoderIdentity.of(carried.config).weights_sha256 == carried.weights_sha256


def test_an_encoder_of_plain_weights_is_read_the_same_way(
    carried: Encoder, tensors: dict[str, Tensor], folder: Path
) -> None:
    arrays = {f"bert.{name}": values.numpy() for name, values in tensors.items()}
    write_safetensors(folder / "model.safetensors", arrays, {"format": "pt"})
    plain = load(folder)
    texts = ("Zwei neue Kollegen!", "Dwie nowe koleżanki.")
    np.testing.assert_allclose(vectors(plain, *texts), vectors(carried, *texts), atol=1e-6)
    assert plain.weights_sha256 != carried.weights_sha256


def test_a_trained_encoder_is_written_and_read_with_its_casings(
    carried: Encoder, tensors: dict[str, Tensor], folder: Path
) -> None:
    casings = torch.randn(CASING_COUNT, 384) / 10
    sha256 = save_encoder(folder, tensors | {"casings": casings, "pooler.dense.bias": casings[0]})
    tuned = load(folder)
    assert tuned.weights_sha256 == sha256
    assert "pooler.dense.bias" not in load_file(folder / "model.safetensors")
    upper, lower = vectors(tuned, "Vi ses i Aarhus", "vi ses i aarhus")
    assert upper @ lower < 0.999
    # What was rounded once is not rounded again.
    words = quantized.dequantized(folder / "model.safetensors")[quantized.WORD_EMBEDDINGS]
    np.testing.assert_array_equal(words, tensors[quantized.WORD_EMBEDDINGS].numpy())


@pytest.mark.parametrize(
    "change, message",
    [
        ({"vocab_size": 50_004}, r"\(50005, 384\), not \(50004, 384\)"),
        ({"num_hidden_layers": 7}, r"no tensor 'encoder\.layer\.6"),
    ],
)
def test_weights_of_another_shape_are_refused(
    folder: Path, change: dict[str, int], message: str
) -> None:
    shutil.copy(locate(ENCODER) / "model.safetensors", folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | change), encoding="utf-8")
    with pytest.raises(ModelMismatch, match=message):
        load(folder)


def test_casings_of_another_kind_are_refused(tensors: dict[str, Tensor], folder: Path) -> None:
    save_encoder(folder, tensors | {"casings": torch.zeros(CASING_COUNT + 1, 384)})
    with pytest.raises(ModelMismatch, match="'casings'"):
        load(folder)


def test_a_part_of_the_weights_is_refused(folder: Path) -> None:
    content = (locate(ENCODER) / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:1_000_000])
    with pytest.raises(ModelMismatch, match="no whole safetensors file"):
        load(folder)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_word_embeddings_in_4_bits_are_those_of_the_whole_table(
    tensors: dict[str, Tensor], dtype: torch.dtype
) -> None:
    weights = tensors[quantized.WORD_EMBEDDINGS][:500]
    table = BlockEmbeddings(quantized.Blocks.of(weights.numpy()), dtype, "cpu")
    ids = torch.tensor([3, 499, 3, 0, 77])
    assert table.shape == weights.shape
    torch.testing.assert_close(table[ids], weights.to(dtype)[ids], rtol=0, atol=0)
