"""An encoder's tokenizer: loaded from its file, its output as arrays."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from deployments.encoder.inputs import SpecialTokens, Tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def load_tokenizer(folder: Path) -> "Tokenizer":
    """The tokenizer beside an encoder's weights; it neither truncates nor pads."""
    from tokenizers import Tokenizer

    # Its own threads would take cores that belong to others.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def special_tokens(tokenizer: "Tokenizer") -> SpecialTokens:
    """The special tokens around a text, seen from one word between them."""
    encoding = tokenizer.encode("word")
    inner = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
    return SpecialTokens(tuple(encoding.ids[: inner[0]]), tuple(encoding.ids[inner[-1] + 1 :]))


def tokenize(tokenizer: "Tokenizer", texts: list[str]) -> Iterator[Tokens]:
    """Each text's tokens without the special ones, in order."""
    # All at once, though not faster: so the tokenizer lets other threads of Python go on.
    for encoding in tokenizer.encode_batch(texts, add_special_tokens=False):
        offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        word_ids = np.array([-1 if w is None else w for w in encoding.word_ids], dtype=np.int64)
        ids = np.array(encoding.ids, dtype=np.int64)
        yield Tokens(ids, offsets[:, 0], offsets[:, 1], word_ids)
