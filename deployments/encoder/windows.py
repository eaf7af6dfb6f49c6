"""Splits a text's tokens into windows that a model reads at once.

Pure arithmetic over a tokenizer's offsets: knows no model and no tensor library.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from deployments.encoder.arrays import Integers
from deployments.encoder.casing import NO_CASING
from deployments.encoder.inputs import SpecialTokens, Tokens, Window


def split_windows(
    input_index: int,
    tokens: Tokens,
    split_points: Sequence[int],
    special_tokens: SpecialTokens,
    max_tokens: int,
    casing_ids: Integers | None = None,
) -> Iterator[Window]:
    """The windows of one text, in order; one of special tokens alone for an empty text.

    Args:
        input_index: number of the text among those that are read together.
        tokens: of the text.
        split_points: see :class:`deployments.reading.reading.ReadingInput`.
        special_tokens: that stand around every window.
        max_tokens: of a window, the special ones included.
        casing_ids: of the tokens, (n,), for a model that reads them.
    """
    limit = max_tokens - len(special_tokens)
    for first, last in split_ranges(tokens, split_points, limit):
        casing = None
        if casing_ids is not None:
            casing = special_tokens.pad(casing_ids[first:last], NO_CASING)
        yield Window(input_index, first, special_tokens.add_to(tokens.ids[first:last]), casing)


def split_ranges(
    tokens: Tokens, split_points: Sequence[int], limit: int
) -> Iterator[tuple[int, int]]:
    """Neighbouring ranges ``[first, last)`` of at most ``limit`` tokens, to the end.

    A range ends at the last of ``split_points`` (code points) within reach; if there is
    none, between two words; in a single word longer than ``limit``, anywhere.
    """
    points = np.searchsorted(tokens.starts, np.sort(np.array(split_points, dtype=np.int64)))
    words = np.flatnonzero(np.diff(tokens.word_ids)) + 1
    first = 0
    while len(tokens) - first > limit:
        reach = first + limit
        last = _last_edge(points, first, reach) or _last_edge(words, first, reach) or reach
        yield first, last
        first = last
    yield first, len(tokens)


def _last_edge(edges: Integers, first: int, reach: int) -> int | None:
    """The last of the sorted ``edges`` in ``(first, reach]``."""
    index = int(np.searchsorted(edges, reach, side="right"))
    return int(edges[index - 1]) if index and edges[index - 1] > first else None
