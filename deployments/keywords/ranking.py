"""Candidate phrases of posts put in order: by one pass of the encoder, or by keybert itself.

Knows phrases, vectors and the head; nothing of settings or of what an answer looks like.
Importing it loads no keybert.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import Heads, sigmoid
from deployments.encoder.inputs import EncoderInput
from deployments.keywords.candidates import MOST_WORDS, Key, Phrase, alike
from deployments.results import Span
from deployments.text.document import Document

if TYPE_CHECKING:
    from keybert import KeyBERT

#: What is kept for a post; ``top_n`` asks for the first of them.
MOST_ITEMS = 50

# Later occurrences add little to a phrase's mean and much to a long text's cost.
_MOST_OCCURRENCES = 4
#: What the head is told of a phrase beside its vector, in this order.
FEATURES = (
    "cosine", "log occurrences", "share whole", "log wholes", "place", "first sentence",
    "1 word", "2 words", "3 words", "whole single word", "nearness to start",
)  # fmt: skip


class Ranking(Protocol):
    """Puts the candidates of each document in order, the best 50 with their scores."""

    digest: str

    def rank(
        self, documents: Sequence[Document], candidates: Sequence[list[Phrase]]
    ) -> list[list[tuple[Phrase, float]]]:
        """For each document, in order, its best phrases, best first."""
        ...


class OnePassRanking:
    """Candidates as means of their token states in context, weighed by the head."""

    def __init__(self, encoder: Encoder, head: str, diversity: float) -> None:
        """Load the head that belongs to the encoder.

        Raises:
            ModelMissing: there is no such head.
            ModelMismatch: it is not the released one, or belongs to another encoder.
        """
        self._encoder = encoder
        heads = Heads.load(head, encoder)
        self._layers = heads.hidden_states
        self._head = heads.by_name["keywords"]
        self._diversity = diversity
        self.digest = encoder.version + heads.sha256

    def rank(
        self, documents: Sequence[Document], candidates: Sequence[list[Phrase]]
    ) -> list[list[tuple[Phrase, float]]]:
        """The candidates most likely to be chosen by people, diversified."""
        described = describe(self._encoder, self._layers, documents, candidates)
        return [
            self._best(found, rows) if found else []
            for found, rows in zip(candidates, described, strict=True)
        ]

    def _best(self, found: list[Phrase], rows: Vectors) -> list[tuple[Phrase, float]]:
        relevance = sigmoid(self._head.logits(rows)[:, 0])
        vectors = rows[:, len(FEATURES) :]
        return [
            (found[i], float(relevance[i]))
            for i in diversified(found, relevance, vectors, self._diversity)
        ]


def describe(
    encoder: Encoder,
    layers: tuple[int, ...],
    documents: Sequence[Document],
    candidates: Sequence[list[Phrase]],
) -> list[Vectors]:
    """What the head reads: for each document (n_phrases, n_features + n_layers * hidden size).

    The cosine is between phrase and document in the first of ``layers``.
    """
    passages = [passage(d, found) for d, found in zip(documents, candidates, strict=True)]
    pooled = encoder.pool(passages, layers=layers)
    return [
        _described(document, found, vectors, vectors.shape[1] // len(layers))
        for document, found, vectors in zip(documents, candidates, pooled, strict=True)
    ]


def passage(document: Document, found: list[Phrase]) -> EncoderInput:
    """The prose as one span, then every first few occurrences of each phrase."""
    text = document.masked("mentions", "links", "emoji", "hashsigns")
    spans = (span for phrase in found for span in phrase.spans[:_MOST_OCCURRENCES])
    cuts = tuple(sentence.start for sentence in document.sentences)
    return EncoderInput(text, (Span(0, len(text)), *spans), cuts)


def _described(document: Document, found: list[Phrase], vectors: Vectors, hidden: int) -> Vectors:
    counts = [len(phrase.spans[:_MOST_OCCURRENCES]) for phrase in found]
    if not counts:
        return np.zeros((0, len(FEATURES) + vectors.shape[1]), np.float32)
    starts = np.cumsum([0, *counts[:-1]])
    means = np.add.reduceat(vectors[1:], starts) / np.array(counts)[:, None]
    cosines = means[:, :hidden] @ vectors[0, :hidden]
    places = [_features(document, phrase) for phrase in found]
    return np.hstack([cosines[:, None], np.array(places), means]).astype(np.float32)


def _features(document: Document, phrase: Phrase) -> list[float]:
    """FEATURES after the cosine; places and shares 0..1."""
    size, times = len(phrase.key), len(phrase.spans)
    start = phrase.spans[0].start
    first_end = document.sentences[0].end if document.sentences else 0
    words = [float(size == n) for n in range(1, MOST_WORDS)]
    near = 1 / (1 + start / 100)
    return [
        float(np.log(times)), phrase.whole / times, float(np.log1p(phrase.whole)),
        start / max(1, len(document.text)), float(start < first_end), *words,
        float(size == 1 and phrase.whole > 0), near,
    ]  # fmt: skip


def diversified(
    found: list[Phrase], relevance: Vectors, vectors: Vectors, diversity: float
) -> list[int]:
    """Indices of the best phrases by maximal marginal relevance, without near-duplicates.

    Greedy (Carbonell and Goldstein 1998), so the first n do not depend on how many are asked.

    Args:
        found: n phrases.
        relevance: (n,), 0..1.
        vectors: (n, d), compared by cosine.
        diversity: weight of unlikeness to what is chosen, 0..1.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    closest = np.zeros(len(found), np.float32)
    worth = (1 - diversity) * relevance  # of what is no longer open: minus infinity
    twins = _Twins(found)
    chosen: list[int] = []
    while found and len(chosen) < MOST_ITEMS:
        best = int(np.argmax(worth - diversity * closest))
        if worth[best] == -np.inf:
            break
        chosen.append(best)
        np.maximum(closest, units @ units[best], out=closest)
        worth[twins.of(found[best].key)] = -np.inf
    return chosen


class _Twins:
    """Which phrases name the same as a given one: one key ends with the other.

    "AI model" and "open AI model" do. Looked up rather than compared: a long post has a
    thousand candidates, each of which would be held against the fifty chosen.
    """

    def __init__(self, found: Sequence[Phrase]) -> None:
        self._by_key: dict[Key, list[int]] = {}
        self._by_ending: dict[Key, list[int]] = {}
        for number, phrase in enumerate(found):
            self._by_key.setdefault(phrase.key, []).append(number)
            for ending in _endings(phrase.key):
                self._by_ending.setdefault(ending, []).append(number)

    def of(self, key: Key) -> list[int]:
        shorter = [n for ending in _endings(key) for n in self._by_key.get(ending, ())]
        return [*shorter, *self._by_ending[key]]


def _endings(key: Key) -> Iterator[Key]:
    return (key[first:] for first in range(len(key)))


class KeyBertRanking:
    """The keybert package itself: every candidate encoded by itself, cosine, MMR."""

    def __init__(self, encoder: Encoder, diversity: float) -> None:
        """Wrap the encoder as a KeyBERT backend."""
        self._keybert = _keybert(encoder)
        self._diversity = diversity
        self.digest = encoder.version

    def rank(
        self, documents: Sequence[Document], candidates: Sequence[list[Phrase]]
    ) -> list[list[tuple[Phrase, float]]]:
        """KeyBERT's choice among the candidates, in its own order: by cosine."""
        return [
            self._rank(document, found) if found else []
            for document, found in zip(documents, candidates, strict=True)
        ]

    def _rank(self, document: Document, found: list[Phrase]) -> list[tuple[Phrase, float]]:
        from sklearn.feature_extraction.text import CountVectorizer

        text = passage(document, []).text
        surfaces = {text[p.spans[0].start : p.spans[0].end]: p for p in found}
        scored = self._keybert.extract_keywords(
            text,
            vectorizer=CountVectorizer(analyzer=lambda _: list(surfaces)),
            use_mmr=True,
            diversity=self._diversity,
            top_n=MOST_ITEMS,
        )
        kept: list[tuple[Phrase, float]] = []
        for surface, score in scored:
            phrase = surfaces[surface]
            if not any(alike(phrase.key, other.key) for other, _ in kept):
                kept.append((phrase, float(score)))
        return kept


def _keybert(encoder: Encoder) -> "KeyBERT":
    from keybert import KeyBERT
    from keybert.backend import BaseEmbedder

    class Embedder(BaseEmbedder):  # type: ignore[misc]  # keybert carries no types
        def embed(self, documents: Sequence[str], verbose: bool = False) -> Any:
            passages = [EncoderInput(text, (Span(0, len(text)),)) for text in documents]
            return np.concatenate(encoder.pool(passages))

    return KeyBERT(model=Embedder())
