"""Names by token classification on a tuned encoder.

Each word of a line is outside of any name, begins one or goes on with one (the BIO scheme,
Ramshaw and Marcus 1995); the likeliest sequence that is a sequence of names wins. Knows the
encoder and its heads; nothing of rules or of what an answer looks like.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deployments.encoder.arrays import Vectors
from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import Head, Heads, sigmoid
from deployments.encoder.inputs import EncoderInput, Tokens
from deployments.entities.mention import NAMES, Guess

#: Its outputs: outside, then begin and inside of each kind.
TAGS = ("O", *(f"{place}-{kind}" for kind in NAMES for place in "BI"))

# A score no sequence survives.
_NEVER = -1e4


def _steps() -> Vectors:
    """What a tag costs after another, (n_tags, n_tags): inside goes on with its own kind only."""
    costs = np.zeros((len(TAGS), len(TAGS)), np.float32)
    for number, tag in enumerate(TAGS):
        if tag.startswith("I-"):
            own = [before[2:] == tag[2:] for before in TAGS]
            costs[:, number] = np.where(own, 0, _NEVER)
    return costs


_STEPS = _steps()
_FIRST = _STEPS[0]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text: ``text[starts[i]:ends[i]]``, and each one's tag scores (n, n_tags)."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    scores: Vectors

    @classmethod
    def of(cls, tokens: Tokens, states: Vectors, tags: Head) -> "Words":
        """From the tokens' states: a word is what its first token says it is."""
        if not len(tokens):
            nothing = np.zeros(0, np.int64)
            return cls(nothing, nothing, np.zeros((0, len(TAGS)), np.float32))
        changes = np.flatnonzero(np.diff(tokens.word_ids)) + 1
        firsts = np.concatenate([[0], changes])
        lasts = np.concatenate([changes, [len(tokens)]]) - 1
        logits = tags.logits(states[firsts])
        scores = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        return cls(tokens.starts[firsts], tokens.ends[lasts], scores)


class Tagger:
    """Reads texts and gives their names with calibrated scores; thread-safe."""

    def __init__(self, encoder: Encoder, head: str) -> None:
        """Load the heads that belong to the encoder.

        Raises:
            ModelMissing: there is no such head.
            ModelMismatch: it is not the released one, or belongs to another encoder.
        """
        self._encoder = encoder
        heads = Heads.load(head, encoder)
        self._tags, self._sureness = heads.by_name["names"], heads.by_name["sureness"]
        self.digest = encoder.version + heads.sha256

    def read(self, passages: Sequence[EncoderInput]) -> list[list[Guess]]:
        """The names of each text in order, without overlaps; none crosses a line break."""
        read = self._encoder.tokens(passages)
        return [
            self._guesses(passage.text, Words.of(tokens, states, self._tags))
            for passage, (tokens, states) in zip(passages, read, strict=True)
        ]

    def _guesses(self, text: str, words: Words) -> list[Guess]:
        spans = list(names(text, words))
        if not spans:
            return []
        sure = sigmoid(self._sureness.logits(np.stack([traits(words, *s) for s in spans]))[:, 0])
        return [
            Guess(int(words.starts[first]), int(words.ends[last]), label, float(score))
            for (first, last, label), score in zip(spans, sure, strict=True)
        ]


def names(text: str, words: Words) -> Iterator[tuple[int, int, str]]:
    """First and last word and kind of each name; one that crosses a line break is two."""
    tags = [TAGS[number] for number in likeliest(words.scores)]
    first: int | None = None
    for number, tag in enumerate(tags):
        if first is not None and not (tag[0] == "I" and _one_line(text, words, number)):
            yield first, number - 1, tags[first][2:]
            first = None
        if tag[0] == "B" or (tag[0] == "I" and first is None):
            first = number
    if first is not None:
        yield first, len(tags) - 1, tags[first][2:]


def _one_line(text: str, words: Words, number: int) -> bool:
    return text[words.ends[number - 1] : words.starts[number]].count("\n") == 0


def traits(words: Words, first: int, last: int, label: str) -> Vectors:
    """What the sureness of a name is judged by: (3 + len(NAMES),).

    The mean and the least log-odds of its words' tags, its number of words, its kind.
    """
    kind = NAMES.index(label)
    begin, inside = 1 + 2 * kind, 2 + 2 * kind
    scores = words.scores[first : last + 1, inside].copy()
    scores[0] = words.scores[first, begin]
    chances = np.clip(np.exp(scores), 1e-4, 1 - 1e-4)
    odds = np.log(chances / (1 - chances))
    return np.array(
        [odds.mean(), odds.min(), last - first + 1, *(float(i == kind) for i in range(len(NAMES)))],
        np.float32,
    )


def likeliest(scores: Vectors) -> list[int]:
    """The best sequence of tags that is one of names (Viterbi 1967), from (n, n_tags)."""
    best: list[int] = scores.argmax(axis=1).tolist()
    if all(_STEPS[a, b] == 0 for a, b in zip([0, *best], best, strict=False)):
        return best  # the usual case: the best tag of each word already is one
    total = scores[0] + _FIRST
    came_from = []
    for row in scores[1:]:
        paths = total[:, None] + _STEPS
        came_from.append(paths.argmax(axis=0))
        total = paths.max(axis=0) + row
    tags = [int(total.argmax())]
    for back in reversed(came_from):
        tags.append(int(back[tags[-1]]))
    return tags[::-1]
