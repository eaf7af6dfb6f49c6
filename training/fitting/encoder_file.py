"""A trained encoder written where the service reads it."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from deployments.weights import quantized
from deployments.weights.encoder_files import WEIGHTS_FILE
from deployments.weights.released import sha256_of
from training.fitting.safetensors_file import write_safetensors

#: What transformers' ``BertModel`` holds and the service does not read.
_UNREAD = ("pooler.", "embeddings.position_ids")


def save_encoder(folder: Path, tensors: Mapping[str, Tensor]) -> str:
    """Write the weights in few bits.

    Args:
        folder: has the encoder's ``config.json`` and vocabulary, or gets them.
        tensors: by the names of transformers' ``BertModel``, and the embeddings of casing ids for
            an encoder that reads them.

    Returns:
        SHA-256 of the file, which heads name.
    """
    arrays = {
        name: values.detach().cpu().float().numpy()
        for name, values in tensors.items()
        if not name.startswith(_UNREAD)
    }
    metadata = {"format": quantized.FORMAT, "licence": "MIT"}
    write_safetensors(folder / WEIGHTS_FILE, quantized.quantized(arrays), metadata)
    return sha256_of(folder / WEIGHTS_FILE)
