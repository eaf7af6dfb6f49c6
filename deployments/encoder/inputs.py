"""What an encoder reads: texts, their tokens, and the windows they are split into.

Data types alone. Knows no model, no tokenizer and no tensor library.
"""

from dataclasses import dataclass

import numpy as np

from deployments.encoder.arrays import Integers
from deployments.results import Span


@dataclass(frozen=True, slots=True)
class EncoderInput:
    """A text and the spans of it that are asked about.

    Attributes:
        text: what the encoder reads, to its end.
        spans: one vector is given for each; they may overlap.
        split_points: code points at which a text too long for one window is best split, for
            instance the starts of its sentences; elsewhere it is split between words.
    """

    text: str
    spans: tuple[Span, ...]
    split_points: tuple[int, ...] = ()

    @classmethod
    def whole(cls, text: str) -> "EncoderInput":
        """The text with one span over all of it."""
        return cls(text, (Span(0, len(text)),))


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens without the special ones.

    Attributes:
        ids: vocabulary numbers, shape (n,).
        starts, ends: code points of each token, ``text[start:end]``, shape (n,).
        word_ids: number of the word each token belongs to, shape (n,).
    """

    ids: Integers
    starts: Integers
    ends: Integers
    word_ids: Integers

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Window:
    """As many tokens of one text as the model reads at once.

    Attributes:
        input_index: the number of the :class:`EncoderInput` it belongs to.
        first_token: the number of its first token, the special ones left out, in its text.
        input_ids: vocabulary numbers with the special tokens around them, shape (n,).
        span_numbers: of the spans that have tokens in this window, in order, shape (n,).
        token_ranges: for each of them the positions ``[first, last)`` in ``input_ids`` that lie
            within it, shape (n, 2).
        casing_ids: how each token is written, shape (n,), for a model that reads it.
    """

    input_index: int
    first_token: int
    input_ids: Integers
    span_numbers: Integers
    token_ranges: Integers
    casing_ids: Integers | None = None

    def __len__(self) -> int:
        return len(self.input_ids)


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """The ids of the special tokens that a model wants before and after every text."""

    prefix: tuple[int, ...]
    suffix: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prefix) + len(self.suffix)

    def add_to(self, ids: Integers) -> Integers:
        """``ids`` with the special tokens on both sides."""
        return np.concatenate([self.prefix, ids, self.suffix]).astype(np.int64)

    def pad(self, values: Integers, value: int) -> Integers:
        """``values`` with ``value`` where the special tokens stand."""
        return np.pad(values, (len(self.prefix), len(self.suffix)), constant_values=value)
