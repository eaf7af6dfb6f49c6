"""Windows put together to batches, each within a budget of tokens.

What a window is padded to depends on itself alone, never on its neighbours, so that its
hidden states are the same alone and among others. Knows no model.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from deployments.encoder.arrays import Integers
from deployments.encoder.batch import Batch, PaddedGroup
from deployments.encoder.inputs import Window

# Attention pads windows to a multiple of this: the vector width of its softmax. In between
# it takes twice as long, and the padding costs nothing elsewhere.
_LENGTH_STEP = 16


def packed_batches(windows: Sequence[Window], batch_tokens: int, device: str) -> Iterator[Batch]:
    """Windows of like length together, with padding in attention alone.

    Args:
        windows: in any order.
        batch_tokens: of a batch, padding not counted; a longer window is a batch by itself.
        device: where the batch's tensors go.
    """
    members: list[Window] = []
    tokens = 0
    for window in sorted(windows, key=len):
        if members and tokens + len(window) > batch_tokens:
            yield _packed(members, device)
            members, tokens = [], 0
        members.append(window)
        tokens += len(window)
    if members:
        yield _packed(members, device)


def _packed(windows: list[Window], device: str) -> Batch:
    lengths = [len(window) for window in windows]
    groups = []
    first_row = 0
    for length, members in groupby(lengths, key=_padded_length):
        group_lengths = list(members)
        groups.append(PaddedGroup.pack(first_row, group_lengths, length, device))
        first_row += sum(group_lengths)
    casings = [window.casing_ids for window in windows if window.casing_ids is not None]
    return Batch(
        windows,
        [0, *np.cumsum(lengths[:-1]).tolist()],
        groups,
        _joined([window.input_ids for window in windows], device),
        _joined([np.arange(length) for length in lengths], device),
        _joined(casings, device) if casings else None,
    )


def _joined(arrays: list[Integers], device: str) -> Tensor:
    return torch.from_numpy(np.concatenate(arrays)).to(device)


def _padded_length(n_tokens: int) -> int:
    return -(-n_tokens // _LENGTH_STEP) * _LENGTH_STEP
