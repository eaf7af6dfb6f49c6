"""An encoder's tokenizer: loaded from its file, its output as arrays that fit the text."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from deployments.encoder.code_points import kinds, next_visible, word_numbers
from deployments.encoder.inputs import SpecialTokens, Tokens
from deployments.errors import ModelMismatch
from deployments.weights.encoder_files import SENTENCEPIECE_FILE, tokenizer_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: The ids of a text's tokens, and the code points [start, end) of each.
IdsAndRanges = tuple[Sequence[int], Sequence[tuple[int, int]]]

_LONE_SURROGATE = re.compile(r"[\uD800-\uDFFF]")


class TextTokenizer(Protocol):
    """What cuts a text into tokens; thread-safe."""

    special_tokens: SpecialTokens

    def encode(self, text: str) -> IdsAndRanges:
        """The text's tokens without the special ones."""
        ...


class SentencePieceTokenizer:
    """A SentencePiece model whose ids are the encoder's."""

    def __init__(self, path: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        try:
            self._model = SentencePieceProcessor(model_file=str(path))
        except RuntimeError as error:
            raise ModelMismatch(
                f"{path} is no whole SentencePiece model ({error}). Install or download it again."
            ) from error
        prefix, suffix = self._model.bos_id(), self._model.eos_id()
        self.special_tokens = SpecialTokens(_known(prefix), _known(suffix))

    def encode(self, text: str) -> IdsAndRanges:
        """As :class:`TextTokenizer`."""
        encoding = self._model.encode(text, return_type="offset_mapping")
        return encoding["ids"], encoding["offsets"]


class FastTokenizer:
    """A tokenizer of Hugging Face's library ``tokenizers``."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        # Its own threads would take cores that belong to others.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # Who writes "[SEP]" in a post means these letters.
        self._tokenizer.encode_special_tokens = True
        self.special_tokens = _special_tokens(self._tokenizer)

    def encode(self, text: str) -> IdsAndRanges:
        """As :class:`TextTokenizer`."""
        # As a batch: so it lets other threads of Python go on.
        (encoding,) = self._tokenizer.encode_batch([text], add_special_tokens=False)
        return encoding.ids, encoding.offsets


def load_tokenizer(folder: Path) -> TextTokenizer:
    """The tokenizer beside an encoder's weights.

    Raises:
        ModelMissing: there is none.
        ModelMismatch: it is not whole.
    """
    path = tokenizer_file(folder)
    if path.name == SENTENCEPIECE_FILE:
        return SentencePieceTokenizer(path)
    return FastTokenizer(path)


def tokenize(tokenizer: TextTokenizer, texts: Iterable[str]) -> Iterator[Tokens]:
    """Each text's tokens without the special ones, in order.

    A token starts at the first sign of it that can be seen, and belongs to the word there,
    whatever the tokenizer splits at. One of blanks alone, which SentencePiece sets before what it
    does not know with its blank, stands for the first code point of the word after it; with no
    word after it, it is left out.
    """
    return (_tokens(tokenizer, text) for text in texts)


def _tokens(tokenizer: TextTokenizer, text: str) -> Tokens:
    text = _LONE_SURROGATE.sub(" ", text)  # no tokenizer takes them
    numbers, ranges = tokenizer.encode(text)
    ids = np.array(numbers, np.int64)
    edges = np.fromiter(chain.from_iterable(ranges), np.int64, 2 * len(ids))
    text_kinds = kinds(text)
    starts = next_visible(text_kinds)[edges[::2]]
    count = int(np.searchsorted(starts, len(text)))
    ids, starts, ends = ids[:count], starts[:count], edges[1::2][:count]
    return Tokens(ids, starts, np.maximum(ends, starts + 1), word_numbers(text_kinds)[starts])


def _known(token_id: int) -> tuple[int, ...]:
    """The id, unless the model has no such token."""
    return (token_id,) if token_id >= 0 else ()


def _special_tokens(tokenizer: "Tokenizer") -> SpecialTokens:
    """The special tokens around a text, seen from one word between them."""
    encoding = tokenizer.encode("word")
    inner = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
    return SpecialTokens(tuple(encoding.ids[: inner[0]]), tuple(encoding.ids[inner[-1] + 1 :]))
