"""The choice among scored candidates: relevant, unlike each other, none named twice."""

from collections.abc import Sequence

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.keywords.candidates import Candidate
from deployments.keywords.stems import phrase_stems


def maximal_marginal_relevance(
    candidates: Sequence[Candidate],
    relevance: Vectors,
    vectors: Vectors,
    diversity: float,
    most: int,
) -> list[int]:
    """Indices of the best candidates, at most ``most``, without near-duplicates.

    Greedy (Carbonell and Goldstein 1998), so the first n do not depend on how many are asked.

    Args:
        candidates: n candidates.
        relevance: (n,), 0..1.
        vectors: (n, d), compared by cosine.
        diversity: weight of unlikeness to what is chosen, 0..1.
        most: how many are chosen at most.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    closest = np.zeros(len(candidates), np.float32)
    worth = (1 - diversity) * relevance  # minus infinity once chosen or excluded
    duplicates = _NearDuplicates(candidates)
    chosen: list[int] = []
    while candidates and len(chosen) < most:
        best = int(np.argmax(worth - diversity * closest))
        if worth[best] == -np.inf:
            break
        chosen.append(best)
        # Of all pairs, 6,000 candidates of a long list of words would take 160 MB.
        np.maximum(closest, directions @ directions[best], out=closest)
        worth[best] = -np.inf
        worth[duplicates.of(best)] = -np.inf
    return chosen


class _NearDuplicates:
    """An index of the candidates that are near-duplicates of a given one.

    Looked up rather than compared: a long post has thousands of candidates, each of which would
    be compared with the fifty chosen.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._stems = [phrase_stems(candidate.key, candidate.code) for candidate in candidates]
        self._by_stem: dict[str, list[int]] = {}
        for number, stems in enumerate(self._stems):
            for stem in stems:
                self._by_stem.setdefault(stem, []).append(number)

    def of(self, number: int) -> list[int]:
        """Numbers of the candidates whose stems are among this one's, or hold all of them."""
        stems = self._stems[number]
        related = {other for stem in stems for other in self._by_stem[stem]}
        return [o for o in related if self._stems[o] <= stems or self._stems[o] >= stems]
