"""Tuned encoders: the layers of a carried encoder and what training changed in them.

A tuned encoder is one file of about 11 MB. Its matrices are differences to the base encoder
in 8 bits, with a scale for each row: a difference is small, so the rounding is far below that
of bf16. Vectors (biases, norms) are stored as they are. The word embeddings are the base's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deployments.errors import ModelMismatch
from deployments.weights import released as weights

FILE = "layers.safetensors"
#: One vector for each of ``casing.KINDS``, where the encoder was taught to see capitals.
CASINGS = "casings"

_DIFFERENCE, _SCALE = ".difference", ".scale"
_STEPS = 127

Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a tuned file holds, beside the base encoder it belongs to."""

    base: str
    base_sha256: str
    tensors: Tensors

    @classmethod
    def load(cls, path: Path) -> "Tuned":
        """Read the file.

        Raises:
            ModelMismatch: the base encoder is not the one that was tuned.
        """
        from safetensors import safe_open

        with safe_open(path, framework="numpy") as stored:
            about = stored.metadata()
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (no mapping)
        found = weights.digest(weights.file(about["base"], "model.safetensors"))
        if found != about["base_sha256"]:
            raise ModelMismatch(
                f"{path} was tuned from an encoder with SHA-256 {about['base_sha256'][:12]}, but "
                f"'{about['base']}' is {found[:12]}. Install PostLens again (`pip install .`)."
            )
        return cls(about["base"], about["base_sha256"], tensors)

    def changed(self, base: Tensors) -> dict[str, NDArray[np.float32]]:
        """The tensors that differ from the base, from the base's own of the same names."""
        found: dict[str, NDArray[np.float32]] = {}
        for name, values in self.tensors.items():
            if name.endswith(_DIFFERENCE):
                plain = name.removesuffix(_DIFFERENCE)
                scale = self.tensors[plain + _SCALE][:, None]
                found[plain] = base[plain] + values.astype(np.float32) * scale
            elif not name.endswith(_SCALE):
                found[name] = values.astype(np.float32)
        return found


def stored(tuned: Tensors, base: Tensors) -> dict[str, NDArray[Any]]:
    """What a file holds of these tensors: matrices as differences to ``base``, the rest as is."""
    made: dict[str, NDArray[Any]] = {}
    for name, values in tuned.items():
        if values.ndim < 2 or name not in base:
            made[name] = values.astype(np.float32)
            continue
        difference = values.astype(np.float32) - base[name]
        scale = np.maximum(np.abs(difference).max(axis=1), 1e-12) / _STEPS
        made[name + _DIFFERENCE] = np.rint(difference / scale[:, None]).astype(np.int8)
        made[name + _SCALE] = scale.astype(np.float32)
    return made


def about(base: str, base_sha256: str) -> dict[str, str]:
    """The file's metadata."""
    return {"base": base, "base_sha256": base_sha256, "licence": "Apache-2.0"}


def digest(path: Path, base_sha256: str) -> str:
    """One digest for the base and its changes."""
    import hashlib

    parts = json.dumps([base_sha256, weights.digest(path)])
    return hashlib.sha256(parts.encode()).hexdigest()
