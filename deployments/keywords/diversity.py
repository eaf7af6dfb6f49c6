"""The choice among scored candidates: relevant, unlike each other, none named twice."""

from collections.abc import Iterator, Sequence

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.keywords.candidates import Candidate, PhraseKey


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
        np.maximum(closest, directions @ directions[best], out=closest)
        worth[duplicates.of(candidates[best].key)] = -np.inf
    return chosen


class _NearDuplicates:
    """An index of the candidates that are near-duplicates of a given one.

    Looked up rather than compared: a long post has a thousand candidates, each of which would
    be compared with the fifty chosen.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._by_key: dict[PhraseKey, list[int]] = {}
        self._by_ending: dict[PhraseKey, list[int]] = {}
        for number, candidate in enumerate(candidates):
            self._by_key.setdefault(candidate.key, []).append(number)
            for ending in _endings(candidate.key):
                self._by_ending.setdefault(ending, []).append(number)

    def of(self, key: PhraseKey) -> list[int]:
        """Numbers of the candidates whose key ends with this one or is an ending of it."""
        shorter = [n for ending in _endings(key) for n in self._by_key.get(ending, ())]
        return [*shorter, *self._by_ending[key]]


def _endings(key: PhraseKey) -> Iterator[PhraseKey]:
    return (key[first:] for first in range(len(key)))
