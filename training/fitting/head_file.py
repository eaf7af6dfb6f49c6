"""Heads written where the service reads them."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from deployments.encoder.heads import HEAD_FILE, Head
from training.fitting.safetensors_file import write_safetensors

# Half precision costs a weight 1/2048 of itself, which no answer shows; a bias, which
# standardisation makes large, would lose more.
_STORED = {"weight": np.float16, "bias": np.float32}


def save_heads(folder: Path, heads: Mapping[str, Head], encoder_sha256: str) -> Path:
    """Write the heads as one safetensors file, the weights in half precision.

    Args:
        folder: of the model.
        heads: by name.
        encoder_sha256: digest of the encoder weights that they were fitted on.
    """
    tensors = {
        f"{name}.{number}.{part}": np.ascontiguousarray(values, dtype=_STORED[part])
        for name, head in heads.items()
        for number, pair in enumerate(head.layers)
        for part, values in zip(("weight", "bias"), pair, strict=True)
    }
    metadata = {
        "outputs": json.dumps({name: head.outputs for name, head in heads.items()}),
        "encoder_sha256": encoder_sha256,
        "licence": "Apache-2.0",
    }
    path = folder / HEAD_FILE
    write_safetensors(path, tensors, metadata)
    return path
