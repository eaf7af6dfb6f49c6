"""What the keyword head is given of each candidate: its vector in context, and eleven numbers."""

from collections.abc import Sequence

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.encoder.inputs import EncoderInput
from deployments.encoder.text_encoder import TextEncoder
from deployments.keywords.candidates import MOST_WORDS, Candidate
from deployments.results import Span
from deployments.text.document import Document

# Later occurrences add little to a candidate's mean and much to a long text's cost.
_MOST_OCCURRENCES = 4
#: The numbers beside the vector, in this order.
FEATURES = (
    "cosine", "log occurrences", "share whole", "log wholes", "place", "first sentence",
    "1 word", "2 words", "3 words", "whole single word", "nearness to start",
)  # fmt: skip


def candidate_features(
    encoder: TextEncoder,
    layers: tuple[int, ...],
    documents: Sequence[Document],
    candidates: Sequence[list[Candidate]],
) -> list[Vectors]:
    """For each document (n_candidates, n_features + n_layers * hidden size).

    A candidate's vector is the mean of its own token states within the post. The cosine is
    between candidate and document in the first of ``layers``.
    """
    inputs = [encoder_input(*pair) for pair in zip(documents, candidates, strict=True)]
    pooled = encoder.pool(inputs, layers=layers)
    return [
        _features(document, phrases, vectors, vectors.shape[1] // len(layers))
        for document, phrases, vectors in zip(documents, candidates, pooled, strict=True)
    ]


def encoder_input(document: Document, candidates: Sequence[Candidate]) -> EncoderInput:
    """The prose as one span, then the first few occurrences of each candidate."""
    text = document.masked("mentions", "links", "emoji", "hashsigns")
    spans = (span for phrase in candidates for span in phrase.spans[:_MOST_OCCURRENCES])
    cuts = tuple(sentence.start for sentence in document.sentences)
    return EncoderInput(text, (Span(0, len(text)), *spans), cuts)


def _features(
    document: Document, candidates: Sequence[Candidate], vectors: Vectors, hidden: int
) -> Vectors:
    """From the vectors of the prose and of every occurrence, (1 + n_occurrences, n)."""
    counts = [len(candidate.spans[:_MOST_OCCURRENCES]) for candidate in candidates]
    if not counts:
        return np.zeros((0, len(FEATURES) + vectors.shape[1]), np.float32)
    starts = np.cumsum([0, *counts[:-1]])
    means = np.add.reduceat(vectors[1:], starts) / np.array(counts)[:, None]
    cosines = means[:, :hidden] @ vectors[0, :hidden]
    places = [_place_and_length(document, candidate) for candidate in candidates]
    return np.hstack([cosines[:, None], np.array(places), means]).astype(np.float32)


def _place_and_length(document: Document, candidate: Candidate) -> list[float]:
    """FEATURES after the cosine; places and shares 0..1."""
    size, occurrences = len(candidate.key), len(candidate.spans)
    start = candidate.spans[0].start
    first_end = document.sentences[0].end if document.sentences else 0
    words = [float(size == n) for n in range(1, MOST_WORDS)]
    nearness = 1 / (1 + start / 100)
    return [
        float(np.log(occurrences)), candidate.whole / occurrences,
        float(np.log1p(candidate.whole)), start / max(1, len(document.text)),
        float(start < first_end), *words, float(size == 1 and candidate.whole > 0), nearness,
    ]  # fmt: skip
