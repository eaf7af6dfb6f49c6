"""spaCy's transition-based recogniser of names, with a score for each name.

Holds the one engine behind entities and how its labels become ours. Knows lines of text,
nothing of posts. Importing it loads no spaCy (which imports torch where it is installed).
"""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

#: OntoNotes 5 labels, as spaCy gives them, to ours; what is not here is dropped.
ONTONOTES = {
    "PERSON": "PERSON", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC",
    "PRODUCT": "PRODUCT", "EVENT": "EVENT", "WORK_OF_ART": "WORK", "LAW": "WORK",
    "DATE": "DATE", "TIME": "DATE", "MONEY": "MONEY", "PERCENT": "PERCENT",
}  # fmt: skip

_UNUSED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer")


@dataclass(frozen=True, slots=True)
class Guess:
    """What the recogniser says of one line: ``line[start:end]`` is a ``label``.

    ``sureness`` is the probability 0..1 of the actions that made it, given the line so far.
    """

    start: int
    end: int
    label: str
    sureness: float


# spaCy's tokenizer takes a prefix off at a time: a wall of 5,000 brackets would cost it 5 s,
# 20,000 more than a minute. No name holds so many signs in a row.
_WALL = re.compile(r"[^\w\s]{20,}")


class Recogniser:
    """spaCy's transition-based recogniser, read step by step so that each name gets a score."""

    def __init__(self, folder: Path) -> None:
        """Load tokenizer and recogniser alone: the other pipes name nothing."""
        import spacy

        self._nlp = spacy.load(folder, exclude=list(_UNUSED))
        self._ner = cast(Any, self._nlp.get_pipe("ner"))
        moves = self._ner.moves
        self._actions = [moves.get_class_name(i) for i in range(moves.n_moves)]
        self._index = {action: i for i, action in enumerate(self._actions)}
        # spaCy shares one vocabulary and one tokenizer cache between calls and does not
        # promise that threads may.
        self._lock = threading.Lock()

    def read(self, lines: Sequence[str], batch_lines: int) -> list[list[Guess]]:
        """The guesses for each line, in order of the text; thread-safe."""
        order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
        guesses: list[list[Guess]] = [[] for _ in lines]
        # The memory zone frees the words of these lines: a service would keep them for ever.
        with self._lock, self._nlp.memory_zone():
            for first in range(0, len(order), batch_lines):
                batch = order[first : first + batch_lines]
                docs = [self._nlp.make_doc(_WALL.sub(_blank, lines[i])) for i in batch]
                for i, scored in zip(batch, self._scored(docs), strict=True):
                    guesses[i] = scored
        return guesses

    def _scored(self, docs: list[Any]) -> Iterable[list[Guess]]:
        scores = self._parse([doc for doc in docs if len(doc)])
        steps = iter(scores)
        return [list(self._guesses(doc, next(steps))) if len(doc) else [] for doc in docs]

    def _parse(self, docs: list[Any]) -> list[NDArray[np.float32]]:
        """Set ``doc.ents`` as ``nlp`` would; gives each document's (n_tokens, n_actions) scores.

        The loop is spaCy's own greedy parse (``Parser.greedy_parse``), which does not hand
        out its scores. Every action takes one token, so at step t the documents of more
        than t tokens are left, in their order.
        """
        states = self._ner.moves.init_batch(docs)
        model = self._ner.model.predict(docs)
        steps, left = [], states
        while left:
            steps.append(np.array(model.predict(left)))
            left = self._ner.transition_states(left, steps[-1])
        model.clear_memory()
        self._ner.set_annotations(docs, states)
        return _by_document(steps, [len(doc) for doc in docs])

    def _guesses(self, doc: Any, scores: NDArray[np.float32]) -> Iterator[Guess]:
        for ent in doc.ents:
            if label := ONTONOTES.get(ent.label_):
                sureness = self._sureness(ent, scores)
                yield Guess(ent.start_char, ent.end_char, label, sureness)

    def _sureness(self, ent: Any, scores: NDArray[np.float32]) -> float:
        """Product over its tokens of the softmax of the action taken among those allowed."""
        kind = ent.label_
        taken = "U" if len(ent) == 1 else "B" + "I" * (len(ent) - 2) + "L"
        product = 1.0
        for step, prefix in zip(scores[ent.start : ent.end], taken, strict=True):
            allowed = self._after(kind if prefix in "IL" else None)
            odds = np.exp(step[allowed] - step[allowed].max())
            product *= float(odds[allowed.index(self._index[f"{prefix}-{kind}"])] / odds.sum())
        return product

    def _after(self, kind: str | None) -> list[int]:
        """Actions open to spaCy within a name of that kind, or outside of any."""
        if kind:
            return [self._index[f"I-{kind}"], self._index[f"L-{kind}"]]
        return [i for i, action in enumerate(self._actions) if action[0] in "BUO"]


def _blank(wall: re.Match[str]) -> str:
    return " " * len(wall[0])


def _by_document(steps: list[NDArray[np.float32]], lengths: list[int]) -> list[NDArray[np.float32]]:
    """Scores step by step, as documents drop out, to one array for each document."""
    rows: list[list[NDArray[np.float32]]] = [[] for _ in lengths]
    for number, step in enumerate(steps):
        left = [i for i, length in enumerate(lengths) if length > number]
        for i, row in zip(left, step, strict=True):
            rows[i].append(row)
    return [np.array(r) for r in rows]
