"""What an encoder reads: the tokens of texts, and the windows they are split into.

Data types alone. Knows no model, no tokenizer and no tensor library.
"""

from dataclasses import dataclass

import numpy as np

from deployments.encoder.arrays import Integers


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
        input_index: the number of its text among those that are read together.
        first_token: the number of its first token, the special ones left out, in its text.
        input_ids: vocabulary numbers with the special tokens around them, shape (n,).
        casing_ids: how each token is written, shape (n,), for a model that reads it.
    """

    input_index: int
    first_token: int
    input_ids: Integers
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
