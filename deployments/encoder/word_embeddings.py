"""Word embeddings that stay in 4 bits: looked up, and only then made numbers.

Of 50,000 pieces they take 11 MB, where fp32 takes 77. A lookup costs no more: it reads an eighth of
the memory.
"""

import torch
from torch import Tensor

from deployments.weights.quantized import Blocks


class BlockEmbeddings:
    """A table of embeddings in blocks of codes (``weights/quantized.py``)."""

    def __init__(self, blocks: Blocks, dtype: torch.dtype, device: str) -> None:
        """Bring the table to the device.

        Args:
            blocks: the table.
            dtype: of what is looked up.
            device: ``cpu`` or ``cuda``.
        """
        rows, count = blocks.scales.shape
        self.shape = torch.Size(blocks.shape)
        self._codes = torch.from_numpy(blocks.codes).view(rows, count, -1).to(device)
        self._scales = torch.from_numpy(blocks.scales).view(rows, count, 1).to(device)
        self._dtype = dtype

    def __getitem__(self, ids: Tensor) -> Tensor:
        """The embeddings of these ids, (n, columns)."""
        codes = self._codes[ids]
        weights = torch.cat((codes & 15, codes >> 4), dim=-1).float()
        weights = weights.sub_(8).mul_(self._scales[ids])
        return weights.flatten(1).to(self._dtype)
