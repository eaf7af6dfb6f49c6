"""Splits a text's tokens into windows that a model reads at once.

Pure arithmetic over a tokenizer's offsets: knows no model and no tensor library.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from deployments.encoder.arrays import Integers
from deployments.encoder.casing import NO_CASING
from deployments.encoder.inputs import EncoderInput, SpecialTokens, Tokens, Window
from deployments.results import Span


def split_windows(
    input_index: int,
    encoder_input: EncoderInput,
    tokens: Tokens,
    special_tokens: SpecialTokens,
    max_tokens: int,
    casing_ids: Integers | None = None,
) -> Iterator[Window]:
    """The windows of one input, in order; one of special tokens alone for an empty text.

    A span that holds every token of the text also holds the special tokens, since a
    mean over a whole text counts them (sentence-transformers' ``Pooling``).

    Args:
        input_index: number of the input among those that are read together.
        encoder_input: the text with its spans.
        tokens: of the text.
        special_tokens: that stand around every window.
        max_tokens: of a window, the special ones included.
        casing_ids: of the tokens, (n,), for a model that reads them.
    """
    ranges = token_ranges(tokens, encoder_input.spans)
    is_whole = (ranges[:, 0] == 0) & (ranges[:, 1] == len(tokens))
    limit = max_tokens - len(special_tokens)
    stretches = list(split_ranges(tokens, encoder_input.split_points, limit))
    spans = spans_by_window(ranges, is_whole, [first for first, _ in stretches])
    for (first, last), numbers in zip(stretches, spans, strict=True):
        shifted = np.clip(ranges[numbers], first, last) - first + len(special_tokens.prefix)
        shifted[is_whole[numbers]] = 0, last - first + len(special_tokens)
        casing = None
        if casing_ids is not None:
            casing = special_tokens.pad(casing_ids[first:last], NO_CASING)
        input_ids = special_tokens.add_to(tokens.ids[first:last])
        yield Window(input_index, first, input_ids, numbers, shifted, casing)


def spans_by_window(
    ranges: Integers, is_whole: NDArray[np.bool_], window_firsts: Sequence[int]
) -> list[Integers]:
    """The numbers of the spans that have a token in each window, or hold the whole text.

    Each span is put where it is, rather than each window asked for every span: a long text has
    thousands of spans and a hundred windows.
    """
    firsts = np.searchsorted(window_firsts, ranges[:, 0], side="right") - 1
    lasts = np.searchsorted(window_firsts, ranges[:, 1] - 1, side="right")
    counts = np.where(ranges[:, 0] < ranges[:, 1], lasts - firsts, 0)
    firsts[is_whole], counts[is_whole] = 0, len(window_firsts)
    spans = np.repeat(np.arange(len(ranges)), counts)
    offsets = np.arange(len(spans)) - np.repeat(counts.cumsum() - counts, counts)
    windows = np.repeat(firsts, counts) + offsets
    order = np.argsort(windows, kind="stable")
    edges = np.searchsorted(windows[order], np.arange(1, len(window_firsts)))
    return np.split(spans[order], edges)


def token_ranges(tokens: Tokens, spans: Sequence[Span]) -> Integers:
    """For each span the positions [first, last) of the tokens lying within it, (n_spans, 2)."""
    edges = np.array([(span.start, span.end) for span in spans], dtype=np.int64).reshape(-1, 2)
    first = np.searchsorted(tokens.starts, edges[:, 0], side="left")
    last = np.searchsorted(tokens.ends, edges[:, 1], side="right")
    return np.stack([first, np.maximum(first, last)], axis=1)


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
