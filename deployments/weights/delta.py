"""Weight deltas: what fine-tuning changed in a carried encoder.

A fine-tuned encoder is stored as one file. Its matrices are differences to the base encoder
in 8 bits, with a scale for each row: a difference is small, so the rounding is far below that
of bf16. Vectors (biases, norms) are stored as they are. A matrix that the file does not hold is
the base's. The file of ``postlens-entities`` takes 11 MB and leaves the word embeddings
alone; that of ``postlens-affect`` takes 23 MB, of which 12 are differences of word embeddings.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deployments.errors import ModelMismatch
from deployments.weights.released import model_file, sha256_of

DELTA_FILE = "layers.safetensors"
#: The tensor with an embedding for each casing id (``encoder/casing.py``), in the file of an
#: encoder that was taught to see capitals; shape (CASING_COUNT, hidden size).
CASING_EMBEDDINGS = "casings"

_DIFFERENCE, _SCALE = ".difference", ".scale"
# A difference is stored in steps of -127 to 127 of its row's scale.
_STEPS = 127

Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class WeightDelta:
    """A delta file, of which only the metadata is read until it is applied.

    Attributes:
        path: of the file.
        base: the carried encoder that was fine-tuned.
        base_sha256: of its ``model.safetensors``.
    """

    path: Path
    base: str
    base_sha256: str

    @classmethod
    def load(cls, path: Path) -> "WeightDelta":
        """Read the metadata.

        Raises:
            ModelMismatch: the base encoder is not the one that was fine-tuned.
        """
        from safetensors import safe_open

        with safe_open(path, framework="numpy") as stored:
            about = stored.metadata()
        actual = sha256_of(model_file(about["base"], "model.safetensors"))
        if actual != about["base_sha256"]:
            raise ModelMismatch(
                f"{path} was tuned from an encoder with SHA-256 {about['base_sha256'][:12]}, but "
                f"'{about['base']}' is {actual[:12]}. Install PostLens again (`pip install .`)."
            )
        return cls(path, about["base"], about["base_sha256"])

    def apply(self, base: Tensors) -> dict[str, NDArray[np.float32]]:
        """The fine-tuned tensors by name, from the base's tensors of the same names."""
        from safetensors.numpy import load_file

        stored: Tensors = load_file(self.path)
        tensors: dict[str, NDArray[np.float32]] = {}
        for stored_name, values in stored.items():
            if stored_name.endswith(_DIFFERENCE):
                name = stored_name.removesuffix(_DIFFERENCE)
                scale = stored[name + _SCALE][:, None]
                tensors[name] = base[name] + values.astype(np.float32) * scale
            elif not stored_name.endswith(_SCALE):
                tensors[stored_name] = values.astype(np.float32)
        return tensors


def quantize(tensors: Tensors, base: Tensors) -> dict[str, NDArray[Any]]:
    """What a delta file holds: matrices as 8-bit differences to ``base``, the rest as is."""
    stored: dict[str, NDArray[Any]] = {}
    for name, values in tensors.items():
        if values.ndim < 2 or name not in base:
            stored[name] = values.astype(np.float32)
            continue
        difference = values.astype(np.float32) - base[name]
        scale = np.maximum(np.abs(difference).max(axis=1), 1e-12) / _STEPS
        stored[name + _DIFFERENCE] = np.rint(difference / scale[:, None]).astype(np.int8)
        stored[name + _SCALE] = scale.astype(np.float32)
    return stored


def metadata(base: str, base_sha256: str) -> dict[str, str]:
    """The file's metadata."""
    return {"base": base, "base_sha256": base_sha256, "licence": "Apache-2.0"}


def combined_sha256(path: Path, base_sha256: str) -> str:
    """One SHA-256 in hex for the base and its delta file together."""
    parts = json.dumps([base_sha256, sha256_of(path)])
    return hashlib.sha256(parts.encode()).hexdigest()
