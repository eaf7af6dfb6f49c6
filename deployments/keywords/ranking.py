"""Candidates put in order by their vectors in a reading and a trained head.

Knows candidates, vectors and the head; nothing of settings or of what an answer looks like.
"""

from typing import Protocol

from deployments.encoder.heads import Heads, sigmoid
from deployments.encoder.identity import EncoderIdentity
from deployments.keywords.candidates import Candidate
from deployments.keywords.diversity import maximal_marginal_relevance
from deployments.keywords.features import FEATURES, candidate_features
from deployments.reading.reading import Reading
from deployments.text.document import Document

#: Keywords of a post at most; ``top_n`` asks for the first of them.
MOST_ITEMS = 50

#: Candidates with their scores, best first.
Ranking = list[tuple[Candidate, float]]


class Ranker(Protocol):
    """Puts the candidates of each document in order, the best 50 with their scores.

    Attributes:
        version: changes whenever a ranking could.
    """

    version: str

    def rank(
        self, document: Document, candidates: list[Candidate], reading: Reading | None
    ) -> Ranking:
        """The best candidates of a document, of which there is one at least."""
        ...


class OnePassRanker:
    """Candidates as means of their token states in context, weighed by the head."""

    def __init__(self, encoder: EncoderIdentity, heads: Heads, diversity: float) -> None:
        """Weigh by the head that is called ``keywords``, of those that belong to the encoder."""
        self._head = heads.by_name["keywords"]
        self._diversity = diversity
        self.version = encoder.version + heads.sha256

    def rank(
        self, document: Document, candidates: list[Candidate], reading: Reading | None
    ) -> Ranking:
        """The candidates most likely to be chosen by people, diversified."""
        assert reading is not None  # the analyzer asks for it
        features = candidate_features(document, reading, candidates)
        relevance = sigmoid(self._head.logits(features)[:, 0])
        vectors = features[:, len(FEATURES) :]
        chosen = maximal_marginal_relevance(
            candidates, relevance, vectors, self._diversity, MOST_ITEMS
        )
        return [(candidates[i], float(relevance[i])) for i in chosen]
