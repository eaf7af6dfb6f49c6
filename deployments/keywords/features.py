"""What the keyword head is given of each candidate: its vector in context, and eleven numbers."""

import math
from collections.abc import Sequence

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.keywords.candidates import MOST_WORDS, Candidate
from deployments.reading.reading import Reading
from deployments.text.document import Document

# Later occurrences add little to a candidate's mean and much to a long text's cost.
_MOST_OCCURRENCES = 4
#: The numbers beside the vector, in this order.
FEATURES = (
    "cosine", "log occurrences", "share whole", "log wholes", "place", "first sentence",
    "1 word", "2 words", "3 words", "whole single word", "nearness to start",
)  # fmt: skip


def candidate_features(
    document: Document, reading: Reading, candidates: Sequence[Candidate]
) -> Vectors:
    """What the head is given of each candidate, (n_candidates, n_features + hidden size).

    A candidate's vector is the mean of its own token states within the post, of its first few
    occurrences. The cosine is between candidate and post.
    """
    if not candidates:
        return np.zeros((0, len(FEATURES) + reading.states.shape[1]), np.float32)
    spans = [span for candidate in candidates for span in candidate.spans[:_MOST_OCCURRENCES]]
    vectors = reading.span_vectors([document.full_span, *spans])
    counts = [len(candidate.spans[:_MOST_OCCURRENCES]) for candidate in candidates]
    starts = np.cumsum([0, *counts[:-1]])
    means = np.add.reduceat(vectors[1:], starts) / np.array(counts)[:, None]
    cosines = means @ vectors[0]
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
        math.log(occurrences), candidate.whole / occurrences,
        math.log1p(candidate.whole), start / max(1, len(document.text)),
        float(start < first_end), *words, float(size == 1 and candidate.whole > 0), nearness,
    ]  # fmt: skip
