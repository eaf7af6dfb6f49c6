"""Names by spaCy's EntityRecognizer, with a confidence for each (`backend: spacy`).

Importing this module loads no spaCy (which imports torch where it is installed).
"""

import hashlib
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from deployments.entities.lines import LINE
from deployments.entities.mention import NAME_LABELS, Mention
from deployments.entities.spacy_calibration import calibrated_confidence
from deployments.errors import PackageMissing
from deployments.reading.reading import Reading
from deployments.text.document import Document
from deployments.weights.released import model_file, released_sha256, sha256_of, verify

#: OntoNotes 5 labels, as spaCy gives them, to ours; what is not here is dropped.
ONTONOTES = {
    "PERSON": "PERSON", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC",
    "PRODUCT": "PRODUCT", "EVENT": "EVENT", "WORK_OF_ART": "WORK", "LAW": "WORK",
    "DATE": "DATE", "TIME": "DATE", "MONEY": "MONEY", "PERCENT": "PERCENT",
}  # fmt: skip

_UNUSED_PIPES = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer")

#: Which of the pipeline's files an answer depends on.
_VERSION_FILES = ("ner/model", "ner/cfg", "ner/moves", "tokenizer", "config.cfg")

# spaCy's tokenizer takes a prefix off at a time: a wall of 5,000 brackets would cost it 5 s,
# 20,000 more than a minute. No name holds so many signs in a row.
_RUN_OF_SIGNS = re.compile(r"[^\w\s]{20,}")


class SpacyDetector:
    """spaCy's EntityRecognizer line by line, so that no name crosses one; thread-safe."""

    def __init__(self, pipeline: str, sha256: str | None, batch_lines: int) -> None:
        """Load the pipeline.

        Args:
            pipeline: a carried model or a local folder.
            sha256: of its ``ner/model``; known by itself for the carried pipeline.
            batch_lines: lines read together.

        Raises:
            ModelMissing, ModelMismatch: the pipeline is not there, or not the released one.
            PackageMissing: spaCy is not installed.
        """
        folder = _verified_folder(pipeline, sha256)
        self._recognizer = SpacyRecognizer(folder)
        self._batch_lines = batch_lines
        self.name = f"spacy:{folder.name}"
        self.version = self._recognizer.version

    def detect(
        self, documents: Sequence[Document], texts: Sequence[str], readings: Sequence[Reading]
    ) -> list[list[Mention]]:
        """The names of each text in order, with calibrated confidence."""
        lines = [(i, line) for i, text in enumerate(texts) for line in LINE.finditer(text)]
        by_line = self._recognizer.recognize([line[0] for _, line in lines], self._batch_lines)
        mentions: list[list[Mention]] = [[] for _ in documents]
        for (i, line), line_mentions in zip(lines, by_line, strict=True):
            offset = line.start()
            mentions[i] += [
                Mention(
                    offset + m.start, offset + m.end, m.label, calibrated_confidence(m, line[0])
                )
                for m in line_mentions
                if m.label in NAME_LABELS
            ]
        return mentions


def _verified_folder(pipeline: str, sha256: str | None) -> Path:
    path = model_file(pipeline, "ner/model")
    if expected := sha256 or released_sha256(pipeline, "ner/model"):
        verify(path, expected)
    return path.parent.parent


class SpacyRecognizer:
    """The pipeline's EntityRecognizer, run step by step so that each name gets a confidence."""

    def __init__(self, folder: Path) -> None:
        """Load tokenizer and EntityRecognizer alone: the other pipes name nothing.

        Raises:
            PackageMissing: spaCy is not installed.
        """
        try:
            import spacy
        except ImportError as error:
            raise PackageMissing(
                f"The entities' backend 'spacy' needs a package that is not installed ({error}). "
                "Install it (`pip install spacy`), or set `backend: tagger`."
            ) from error

        files = "".join(sha256_of(folder / name) for name in _VERSION_FILES)
        self.version = hashlib.sha256(files.encode()).hexdigest()

        self._nlp = spacy.load(folder, exclude=list(_UNUSED_PIPES))
        self._ner = cast(Any, self._nlp.get_pipe("ner"))
        moves = self._ner.moves
        self._actions = [moves.get_class_name(i) for i in range(moves.n_moves)]
        self._index = {action: i for i, action in enumerate(self._actions)}
        # spaCy shares one vocabulary and one tokenizer cache between calls and does not
        # promise that threads may.
        self._lock = threading.Lock()

    def recognize(self, lines: Sequence[str], batch_lines: int) -> list[list[Mention]]:
        """The mentions in each line, in order, with uncalibrated confidence; thread-safe."""
        order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
        mentions: list[list[Mention]] = [[] for _ in lines]
        # The memory zone frees the words of these lines: a service would keep them for ever.
        with self._lock, self._nlp.memory_zone():
            for first in range(0, len(order), batch_lines):
                batch = order[first : first + batch_lines]
                docs = [self._nlp.make_doc(_RUN_OF_SIGNS.sub(_blank, lines[i])) for i in batch]
                for i, line_mentions in zip(batch, self._recognize(docs), strict=True):
                    mentions[i] = line_mentions
        return mentions

    def _recognize(self, docs: list[Any]) -> Iterable[list[Mention]]:
        scores = iter(self._parse([doc for doc in docs if len(doc)]))
        return [list(self._mentions(doc, next(scores))) if len(doc) else [] for doc in docs]

    def _parse(self, docs: list[Any]) -> list[NDArray[np.float32]]:
        """Set ``doc.ents`` as ``nlp`` would; gives each document's (n_tokens, n_actions) scores.

        The loop is spaCy's own greedy parse (``Parser.greedy_parse``), which does not hand
        out its scores. Every action takes one token, so at step t the documents of more
        than t tokens are unfinished, in their order.
        """
        states = self._ner.moves.init_batch(docs)
        model = self._ner.model.predict(docs)
        steps, unfinished = [], states
        while unfinished:
            steps.append(np.array(model.predict(unfinished)))
            unfinished = self._ner.transition_states(unfinished, steps[-1])
        model.clear_memory()
        self._ner.set_annotations(docs, states)
        return _by_document(steps, [len(doc) for doc in docs])

    def _mentions(self, doc: Any, scores: NDArray[np.float32]) -> Iterator[Mention]:
        for ent in doc.ents:
            if label := ONTONOTES.get(ent.label_):
                confidence = self._confidence(ent, scores)
                yield Mention(ent.start_char, ent.end_char, label, confidence)

    def _confidence(self, ent: Any, scores: NDArray[np.float32]) -> float:
        """Product over its tokens of the softmax of the action taken among those allowed."""
        label = ent.label_
        prefixes = "U" if len(ent) == 1 else "B" + "I" * (len(ent) - 2) + "L"
        product = 1.0
        for step, prefix in zip(scores[ent.start : ent.end], prefixes, strict=True):
            allowed = self._allowed(label if prefix in "IL" else None)
            odds = np.exp(step[allowed] - step[allowed].max())
            product *= float(odds[allowed.index(self._index[f"{prefix}-{label}"])] / odds.sum())
        return product

    def _allowed(self, label: str | None) -> list[int]:
        """Actions open to spaCy within a name of that label, or outside of any."""
        if label:
            return [self._index[f"I-{label}"], self._index[f"L-{label}"]]
        return [i for i, action in enumerate(self._actions) if action[0] in "BUO"]


def _blank(signs: re.Match[str]) -> str:
    return " " * len(signs[0])


def _by_document(steps: list[NDArray[np.float32]], lengths: list[int]) -> list[NDArray[np.float32]]:
    """Scores step by step, as documents drop out, to one array for each document."""
    rows: list[list[NDArray[np.float32]]] = [[] for _ in lengths]
    for number, step in enumerate(steps):
        unfinished = [i for i, length in enumerate(lengths) if length > number]
        for i, row in zip(unfinished, step, strict=True):
            rows[i].append(row)
    return [np.array(r) for r in rows]
