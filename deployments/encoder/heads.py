"""Small trained heads over a frozen encoder's vectors, in plain numpy.

A head file holds the layers of one or more heads and, as metadata, what each output is
called and which encoder they were fitted on. Calibration is
folded into the last layer when the head is trained, so nothing is left to configure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, takewhile

import numpy as np
from numpy.typing import NDArray

from deployments.encoder.arrays import Vectors
from deployments.encoder.identity import EncoderIdentity
from deployments.errors import ModelMismatch
from deployments.weights.released import model_file, released_sha256, sha256_of, verify

HEAD_FILE = "head.safetensors"


@dataclass(frozen=True, slots=True)
class Head:
    """Linear layers with ReLU between them.

    Attributes:
        outputs: what each output is called, in order.
        layers: (weight, bias) pairs of shapes (n_out, n_in) and (n_out,), fp32.
    """

    outputs: tuple[str, ...]
    layers: tuple[tuple[Vectors, Vectors], ...]

    def logits(self, vectors: Vectors) -> Vectors:
        """Calibrated scores before softmax or sigmoid: (n, n_in) to (n, n_outputs)."""
        (weight, bias), *rest = self.layers
        values = vectors @ weight.T + bias
        for weight, bias in rest:
            values = np.maximum(values, 0) @ weight.T + bias
        return values


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of one file, fitted on the same vectors.

    Attributes:
        by_name: the heads.
        encoder_sha256: of the encoder weights they were fitted on.
        sha256: of this file.
    """

    by_name: Mapping[str, Head]
    encoder_sha256: str
    sha256: str

    @classmethod
    def load(cls, source: str, encoder: EncoderIdentity) -> "Heads":
        """Read the heads at a carried name, a folder or a hub name.

        Raises:
            ModelMissing: there is no such folder or head file.
            ModelMismatch: the file is not the released one, or was fitted on another encoder.
        """
        path = model_file(source, HEAD_FILE)
        if expected := released_sha256(source, HEAD_FILE):
            verify(path, expected)
        from safetensors import safe_open

        with safe_open(path, framework="numpy") as stored:
            about = stored.metadata()
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (no mapping)
        if about["encoder_sha256"] != encoder.weights_sha256:
            raise ModelMismatch(
                f"The heads in {path} were fitted on encoder {about['encoder_sha256'][:12]}, but "
                f"'{encoder.source}' is {encoder.weights_sha256[:12]}. Name the head that "
                "belongs to the encoder, or train both (docs/training.md)."
            )
        outputs: dict[str, list[str]] = json.loads(about["outputs"])
        return cls(
            {name: _head(name, names, tensors) for name, names in outputs.items()},
            about["encoder_sha256"],
            sha256_of(path),
        )


def _head(name: str, outputs: list[str], tensors: Mapping[str, NDArray[np.floating]]) -> Head:
    numbers = takewhile(lambda number: f"{name}.{number}.weight" in tensors, count())
    layers = [
        (
            tensors[f"{name}.{number}.weight"].astype(np.float32),
            tensors[f"{name}.{number}.bias"].astype(np.float32),
        )
        for number in numbers
    ]
    return Head(tuple(outputs), tuple(layers))


def softmax(logits: Vectors) -> Vectors:
    """Probabilities along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Vectors = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities


def sigmoid(logits: Vectors) -> Vectors:
    """Each logit's own probability."""
    # The form with tanh neither overflows for large negative nor for large positive logits.
    probabilities: Vectors = 0.5 * (1 + np.tanh(0.5 * logits))
    return probabilities
