"""A batch of windows as tensors: what one forward pass takes.

All windows lie one after the other in one matrix with a row for each token; attention alone
sees them padded, in groups of one length. Knows tensors; nothing of models.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from deployments.encoder.inputs import Window


@dataclass(frozen=True, slots=True)
class PaddedGroup:
    """Neighbouring windows of a batch that attention pads to one length.

    Attributes:
        first_row: row of the group's first token.
        batch_size: how many windows.
        length: tokens of each, padding included.
        attention_mask: true for a token, false for padding, (batch_size, 1, 1, length); None
            where nothing is padded.
        pad_index: for each padded position the row that stands there, (batch_size * length,);
            None where the rows already lie as attention wants them.
        unpad_index: the padded positions that are tokens, (n_rows,); None likewise.
    """

    first_row: int
    batch_size: int
    length: int
    attention_mask: Tensor | None = None
    pad_index: Tensor | None = None
    unpad_index: Tensor | None = None

    @classmethod
    def pack(
        cls, first_row: int, lengths: Sequence[int], length: int, device: str
    ) -> "PaddedGroup":
        """Windows of these many tokens without padding between them, ``length`` at most."""
        if all(n_tokens == length for n_tokens in lengths):
            return cls(first_row, len(lengths), length)
        n_tokens = torch.tensor(lengths)
        starts = first_row + n_tokens.cumsum(0) - n_tokens
        positions = torch.arange(length)
        is_token = positions < n_tokens[:, None]
        # Padding repeats a window's last token: any finite numbers will do.
        pad_index = (starts[:, None] + positions.minimum(n_tokens[:, None] - 1)).flatten()
        unpad_index = is_token.flatten().nonzero()[:, 0]
        attention_mask, pad_index, unpad_index = (
            values.to(device) for values in (is_token[:, None, None, :], pad_index, unpad_index)
        )
        return cls(first_row, len(lengths), length, attention_mask, pad_index, unpad_index)

    @property
    def rows(self) -> slice:
        """Its rows in the batch's matrix."""
        tokens = self.batch_size * self.length
        count = tokens if self.unpad_index is None else len(self.unpad_index)
        return slice(self.first_row, self.first_row + count)

    def pad(self, values: Tensor) -> Tensor:
        """Its rows of (rows, n) as (batch_size, length, n)."""
        if self.pad_index is None:
            return values[self.rows].view(self.batch_size, self.length, -1)
        return values.index_select(0, self.pad_index).view(self.batch_size, self.length, -1)

    def unpad(self, values: Tensor) -> Tensor:
        """Its rows (n_rows, n) out of (batch_size, length, n)."""
        flat = values.reshape(self.batch_size * self.length, -1)
        return flat if self.unpad_index is None else flat.index_select(0, self.unpad_index)


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows that are read in one forward pass.

    Attributes:
        windows: in the order of their rows.
        first_rows: row of each window's first token, (n_windows,).
        groups: how attention sees the rows; together they cover every row.
        input_ids: vocabulary numbers, (rows,).
        position_ids: each token's position in its window, (rows,).
        casing_ids: how each token is written, (rows,); None for a model without casing embeddings.
    """

    windows: Sequence[Window]
    first_rows: Sequence[int]
    groups: Sequence[PaddedGroup]
    input_ids: Tensor
    position_ids: Tensor
    casing_ids: Tensor | None = None
