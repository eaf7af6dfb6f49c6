"""Passages and the windows they are read in, as token positions.

Pure arithmetic over a tokenizer's offsets: knows no model and no tensor library.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.encoder.casing import NO_WORD
from deployments.results import Span

Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and the stretches of it that are asked about.

    Attributes:
        text: what the encoder reads, to its end.
        spans: one vector is given for each; they may overlap.
        cuts: code points at which a text too long for one window is best cut, for
            instance the starts of its sentences; elsewhere it is cut between words.
    """

    text: str
    spans: tuple[Span, ...]
    cuts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens without the special ones.

    Attributes:
        ids: vocabulary numbers, shape (n,).
        starts, ends: code points of each token, ``text[start:end]``, shape (n,).
        words: number of the word each token belongs to, shape (n,).
    """

    ids: Positions
    starts: Positions
    ends: Positions
    words: Positions

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Window:
    """As many tokens as the model reads at once.

    Attributes:
        passage: which passage it is a part of.
        ids: vocabulary numbers with the special tokens around them, shape (n,).
        ranges: for each span the positions ``[first, last)`` in ``ids`` that lie within
            it in this window, shape (n_spans, 2); empty ranges where it has none here.
        casings: how each of ``ids`` is written, shape (n,), if the model is told.
    """

    passage: int
    ids: Positions
    ranges: Positions
    casings: Positions | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Specials:
    """The special tokens a model wants before and after every text."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.before) + len(self.after)

    def around(self, ids: Positions) -> Positions:
        """``ids`` with the special tokens on both sides."""
        return np.concatenate([self.before, ids, self.after]).astype(np.int64)

    def beside(self, values: Positions, filler: int) -> Positions:
        """``values`` with ``filler`` in the special tokens' places."""
        return np.pad(values, (len(self.before), len(self.after)), constant_values=filler)


def token_ranges(tokens: Tokens, spans: Sequence[Span]) -> Positions:
    """For each span the positions [first, last) of the tokens lying within it, (n_spans, 2)."""
    edges = np.array([(span.start, span.end) for span in spans], dtype=np.int64).reshape(-1, 2)
    first = np.searchsorted(tokens.starts, edges[:, 0], side="left")
    last = np.searchsorted(tokens.ends, edges[:, 1], side="right")
    return np.stack([first, np.maximum(first, last)], axis=1)


def cut(tokens: Tokens, cuts: Sequence[int], limit: int) -> Iterator[tuple[int, int]]:
    """Neighbouring stretches ``[first, last)`` of at most ``limit`` tokens, to the end.

    A stretch ends at the last of ``cuts`` within reach; if there is none, between two
    words; in a single word longer than ``limit``, anywhere.
    """
    sentences = np.searchsorted(tokens.starts, np.sort(np.array(cuts, dtype=np.int64)))
    words = np.flatnonzero(np.diff(tokens.words)) + 1
    first = 0
    while len(tokens) - first > limit:
        last = _edge(sentences, first, first + limit) or _edge(words, first, first + limit)
        yield first, last or first + limit
        first = last or first + limit
    yield first, len(tokens)


def _edge(edges: Positions, first: int, reach: int) -> int | None:
    """The last of the sorted ``edges`` in ``(first, reach]``."""
    index = int(np.searchsorted(edges, reach, side="right"))
    return int(edges[index - 1]) if index and edges[index - 1] > first else None


def windows(
    number: int,
    passage: Passage,
    tokens: Tokens,
    specials: Specials,
    max_tokens: int,
    casings: Positions | None = None,
) -> Iterator[Window]:
    """The windows of one passage, in order; one of special tokens alone for an empty text.

    A span that holds every token of the passage also holds the special tokens, since a
    mean over a whole text counts them (sentence-transformers' ``Pooling``).
    """
    ranges = token_ranges(tokens, passage.spans)
    whole = (ranges[:, 0] == 0) & (ranges[:, 1] == len(tokens))
    for first, last in cut(tokens, passage.cuts, max_tokens - len(specials)):
        inside = np.clip(ranges, first, last) - first + len(specials.before)
        inside[whole] = 0, last - first + len(specials)
        shown = None if casings is None else specials.beside(casings[first:last], NO_WORD)
        yield Window(number, specials.around(tokens.ids[first:last]), inside, shown)
