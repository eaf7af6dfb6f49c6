"""Windows of many posts in blocks of few fixed shapes, as a GPU wants them.

Fixed shapes can be captured as CUDA graphs, and few of them keep the padding small. Knows
arrays; no model and no tensor library, so that a worker process stays light.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deployments.encoder.casing import NO_CASING
from deployments.encoder.inputs import Window

#: Tokens that a row of a block may have; a window goes into the least that holds it.
LENGTHS = (16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256)
# The most spans of a block are rounded up to a multiple of this, for few shapes.
_SPANS = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Windows of one encoder, padded to one length.

    Attributes:
        encoder: which one reads it.
        ids: vocabulary numbers, (texts, length), uint16.
        lengths: tokens of each text; 0 for a row without one, (texts,).
        casings: how each token is written, (texts, length), uint8.
        ranges: for each span the tokens ``[first, last)``, (texts, spans, 2), int16; empty
            ranges where a text has fewer.
        posts: how many posts it stands for; a post of three windows has a third in each.
    """

    encoder: str
    ids: NDArray[np.uint16]
    lengths: NDArray[np.int16]
    casings: NDArray[np.uint8]
    ranges: NDArray[np.int16]
    posts: float

    @property
    def shape(self) -> tuple[int, int]:
        """Texts and tokens of each, padding included."""
        texts, length = self.ids.shape
        return texts, length

    @property
    def tokens(self) -> int:
        """Tokens without padding."""
        return int(self.lengths.sum())


class Packer:
    """Gathers windows until a block is full."""

    def __init__(self, block_tokens: int) -> None:
        """``block_tokens``: of a block, padding included; the longest window must fit."""
        self._block_tokens = block_tokens
        self._open: dict[tuple[str, int], list[tuple[Window, float]]] = defaultdict(list)

    def add(self, encoder: str, windows: Sequence[Window]) -> Iterator[Block]:
        """Take all windows of one post for one encoder; gives the blocks that became full."""
        for window in windows:
            length = next(length for length in LENGTHS if length >= len(window))
            rows = self._open[encoder, length]
            rows.append((window, 1 / len(windows)))
            if len(rows) == self._texts(length):
                yield self._block(encoder, length)

    def rest(self) -> Iterator[Block]:
        """The blocks that are not full."""
        for encoder, length in [key for key, rows in self._open.items() if rows]:
            yield self._block(encoder, length)

    def _texts(self, length: int) -> int:
        return max(1, self._block_tokens // length)

    def _block(self, encoder: str, length: int) -> Block:
        rows = self._open.pop((encoder, length))
        shape = (self._texts(length), length)
        spans = -(-max(len(window.token_ranges) for window, _ in rows) // _SPANS) * _SPANS
        block = Block(
            encoder,
            np.zeros(shape, np.uint16),
            np.zeros(shape[0], np.int16),
            np.full(shape, NO_CASING, np.uint8),
            np.zeros((shape[0], spans, 2), np.int16),
            sum(share for _, share in rows),
        )
        for row, (window, _) in enumerate(rows):
            block.ids[row, : len(window)] = window.input_ids
            block.lengths[row] = len(window)
            block.ranges[row, : len(window.token_ranges)] = window.token_ranges
            if window.casing_ids is not None:
                block.casings[row, : len(window)] = window.casing_ids
        return block


_PARTS = ("ids", "lengths", "casings", "ranges")


def save(path: Path, blocks: Sequence[Block]) -> None:
    """Keep blocks for a machine that has no tokenizer."""
    arrays = {f"{n}.{part}": getattr(b, part) for n, b in enumerate(blocks) for part in _PARTS}
    names = np.array([block.encoder for block in blocks])
    posts = np.array([block.posts for block in blocks])
    np.savez_compressed(path, encoders=names, posts=posts, **arrays)


def load(path: Path) -> list[Block]:
    """The blocks that :func:`save` kept."""
    with np.load(path) as kept:
        return [
            Block(str(name), posts=float(posts), **{part: kept[f"{n}.{part}"] for part in _PARTS})
            for n, (name, posts) in enumerate(zip(kept["encoders"], kept["posts"], strict=True))
        ]
