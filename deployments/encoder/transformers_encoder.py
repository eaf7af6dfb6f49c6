"""Any encoder that transformers knows, behind the same methods as :class:`bert.Bert`.

For architectures that ``bert.py`` does not compute. The package is imported here alone, and
only once such an encoder is loaded: its import takes a process seconds and 100 MB.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from deployments.encoder.batch import Batch, PaddedGroup
from deployments.errors import ModelMissing


class TransformersEncoder:
    """A model of transformers, read one padded group at a time."""

    reads_casing = False

    def __init__(self, model: Any) -> None:
        """Wrap the model."""
        self._model = model
        self.hidden_size: int = model.config.hidden_size

    @classmethod
    def load(cls, folder: Path, dtype: torch.dtype, device: str) -> "TransformersEncoder":
        """Read the model in a folder.

        Raises:
            ModelMissing: transformers is not installed.
        """
        try:
            from transformers import AutoModel
            from transformers.utils.logging import disable_progress_bar
        except ImportError as error:
            raise ModelMissing(
                f"The encoder in {folder} is not a plain BERT; reading it takes the package "
                "'transformers', which is not installed. Install it (`pip install transformers`), "
                "or set `source` to a carried model."
            ) from error
        # A server's log is no place for it. (The function has no annotations.)
        disable_progress_bar()  # type: ignore[no-untyped-call]
        model = AutoModel.from_pretrained(folder, use_safetensors=True, local_files_only=True)
        return cls(model.eval().to(device, dtype))

    def warm_up(self, rows: int) -> None:
        """Nothing of it needs that."""

    def hidden_states(self, batch: Batch, layers: Sequence[int]) -> list[Tensor]:
        """As :meth:`bert.Bert.hidden_states`."""
        by_group = [self._group_states(batch.input_ids, group, layers) for group in batch.groups]
        return [torch.cat(states) for states in zip(*by_group, strict=True)]

    def _group_states(
        self, input_ids: Tensor, group: PaddedGroup, layers: Sequence[int]
    ) -> list[Tensor]:
        ids = group.pad(input_ids[:, None])[..., 0]
        mask = group.attention_mask
        attention_mask = torch.ones_like(ids) if mask is None else mask[:, 0, 0].long()
        output = self._model(
            input_ids=ids, attention_mask=attention_mask, output_hidden_states=True
        )
        return [group.unpad(output.hidden_states[number]) for number in layers]
