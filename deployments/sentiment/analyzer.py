"""How a post feels: positive, neutral or negative, as a whole and sentence by sentence.

Knows the encoder and its head; nothing of serving. Importing it loads no model.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from deployments.affect.units import Reading, ReadingEncoderConfig, model, read
from deployments.config import Config
from deployments.encoder.encoder import Encoder, Vectors
from deployments.encoder.heads import Heads, softmax
from deployments.results import PolarityScores, SentenceSentiment, Sentiment, Span
from deployments.sentiment.mixed import mixed
from deployments.text.document import Document
from deployments.weights import released as weights

#: The outputs a sentiment head must have, in any order.
LABELS = ("positive", "neutral", "negative")

# The power to which a unit's share of feeling is raised before it counts.
_FEELING = 0.25

# Raised whenever the rules below change what a post is answered.
_RULES = "3"


class SentimentConfig(Config):
    """Which encoder and which head on it."""

    encoder: ReadingEncoderConfig = ReadingEncoderConfig()
    head: str = Field(default=weights.SENTIMENT_HEAD, description="trained on that encoder")


class SentimentAnalyzer:
    """Three calibrated probabilities for the post, and the likeliest class of each sentence.

    One pass of the encoder gives both. Neighbouring sentences are read together up to about a
    tweet's length, and the post is the mean of these units, in which one with a feeling counts
    for more. Mentions and links are not read; a hashtag in a sentence is read as its word, an
    emoji as its Unicode name.
    """

    name = "sentiment"
    languages = frozenset({"en"})

    def __init__(self, config: SentimentConfig | None = None) -> None:
        """Load encoder and head.

        Raises:
            ModelMissing: the weights of either are not there.
            ModelMismatch: they are not the released ones, or do not belong together.
        """
        config = config or SentimentConfig()
        self._encoder = Encoder(config.encoder)
        heads = Heads.load(config.head, self._encoder)
        self._hidden_states = heads.hidden_states
        self._head = heads.by_name[self.name]
        self.model = model(self.name, self._encoder, heads, _RULES)

    def analyze(self, documents: Sequence[Document]) -> list[Sentiment]:
        """As many results as documents, in the same order; thread-safe."""
        readings = read(self._encoder, documents, self._hidden_states)
        return [self._sentiment(d, r) for d, r in zip(documents, readings, strict=True)]

    def _sentiment(self, document: Document, reading: Reading) -> Sentiment:
        units = softmax(self._head.logits(reading.units))
        sentences = softmax(self._head.logits(reading.sentences))
        post = self._post(units, reading.unit_lengths)
        clauses = softmax(self._head.logits(reading.clauses))
        # A text without any sentence is told by what its hashtags and emoji say.
        told = np.concatenate([sentences, clauses]) if len(sentences) else units
        return Sentiment(
            label=self._head.outputs[int(np.argmax(post))],
            mixed=mixed(self._of("positive", told), self._of("negative", told)),
            scores=PolarityScores(**self._named(post)),
            sentences=tuple(map(self._sentence, document.sentences, sentences)),
            covered=Span(0, len(document.text)),
        )

    def _post(self, units: Vectors, lengths: Vectors) -> Vectors:
        """The mean of the units, each by its length and somewhat by how little neutral it is.

        So two lines of feeling are not washed out by twenty of fact, yet one cheerful line
        does not make an announcement positive. Macro recall on 137 labelled posts of companies
        with the share of feeling to the power of 0, 0.25, 0.5 and 1: 0.82, 0.84, 0.84, 0.80.
        """
        neutral = units[:, self._head.outputs.index("neutral")]
        # 0.02 keeps the mean defined where every unit is wholly neutral.
        counts = lengths * (1.02 - neutral) ** _FEELING
        post: Vectors = counts @ units / counts.sum()
        return post

    def _of(self, label: str, shares: Vectors) -> list[float]:
        return [float(share) for share in shares[:, self._head.outputs.index(label)]]

    def _named(self, shares: Vectors) -> dict[str, float]:
        return dict(zip(self._head.outputs, map(float, shares), strict=True))

    def _sentence(self, span: Span, shares: Vectors) -> SentenceSentiment:
        best = int(np.argmax(shares))
        return SentenceSentiment(
            span.start, span.end, self._head.outputs[best], float(shares[best])
        )
