"""The keybert package over the same candidates (`backend: keybert`).

Every candidate is encoded by itself, by an encoder of its own, and ranked by plain cosine and
maximal marginal relevance. Importing this module loads neither keybert, scikit-learn nor torch.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.errors import PackageMissing
from deployments.keywords.candidates import Candidate
from deployments.keywords.ranking import MOST_ITEMS, Ranking
from deployments.keywords.stems import near_duplicates
from deployments.reading.reading import Reading, ReadingInput
from deployments.reading.reading_text import reading_text
from deployments.text.document import Document
from deployments.weights.released import MINILM

#: KeyBERT's own default encoder, as far as this package carries it.
_ENCODER = EncoderConfig(source=MINILM, max_tokens=256)


class KeyBertRanker:
    """KeyBERT's choice among the candidates."""

    def __init__(self, diversity: float) -> None:
        """Load the encoder and wrap it as a KeyBERT backend.

        Raises:
            ModelMissing, ModelMismatch: the encoder cannot be loaded.
            PackageMissing: keybert or scikit-learn is not installed.
        """
        encoder = Encoder(_ENCODER)
        self._keybert, self._vectorizer = _load(encoder)
        self._diversity = diversity
        self.version = encoder.version

    def rank(
        self, document: Document, candidates: list[Candidate], reading: Reading | None
    ) -> Ranking:
        """The candidates in KeyBERT's own order: by cosine."""
        text = reading_text(document)
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
            if not any(
                near_duplicates(candidate.key, better.key, candidate.code) for better, _ in ranking
            ):
                ranking.append((candidate, float(score)))
        return ranking


def _load(encoder: Encoder) -> tuple[Any, Any]:
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
            readings = encoder.read([ReadingInput(text) for text in documents])
            vectors = [r.mean_states(np.array([[0, len(r)]])) for r in readings]
            return np.concatenate(vectors)

    return KeyBERT(model=EncoderEmbedder()), CountVectorizer
