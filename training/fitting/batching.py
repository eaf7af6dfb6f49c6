"""Texts of tokens in batches of one padded length, so that each shape is compiled once."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: Texts are padded to one of these.
LENGTHS = (16, 24, 32, 40, 48, 64, 80, 96, 128, 192, 256)
#: Padded tokens in one step.
STEP_TOKENS = 2_048
#: Ids of the carried encoder's vocabulary.
PAD_ID, CLS_ID, SEP_ID, MASK_ID = 0, 101, 102, 103

Item = TypeVar("Item")


def batched(
    examples: Sequence[Item], length_of: Callable[[Item], int], generator: random.Random
) -> Iterator[list[Item]]:
    """Every example once, in random order, those of one padded length together."""
    by_length: dict[int, list[Item]] = {}
    for example in generator.sample(examples, len(examples)):
        by_length.setdefault(padded_length(length_of(example)), []).append(example)
    batches = [
        group[first : first + STEP_TOKENS // length]
        for length, group in by_length.items()
        for first in range(0, len(group), STEP_TOKENS // length)
    ]
    generator.shuffle(batches)
    yield from batches


def padded_length(tokens: int) -> int:
    """The next of the few lengths; a longer text is cut there."""
    return next((length for length in LENGTHS if tokens <= length), LENGTHS[-1])


def padded(
    token_ids: Sequence[Sequence[int] | NDArray[np.integer]], length: int, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and attention mask, each (rows, length); longer texts are cut."""
    ids = np.full((rows, length), PAD_ID, np.int64)
    mask = np.zeros((rows, length), np.int64)
    mask[:, 0] = 1  # attention over nothing at all would be no number
    for row, tokens in enumerate(token_ids):
        size = min(len(tokens), length)
        ids[row, :size] = tokens[:size]
        mask[row, :size] = 1
    return ids, mask


def with_masks(ids: Tensor, share: float) -> Tensor:
    """The ids with some of the words replaced by [MASK]."""
    masked = (torch.rand(ids.shape) < share) & (ids > MASK_ID)
    return ids.masked_fill(masked, MASK_ID)
