"""Fine-tuned encoders written where the service reads them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from torch import Tensor

from deployments.weights import delta
from deployments.weights.released import MINILM, model_file, sha256_of
from training.fitting.pretrained import carried_encoder
from training.fitting.safetensors_file import write_safetensors


def save_layers(path: Path, bert: Any, extra: Iterable[tuple[str, Tensor]] = ()) -> str:
    """Write what changed in the encoder as the service reads it.

    Args:
        path: the file.
        bert: the fine-tuned encoder.
        extra: further tensors by name.

    Returns:
        One digest of the carried encoder and its changes, which heads name.
    """
    base = {name: value.numpy() for name, value in carried_encoder().state_dict().items()}
    state = {name: value.detach().numpy() for name, value in bert.state_dict().items()}
    changed = {name: value for name, value in state.items() if not (value == base[name]).all()}
    changed |= {name: value.detach().numpy() for name, value in extra}
    base_sha256 = sha256_of(model_file(MINILM, "model.safetensors"))
    metadata = delta.metadata(MINILM, base_sha256)
    write_safetensors(path, delta.quantize(changed, base), metadata)
    return delta.combined_sha256(path, base_sha256)
