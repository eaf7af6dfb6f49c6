"""Names out of the tags of words, by the BIO scheme (Ramshaw and Marcus 1995).

Each word of a text is outside of any name, begins one or goes on with one (inside); the likeliest
sequence of tags that is a sequence of names wins. Pure arithmetic over scores: knows no model.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deployments.encoder.arrays import Vectors
from deployments.encoder.heads import Head
from deployments.entities.mention import NAME_LABELS
from deployments.reading.reading import Reading

#: What a word can be: outside, then begin and inside of each label.
TAGS = ("O", *(f"{place}-{label}" for label in NAME_LABELS for place in "BI"))

# A score no sequence survives.
_IMPOSSIBLE = -1e4


def _transitions() -> Vectors:
    """The score of a tag (column) after another (row): inside goes on with its own label only."""
    scores = np.zeros((len(TAGS), len(TAGS)), np.float32)
    for number, tag in enumerate(TAGS):
        if tag.startswith("I-"):
            same_label = [before[2:] == tag[2:] for before in TAGS]
            scores[:, number] = np.where(same_label, 0, _IMPOSSIBLE)
    return scores


_TRANSITIONS = _transitions()
# A text begins as after a word outside of any name.
_INITIAL = _TRANSITIONS[0]


@dataclass(frozen=True, slots=True)
class TaggedWords:
    """The words of a text: ``text[starts[i]:ends[i]]``, and each one's tag scores (n, n_tags)."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    scores: Vectors

    @classmethod
    def of(cls, reading: Reading, tags: Head) -> "TaggedWords":
        """From the hidden states of the tokens: a word is what its first token says it is."""
        if not len(reading):
            no_words = np.zeros(0, np.int64)
            return cls(no_words, no_words, np.zeros((0, len(TAGS)), np.float32))
        changes = np.flatnonzero(np.diff(reading.word_ids)) + 1
        firsts = np.concatenate([[0], changes])
        lasts = np.concatenate([changes, [len(reading)]]) - 1
        logits = tags.logits(reading.states[firsts].astype(np.float32))
        scores = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        return cls(reading.starts[firsts], reading.ends[lasts], scores)


class FoundName(NamedTuple):
    """Numbers of the first and last word of a name, and its label."""

    first: int
    last: int
    label: str


def decode_names(text: str, words: TaggedWords) -> Iterator[FoundName]:
    """The names of a text in order; one that crosses a line break is two."""
    tags = [TAGS[number] for number in viterbi(words.scores)]
    first: int | None = None
    for number, tag in enumerate(tags):
        if first is not None and not (tag[0] == "I" and _same_line(text, words, number)):
            yield FoundName(first, number - 1, tags[first][2:])
            first = None
        if tag[0] == "B" or (tag[0] == "I" and first is None):
            first = number
    if first is not None:
        yield FoundName(first, len(tags) - 1, tags[first][2:])


def _same_line(text: str, words: TaggedWords, number: int) -> bool:
    """Whether the word stands on the line of the word before it."""
    return text[words.ends[number - 1] : words.starts[number]].count("\n") == 0


def viterbi(scores: Vectors) -> list[int]:
    """The best sequence of tags that is one of names (Viterbi 1967), from (n, n_tags)."""
    best: list[int] = scores.argmax(axis=1).tolist()
    if not _TRANSITIONS[[0, *best[:-1]], best].any():
        return best  # the usual case: the best tag of each word already is one
    total = scores[0] + _INITIAL
    backpointers = []
    for row in scores[1:]:
        paths = total[:, None] + _TRANSITIONS
        backpointers.append(paths.argmax(axis=0))
        total = paths.max(axis=0) + row
    tags = [int(total.argmax())]
    for pointers in reversed(backpointers):
        tags.append(int(pointers[tags[-1]]))
    return tags[::-1]
