"""An encoder's weights in few bits: a safetensors file of codes and their scales.

A matrix is stored in one of two ways, under its name and a suffix:

- ``.codes8``, int8, (rows, columns), with ``.scales``, fp32, (rows,): a weight is its code times
  the scale of its row, and half a scale off at most, which is 1/254 of its row's largest weight.
- ``.codes4``, uint8, (rows, columns / 2), with ``.scales``, fp16, (rows, columns / 32): blocks of
  32 weights, of which byte j has number j in its low half and j + 16 in its high half; a weight is
  its code less 8, times the scale of its block. These are the blocks Q4_0 of GGML: weights that
  come from such a file are stored without a loss.

All else is stored as it is, in fp32 or fp16.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deployments.errors import ModelMismatch

#: What the file's metadata has under "format"; another number is another way to store.
FORMAT = "postlens-quantized-1"
BLOCK = 32

WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
_SCALES = "scales"
# A weight is stored in steps of -127 to 127 of its row's scale.
_STEPS = 127

Weights = NDArray[np.float32]
Stored = dict[str, NDArray[Any]]


def is_quantized(path: Path) -> bool:
    """Whether the safetensors file is of this kind, in whatever version.

    Raises:
        ModelMismatch: it is no safetensors file, or only a part of one.
    """
    return _format(path).startswith("postlens-quantized-")


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix in 4 bits: codes (rows, columns / 2) and scales (rows, columns / 32).

    Raises:
        ValueError: there is not one scale for each block.
    """

    codes: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def __post_init__(self) -> None:
        _expect(self.scales, (len(self.codes), 2 * self.codes.shape[1] // BLOCK))

    @classmethod
    def of(cls, weights: Weights) -> "Blocks":
        """The nearest codes and scales.

        Raises:
            ValueError: the matrix' columns are no multiple of 32.
        """
        rows, columns = weights.shape
        if columns % BLOCK:
            raise ValueError(f"a matrix of {columns} columns has no whole blocks of {BLOCK}")
        blocks = weights.reshape(rows, -1, BLOCK).astype(np.float32)
        # The largest weight has the code -8: so the scale of Q4_0 is found again to the bit.
        largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)
        scales = (largest / -8).astype(np.float16)
        divisors = np.where(scales == 0, 1, scales.astype(np.float32))
        codes = (np.rint(blocks / divisors).clip(-8, 7) + 8).astype(np.uint8)
        low, high = codes[..., : BLOCK // 2], codes[..., BLOCK // 2 :]
        packed = np.bitwise_or(low, high << np.uint8(4))
        return cls(packed.reshape(rows, -1), scales[..., 0])

    @property
    def shape(self) -> tuple[int, int]:
        """Of the matrix."""
        rows, half = self.codes.shape
        return rows, 2 * half

    def weights(self) -> Weights:
        """The matrix."""
        packed = self.codes.reshape(*self.scales.shape, BLOCK // 2)
        weights = np.empty((*self.scales.shape, BLOCK), np.float32)
        weights[..., : BLOCK // 2] = packed & 15
        weights[..., BLOCK // 2 :] = packed >> 4
        weights -= 8
        weights *= self.scales[..., None].astype(np.float32)
        return weights.reshape(self.shape)


def stored_weights(path: Path) -> Iterator[tuple[str, Weights | Blocks]]:
    """Name and weights of each tensor, one after the other; those in 4 bits as they are.

    Raises:
        ModelMismatch: the file is of another version, or codes and scales do not fit.
    """
    from safetensors import safe_open

    if (version := _format(path)) != FORMAT:
        raise ModelMismatch(
            f"{path} is stored as '{version}', but this version of PostLens reads '{FORMAT}'. "
            "Install PostLens again (`pip install .`), or write the file anew with its `training`."
        )
    with safe_open(path, framework="numpy") as stored:
        names = set(stored.keys())
        for name in sorted(names):
            plain, _, suffix = name.rpartition(".")
            if suffix == _SCALES:
                continue
            if suffix not in _DECODERS:
                yield name, stored.get_tensor(name).astype(np.float32)
                continue
            scales_name = f"{plain}.{_SCALES}"
            if scales_name not in names:
                raise _unfit(path, plain, "has codes and no scales")
            codes, scales = stored.get_tensor(name), stored.get_tensor(scales_name)
            try:
                yield plain, _DECODERS[suffix](codes, scales)
            except ValueError as error:
                raise _unfit(path, plain, str(error)) from None


def dequantized(path: Path) -> dict[str, Weights]:
    """The weights of all tensors by name.

    Raises:
        ModelMismatch: as :func:`stored_weights`.
    """
    stored = stored_weights(path)
    return {name: each.weights() if isinstance(each, Blocks) else each for name, each in stored}


def quantized(tensors: Mapping[str, NDArray[Any]]) -> Stored:
    """What is stored of an encoder's tensors.

    Word embeddings in 4 bits, the layers' matrices in 8, the other embeddings in fp16, vectors in
    fp32.

    Args:
        tensors: by the names of transformers' ``BertModel``, and embeddings of casing ids.
    """
    stored: Stored = {}
    for name, values in tensors.items():
        if name == WORD_EMBEDDINGS:
            blocks = Blocks.of(values)
            stored |= _named(name, "codes4", blocks.codes, blocks.scales)
        elif name.startswith("encoder.layer.") and values.ndim == 2:
            stored |= _named(name, "codes8", *to_rows(values))
        else:
            stored[name] = values.astype(np.float32 if values.ndim == 1 else np.float16)
    return stored


def to_rows(weights: Weights) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Codes (rows, columns) and scales (rows,) of a matrix."""
    scales = np.maximum(np.abs(weights).max(axis=1), np.finfo(np.float32).tiny) / _STEPS
    codes = np.rint(weights / scales[:, None]).astype(np.int8)
    return codes, scales.astype(np.float32)


def from_rows(codes: NDArray[np.int8], scales: NDArray[np.float32]) -> Weights:
    """The matrix (rows, columns).

    Raises:
        ValueError: there is not one scale for each row.
    """
    _expect(scales, codes.shape[:1])
    return codes.astype(np.float32) * scales[:, None]


_DECODERS: dict[str, Callable[..., Weights | Blocks]] = {"codes8": from_rows, "codes4": Blocks}


def _named(name: str, suffix: str, codes: NDArray[Any], scales: NDArray[Any]) -> Stored:
    return {f"{name}.{suffix}": codes, f"{name}.{_SCALES}": scales}


def _expect(scales: NDArray[Any], shape: tuple[int, ...]) -> None:
    if scales.shape != shape:
        raise ValueError(f"has scales of shape {scales.shape} for codes that take {shape}")


def _format(path: Path) -> str:
    """What the file's metadata calls its format; empty for a file of plain tensors."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as stored:
            metadata: dict[str, str] = stored.metadata() or {}
            return metadata.get("format", "")
    except SafetensorError as error:
        raise ModelMismatch(
            f"{path} is no whole safetensors file ({error}). Copy, download or install it again."
        ) from error


def _unfit(path: Path, name: str, what: str) -> ModelMismatch:
    return ModelMismatch(
        f"In {path} the tensor '{name}' {what}. Install PostLens again (`pip install .`), or write "
        "the file anew with its `training`."
    )
