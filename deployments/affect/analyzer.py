"""What sentiment and tone share: trained heads on the vectors of a reading, rules over these.

Knows nothing of labels, nor of serving. Importing it loads no model.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

import numpy as np
from pydantic import Field

from deployments.affect.parts import DocumentParts
from deployments.config import AnalysisConfig
from deployments.encoder.arrays import Vectors
from deployments.encoder.heads import Heads
from deployments.encoder.identity import EncoderIdentity
from deployments.languages.loading import LANGUAGES
from deployments.reading.reading import Reading
from deployments.results import Model, Sentiment, Tone
from deployments.text.document import Document

R = TypeVar("R", bound=Sentiment | Tone)

#: What the heads say of n parts of a text: for each head its probabilities, (n, n_outputs).
Predictions = Mapping[str, Vectors]


class AffectConfig(AnalysisConfig):
    """Which heads."""

    head: str = Field(description="trained on the encoder")

    @property
    def needs_readings(self) -> bool:
        """Always."""
        return True


class AffectAnalyzer(ABC, Generic[R]):
    """An analysis by heads on the mean hidden states of segments, sentences and clauses."""

    name: str
    languages = LANGUAGES
    main_language_only = False

    #: Raised whenever the subclass' rules change what a post is answered.
    rules_version: ClassVar[str]

    def __init__(self, config: AffectConfig, encoder: EncoderIdentity) -> None:
        """Load the heads.

        Args:
            config: which heads.
            encoder: whose readings they get.

        Raises:
            ModelMissing: the heads are not there.
            ModelMismatch: they are not the released ones, or of another encoder.
        """
        self._heads = Heads.load(config.head, encoder)
        # SHA-256 over encoder, heads and rules: it changes whenever an answer could.
        parts = "\n".join([encoder.version, self._heads.sha256, self.rules_version])
        version = hashlib.sha256(parts.encode()).hexdigest()
        self.model = Model(f"postlens-{self.name}", version)

    def analyze(self, documents: Sequence[Document], readings: Sequence[Reading]) -> list[R]:
        """As many results as documents, in the same order; thread-safe."""
        if not documents:
            return []
        parts = [DocumentParts.of(*each) for each in zip(documents, readings, strict=True)]
        # All rows of a batch at once: a product of few rows costs little more than its call.
        predictions = self._predict(np.concatenate([each.vectors for each in parts]))
        edges = np.cumsum([len(each.vectors) for each in parts])[:-1]
        by_document = zip(*(np.split(rows, edges) for rows in predictions.values()), strict=True)
        return [
            self._result(each, dict(zip(predictions, rows, strict=True)))
            for each, rows in zip(parts, by_document, strict=True)
        ]

    @abstractmethod
    def _result(self, parts: DocumentParts, predictions: Predictions) -> R:
        """What the rules make of one document, from what the heads say of its parts."""

    @staticmethod
    @abstractmethod
    def activation(logits: Vectors) -> Vectors:
        """From a head's logits to probabilities."""

    def _predict(self, vectors: Vectors) -> Predictions:
        heads = self._heads.by_name.items()
        return {name: self.activation(head.logits(vectors)) for name, head in heads}

    def _outputs(self, head: str) -> tuple[str, ...]:
        return self._heads.by_name[head].outputs
