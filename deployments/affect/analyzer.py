"""What sentiment and tone share: an encoder, trained heads on its vectors, rules over these.

Knows nothing of labels, nor of serving. Importing it loads no model.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from pydantic import Field

from deployments.affect.embeddings import DocumentEmbeddings, embed
from deployments.config import Config
from deployments.encoder.config import EncoderConfig
from deployments.encoder.heads import Head, Heads
from deployments.encoder.text_encoder import EncoderSource
from deployments.results import Model, Sentiment, Tone
from deployments.text.document import Document
from deployments.weights.released import AFFECT_ENCODER

R = TypeVar("R", bound=Sentiment | Tone)


class AffectEncoderConfig(EncoderConfig):
    """The encoder behind sentiment and tone."""

    source: str = Field(
        default=AFFECT_ENCODER, description=EncoderConfig.model_fields["source"].description
    )


class AffectConfig(Config):
    """Which encoder and which heads on it."""

    encoder: AffectEncoderConfig = AffectEncoderConfig()
    head: str = Field(description="trained on that encoder")


class AffectAnalyzer(ABC, Generic[R]):
    """An analysis by heads on the affect encoder's vectors.

    Mentions and links are not read; a hashtag in a sentence is read as its word, an emoji as
    its Unicode name. Neighbouring sentences are encoded together up to about a tweet's length
    (a segment).
    """

    name: str
    languages = frozenset({"en"})

    #: Raised whenever the subclass' rules change what a post is answered.
    rules_version: ClassVar[str]

    def __init__(self, config: AffectConfig, encoder_of: EncoderSource) -> None:
        """Load the heads, and get the encoder they read from.

        Raises:
            ModelMissing: the weights of either are not there.
            ModelMismatch: they are not the released ones, or do not belong together.
        """
        self._encoder = encoder_of(config.encoder)
        self._heads = Heads.load(config.head, self._encoder)
        self.model = Model(f"postlens-{self.name}", self._version())

    def analyze(self, documents: Sequence[Document]) -> list[R]:
        """As many results as documents, in the same order; thread-safe."""
        embeddings = embed(self._encoder, documents, self._heads.hidden_states)
        return [self._result(*pair) for pair in zip(documents, embeddings, strict=True)]

    @abstractmethod
    def _result(self, document: Document, embeddings: DocumentEmbeddings) -> R:
        """What the heads and rules make of one document."""

    def _head(self, name: str) -> Head:
        return self._heads.by_name[name]

    def _version(self) -> str:
        """SHA-256 over encoder, heads and rules: it changes whenever an answer could."""
        parts = "\n".join([self._encoder.version, self._heads.sha256, self.rules_version])
        return hashlib.sha256(parts.encode()).hexdigest()
