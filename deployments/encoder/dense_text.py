"""Bounds the tokens of texts that are mostly signs: walls of punctuation, tables, broken mark-up.

A tokenizer makes a token of every sign, so that 20,000 signs cost five times what prose of that
length does, and say nothing that the first of them do not. Knows tokens alone: no model.
"""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from deployments.encoder.inputs import Tokens

#: Tokens for each code point from which a text is dense. English prose has 0.22, emphatic posts
#: with all their punctuation up to 0.4.
MAX_DENSITY = 0.5
#: Tokens from the text's beginning that are read in any case.
ALWAYS_READ = 32


def thin_out_signs(text: str, tokens: Tokens) -> Tokens:
    """The text's tokens; of a dense text, behind its beginning, those of words alone.

    Dense is a text of more than ``ALWAYS_READ + MAX_DENSITY * len(text)`` tokens. A sign is a
    token of one code point that is neither letter nor digit.
    """
    if len(tokens) <= ALWAYS_READ + MAX_DENSITY * len(text):
        return tokens
    is_read = np.array([_is_of_word(text, *offsets) for offsets in _offsets(tokens)])
    is_read[:ALWAYS_READ] = True
    return Tokens(*(getattr(tokens, field.name)[is_read] for field in fields(Tokens)))


def _is_of_word(text: str, start: int, end: int) -> bool:
    return end - start > 1 or text[start].isalnum()


def _offsets(tokens: Tokens) -> Iterator[tuple[int, int]]:
    return zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)
