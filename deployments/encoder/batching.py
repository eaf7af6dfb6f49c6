"""Windows put together to batches, each within a budget of tokens.

What a window is padded to depends on itself alone, never on its neighbours, so that its
hidden states are the same alone and among others. Knows no model.
"""

from collections.abc import Iterator, Sequence, Sized
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from deployments.encoder.arrays import Integers
from deployments.encoder.batch import Batch, PaddedGroup
from deployments.encoder.casing import NO_CASING
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


def fixed_shape_batches(
    windows: Sequence[Window], batch_tokens: int, device: str
) -> Iterator[Batch]:
    """Windows of like length together, padded to few shapes, as CUDA graphs want them.

    A batch has a power of two of rows, each of a length out of few; rows without a window and
    padding give hidden states that nobody reads.

    Args:
        windows: in any order.
        batch_tokens: of a batch, padding included; a longer window is a batch by itself.
        device: where the batch's tensors go.
    """
    for length, bucket in groupby(sorted(windows, key=len), key=bucket_length):
        members = list(bucket)
        size = 1 << (max(1, batch_tokens // length).bit_length() - 1)
        for first in range(0, len(members), size):
            yield _fixed_shape(members[first : first + size], length, device)


def _fixed_shape(windows: list[Window], length: int, device: str) -> Batch:
    batch_size = 1 << (len(windows) - 1).bit_length()
    input_ids = np.zeros((batch_size, length), np.int64)
    casing_ids = np.full((batch_size, length), NO_CASING, np.int64)
    # A row without a window looks at its first token, so that its numbers stay finite.
    n_tokens = np.ones(batch_size, np.int64)
    for row, window in enumerate(windows):
        input_ids[row, : len(window)] = window.input_ids
        n_tokens[row] = len(window)
        if window.casing_ids is not None:
            casing_ids[row, : len(window)] = window.casing_ids
    positions = np.arange(length)
    mask = torch.from_numpy(positions < n_tokens[:, None])[:, None, None, :].to(device)
    reads_casing = windows[0].casing_ids is not None
    return Batch(
        windows,
        [row * length for row in range(len(windows))],
        [PaddedGroup(0, batch_size, length, mask)],
        torch.from_numpy(input_ids.ravel()).to(device),
        torch.from_numpy(np.tile(positions, batch_size)).to(device),
        torch.from_numpy(casing_ids.ravel()).to(device) if reads_casing else None,
    )


def bucket_length(window: Sized) -> int:
    """What a window is padded to in a fixed shape: steps of 16 to 128 tokens, of 32 beyond."""
    step = 16 if len(window) <= 128 else 32
    return -(-len(window) // step) * step


def _joined(arrays: list[Integers], device: str) -> Tensor:
    return torch.from_numpy(np.concatenate(arrays)).to(device)


def _padded_length(n_tokens: int) -> int:
    return -(-n_tokens // _LENGTH_STEP) * _LENGTH_STEP
