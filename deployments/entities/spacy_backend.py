"""spaCy's transition-based recogniser of names, with a calibrated score for each name.

The other way to find names, for who prefers it (`backend: spacy`). Knows lines of text,
nothing of posts. Importing it loads no spaCy (which imports torch where it is installed).
"""

import hashlib
import math
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import regex
from numpy.typing import NDArray

from deployments.entities.mention import NAMES, Guess
from deployments.weights import released as weights

#: OntoNotes 5 labels, as spaCy gives them, to ours; what is not here is dropped.
ONTONOTES = {
    "PERSON": "PERSON", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC",
    "PRODUCT": "PRODUCT", "EVENT": "EVENT", "WORK_OF_ART": "WORK", "LAW": "WORK",
    "DATE": "DATE", "TIME": "DATE", "MONEY": "MONEY", "PERCENT": "PERCENT",
}  # fmt: skip

_UNUSED = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer")


# How likely a name is right: a logistic model over how sure the recogniser was on its way
# and over how the name looks, fitted by `python -m training.entities.spacy_confidence`.
_BIAS = -2.18
_COEFFICIENTS = {
    "sureness": 0.42, "PERSON": 1.07, "ORG": 0.37, "LOC": 1.73, "acronym": 0.33,
    "shouted": -0.79, "lower case": -1.35, "single word": -0.24, "first word": 0.08,
    "over 4 words": -1.85, "digits": -1.27, "odd signs": -1.4, "shouting line": -0.95,
    "LOC acronym": -0.4,
}  # fmt: skip

#: Which of the pipeline's files an answer depends on.
_FILES = ("ner/model", "ner/cfg", "ner/moves", "tokenizer", "config.cfg")

# spaCy's tokenizer takes a prefix off at a time: a wall of 5,000 brackets would cost it 5 s,
# 20,000 more than a minute. No name holds so many signs in a row.
_WALL = re.compile(r"[^\w\s]{20,}")


class Recogniser:
    """spaCy's transition-based recogniser, read step by step so that each name gets a score."""

    def __init__(self, folder: Path) -> None:
        """Load tokenizer and recogniser alone: the other pipes name nothing."""
        import spacy

        files = "".join(weights.sha256_of(folder / name) for name in _FILES)
        self.digest = hashlib.sha256(files.encode()).hexdigest()

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


def traits(guess: Guess, line: str) -> dict[str, float]:
    """What tells a right name from a wrong one; ``sureness`` as log-odds, the others 0 or 1."""
    surface, label = line[guess.start : guess.end], guess.label
    words = surface.split()
    single = len(words) == 1
    acronym = single and surface.isupper() and len(surface) <= 4
    first = not line[: guess.start].strip()
    sure = min(max(guess.sureness, 1e-4), 1 - 1e-4)
    flags = {
        "PERSON": label == "PERSON",
        "ORG": label == "ORG",
        "LOC": label == "LOC",
        "acronym": acronym,
        "shouted": surface.isupper() and not acronym,
        "lower case": surface.islower(),
        "single word": single,
        "first word": first and single,
        "over 4 words": len(words) > 4,
        "digits": any(c.isdigit() for c in surface),
        "odd signs": bool(regex.search(r"[^\w\s.&'’-]", surface)),
        "shouting line": _share_upper(line) > 0.5,
        "LOC acronym": label == "LOC" and acronym,
    }
    return {"sureness": math.log(sure / (1 - sure)), **{k: float(v) for k, v in flags.items()}}


def _share_upper(line: str) -> float:
    letters = sum(c.isalpha() for c in line)
    return sum(c.isupper() for c in line) / letters if letters else 0.0


def likelihood(guess: Guess, line: str) -> float:
    """The calibrated probability 0..1 that the guess is right.

    Dates, sums and shares were not in the labelled data: there it is the sureness itself.
    """
    if guess.label not in NAMES:
        return guess.sureness
    found = traits(guess, line)
    logit = _BIAS + sum(weight * found[trait] for trait, weight in _COEFFICIENTS.items())
    return 1 / (1 + math.exp(-logit))
