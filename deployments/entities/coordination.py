"""Two names joined by "and" are mostly of one kind: what is sure of one tells of the other.

Knows words, their tag scores and a language's conjunctions; no model.
"""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.entities.bio import FoundName, TaggedWords
from deployments.entities.mention import NAME_LABELS
from deployments.languages.loading import rules_of

# How often both are of one kind beyond chance. Set by hand: from 0.7 to 0.9 nothing changes in the
# sets, and "Bluestone (formerly Graywater) and Fennimore" are three companies with each.
_SAME_KIND = 0.7
#: Code points between two names that are joined, at most.
_LONGEST_GAP = 80


def shared_kinds(
    text: str, names: Sequence[FoundName], words: TaggedWords, code: str
) -> list[tuple[str, float]]:
    """For each name the label that is likeliest beside those it is joined to, and how likely it is.

    A label that stays as the tagger has it is left with a likelihood of 1.

    Args:
        text: the line breaks in it line feeds.
        names: in order, without overlaps.
        words: those of the text.
        code: its language.
    """
    kinds = [(name.label, 1.0) for name in names]
    pairs = [
        (left, right)
        for left in range(len(names))
        for right in (left + 1, left + 2)  # between them may be one in parentheses
        if right < len(names) and _are_joined(text, names[left], names[right], words, code)
    ]
    if not pairs:
        return kinds
    alone = _label_shares(names, words)
    together = alone.copy()
    chance = (1 - _SAME_KIND) / len(NAME_LABELS)
    for left, right in pairs:
        together[left] *= _SAME_KIND * alone[right] + chance
        together[right] *= _SAME_KIND * alone[left] + chance
    together /= together.sum(axis=1, keepdims=True)
    for number in {number for pair in pairs for number in pair}:
        best = int(together[number].argmax())
        if NAME_LABELS[best] != names[number].label:
            kinds[number] = NAME_LABELS[best], float(together[number, best])
    return kinds


def _are_joined(
    text: str, left: FoundName, right: FoundName, words: TaggedWords, code: str
) -> bool:
    start, end = int(words.ends[left.last]), int(words.starts[right.first])
    return end - start <= _LONGEST_GAP and bool(_joint(code).fullmatch(text, start, end))


@cache
def _joint(code: str) -> re.Pattern[str]:
    """What stands between two names that are joined, perhaps with another name of the first."""
    conjunctions = sorted(rules_of(code).names.conjunctions)
    return re.compile(
        rf"\s*(?:\([^()\n]+\))?\s*,?\s+(?:{'|'.join(map(re.escape, conjunctions))})\s+",
        re.IGNORECASE,
    )


def _label_shares(names: Sequence[FoundName], words: TaggedWords) -> Vectors:
    """How likely each label is for each name, by its first word, (n_names, n_labels)."""
    begins = words.scores[[name.first for name in names], 1::2]
    shares: Vectors = np.exp(begins) + np.float32(1e-4)
    shares = np.divide(shares, shares.sum(axis=1, keepdims=True), dtype=np.float32)
    return shares
