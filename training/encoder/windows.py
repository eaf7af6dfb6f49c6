"""Documents in tokens as the service reads them, cut into windows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.encoder.casing import casing_ids, quietly
from deployments.encoder.config import EncoderConfig
from deployments.encoder.dense_text import thin_out_signs
from deployments.encoder.inputs import Tokens
from deployments.encoder.tokenizer import load_tokenizer, tokenize
from deployments.encoder.windows import split_ranges
from deployments.reading.reading_text import reading_input
from deployments.results import Span
from deployments.text.document import Document
from deployments.weights.released import ENCODER, locate

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenWindow:
    """Neighbouring tokens of a text.

    Attributes:
        tokens: without special ones, (n,).
        casings: how each is written, (n,).
    """

    tokens: Tokens
    casings: Integers

    def __len__(self) -> int:
        return len(self.casings)

    @property
    def begins_word(self) -> NDArray[np.bool_]:
        """Whether each token begins a word, (n,)."""
        begins: NDArray[np.bool_] = np.diff(self.tokens.word_ids, prepend=-1) != 0
        return begins

    def touching(self, span: Span) -> NDArray[np.bool_]:
        """Which tokens have a code point of the span, (n,)."""
        return (self.tokens.starts < span.end) & (self.tokens.ends > span.start)

    def range_within(self, span: Span) -> tuple[int, int]:
        """The tokens [first, last) that lie within the span."""
        first = int(np.searchsorted(self.tokens.starts, span.start, side="left"))
        last = int(np.searchsorted(self.tokens.ends, span.end, side="right"))
        return first, max(first, last)


class WindowReader:
    """Cuts documents into windows with the carried vocabulary; needs no weights and no torch."""

    def __init__(self) -> None:
        self._tokenizer = load_tokenizer(locate(ENCODER))
        special_tokens = self._tokenizer.special_tokens
        #: Tokens of a window of the service at most, without the special ones.
        self.window_tokens = EncoderConfig().max_tokens - len(special_tokens)

    def windows(self, document: Document, most: int | None = None) -> Iterator[TokenWindow]:
        """The document's windows in order, cut at its sentences where there are several.

        Args:
            document: read as the service reads it.
            most: tokens of a window, the special ones left out; as in the service if not said.
        """
        given = reading_input(document)
        (tokens,) = tokenize(self._tokenizer, [quietly(given.text)])
        tokens = thin_out_signs(given.text, tokens)
        casings = casing_ids(given.text, tokens)
        for first, last in split_ranges(tokens, given.split_points, most or self.window_tokens):
            if first < last:
                yield TokenWindow(_part(tokens, first, last), casings[first:last])


def _part(tokens: Tokens, first: int, last: int) -> Tokens:
    inside = slice(first, last)
    return Tokens(
        tokens.ids[inside], tokens.starts[inside], tokens.ends[inside], tokens.word_ids[inside]
    )
