"""The keybert package over the same encoder and candidates (`backend: keybert`).

Every candidate is encoded by itself and ranked by plain cosine and maximal marginal
relevance. Importing this module loads neither keybert nor scikit-learn.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from deployments.encoder.inputs import EncoderInput
from deployments.encoder.text_encoder import TextEncoder
from deployments.errors import PackageMissing
from deployments.keywords.candidates import Candidate
from deployments.keywords.features import encoder_input
from deployments.keywords.ranking import MOST_ITEMS, Ranking
from deployments.keywords.stems import near_duplicates
from deployments.results import Span
from deployments.text.document import Document


class KeyBertRanker:
    """KeyBERT's choice among the candidates."""

    def __init__(self, encoder: TextEncoder, diversity: float) -> None:
        """Wrap the encoder as a KeyBERT backend.

        Raises:
            PackageMissing: keybert or scikit-learn is not installed.
        """
        self._keybert, self._vectorizer = _load(encoder)
        self._diversity = diversity
        self.version = encoder.version

    def rank(
        self, documents: Sequence[Document], candidates: Sequence[list[Candidate]]
    ) -> list[Ranking]:
        """The candidates in KeyBERT's own order: by cosine."""
        return [
            self._rank(document, phrases) if phrases else []
            for document, phrases in zip(documents, candidates, strict=True)
        ]

    def _rank(self, document: Document, candidates: list[Candidate]) -> Ranking:
        text = encoder_input(document, []).text
        by_surface = {text[c.spans[0].start : c.spans[0].end]: c for c in candidates}
        scores = self._keybert.extract_keywords(
            text,
            vectorizer=self._vectorizer(analyzer=lambda _: list(by_surface)),
            use_mmr=True,
            diversity=self._diversity,
            top_n=MOST_ITEMS,
        )
        ranking: Ranking = []
        for surface, score in scores:
            candidate = by_surface[surface]
            if not any(near_duplicates(candidate.key, better.key) for better, _ in ranking):
                ranking.append((candidate, float(score)))
        return ranking


def _load(encoder: TextEncoder) -> tuple[Any, Any]:
    """KeyBERT over the encoder, and scikit-learn's class that it counts candidates with."""
    try:
        from keybert import KeyBERT
        from keybert.backend import BaseEmbedder
        from sklearn.feature_extraction.text import CountVectorizer
    except ImportError as error:
        raise PackageMissing(
            f"The keywords' backend 'keybert' needs a package that is not installed ({error}). "
            "Install both of its packages (`pip install keybert scikit-learn`), or set "
            "`backend: one_pass`."
        ) from error

    class EncoderEmbedder(BaseEmbedder):  # type: ignore[misc]  # keybert carries no types
        def embed(self, documents: Sequence[str], verbose: bool = False) -> Any:
            inputs = [EncoderInput(text, (Span(0, len(text)),)) for text in documents]
            return np.concatenate(encoder.pool(inputs))

    return KeyBERT(model=EncoderEmbedder()), CountVectorizer
