"""Bounds the tokens of texts that are mostly signs: walls of punctuation, tables, broken mark-up.

A tokenizer makes a token of every sign, and of every letter of a word that is none, so that 20,000
of them cost four times what prose of that length does, and say nothing that the first of them do
not. Knows tokens alone: no model.
"""

from dataclasses import fields

import numpy as np

from deployments.encoder.arrays import Integers
from deployments.encoder.code_points import LETTER, kinds
from deployments.encoder.inputs import Tokens

#: Tokens for each code point from which a text is dense. Posts in ten languages have 0.27 to 0.3,
#: the most emphatic of 2,000 of them, with all its punctuation, 0.43.
MAX_DENSITY = 0.5
#: Tokens from the text's beginning that are read in any case.
ALWAYS_READ = 32
#: Tokens of one word that are read in a dense text: a word of 20,000 letters is no word.
MAX_WORD_TOKENS = 16


def thin_out_signs(text: str, tokens: Tokens) -> Tokens:
    """The text's tokens; of a dense text, behind its beginning, those of words alone.

    Dense is a text of more than ``ALWAYS_READ + MAX_DENSITY * len(text)`` tokens. What is read of
    it are tokens that begin with a letter, mark or digit, up to ``MAX_WORD_TOKENS`` of each word;
    of several that stand for one code point, the last.
    """
    if len(tokens) <= ALWAYS_READ + MAX_DENSITY * len(text):
        return tokens
    is_read = kinds(text)[tokens.starts] == LETTER
    is_read &= _numbers_in_word(tokens.word_ids) < MAX_WORD_TOKENS
    is_read &= np.diff(tokens.starts, append=len(text)) > 0
    is_read[:ALWAYS_READ] = True
    return Tokens(*(getattr(tokens, field.name)[is_read] for field in fields(Tokens)))


def _numbers_in_word(word_ids: Integers) -> Integers:
    """For each token its number in its word, from 0."""
    numbers = np.arange(len(word_ids))
    is_first = np.diff(word_ids, prepend=-1) != 0
    return numbers - np.maximum.accumulate(np.where(is_first, numbers, 0))
