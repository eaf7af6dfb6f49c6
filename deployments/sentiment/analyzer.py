"""Sentiment: positive, neutral or negative, of a post as a whole and of each sentence.

Knows the embeddings and its head; nothing of serving. Importing it loads no model.
"""

import numpy as np
from pydantic import Field

from deployments.affect.analyzer import AffectAnalyzer, AffectConfig
from deployments.affect.embeddings import DocumentEmbeddings
from deployments.encoder.arrays import Vectors
from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import softmax
from deployments.encoder.text_encoder import EncoderSource
from deployments.results import PolarityScores, SentenceSentiment, Sentiment, Span
from deployments.sentiment.mixed import is_mixed
from deployments.text.document import Document
from deployments.weights.released import SENTIMENT_HEAD

#: The outputs a sentiment head must have, in any order.
LABELS = ("positive", "neutral", "negative")

# The power to which a segment's probability of not being neutral is raised in its weight.
_POLARITY_EXPONENT = 0.25


class SentimentConfig(AffectConfig):
    """Which encoder and which head on it."""

    head: str = Field(default=SENTIMENT_HEAD, description="trained on that encoder")


class SentimentAnalyzer(AffectAnalyzer[Sentiment]):
    """Three calibrated probabilities for the post, and the likeliest class of each sentence.

    One pass of the encoder gives both. The post is the mean of its segments, in which one that
    is not neutral counts for more.
    """

    name = "sentiment"
    rules_version = "4"

    def __init__(
        self, config: SentimentConfig | None = None, encoder_of: EncoderSource = Encoder
    ) -> None:
        """As :class:`AffectAnalyzer`; by default the released encoder and head."""
        super().__init__(config or SentimentConfig(), encoder_of)
        self._sentiment_head = self._head(self.name)

    def _result(self, document: Document, embeddings: DocumentEmbeddings) -> Sentiment:
        segments = self._probabilities(embeddings.segments)
        sentences = self._probabilities(embeddings.sentences)
        clauses = self._probabilities(embeddings.clauses)
        post = self._post_probabilities(segments, embeddings.segment_lengths)
        # A text without any sentence has hashtags and emoji in its one segment.
        parts = np.concatenate([sentences, clauses]) if len(sentences) else segments
        return Sentiment(
            label=self._sentiment_head.outputs[int(np.argmax(post))],
            mixed=is_mixed(self._column("positive", parts), self._column("negative", parts)),
            scores=PolarityScores(**self._by_label(post)),
            sentences=tuple(map(self._sentence, document.sentences, sentences)),
            covered=document.full_span,
        )

    def _probabilities(self, vectors: Vectors) -> Vectors:
        """Probability of each class, (n, 3), in the order of the head's outputs."""
        return softmax(self._sentiment_head.logits(vectors))

    def _post_probabilities(self, segments: Vectors, lengths: Vectors) -> Vectors:
        """The mean of the segments, each weighed by its length and by how little neutral it is.

        So two lines of feeling are not washed out by twenty of fact, yet one cheerful line
        does not make an announcement positive. Macro recall on 137 labelled posts of companies
        with an exponent of 0, 0.25, 0.5 and 1: 0.82, 0.84, 0.84, 0.80.
        """
        neutral = segments[:, self._sentiment_head.outputs.index("neutral")]
        # 0.02 keeps the mean defined where every segment is wholly neutral.
        segment_weights = lengths * (1.02 - neutral) ** _POLARITY_EXPONENT
        post: Vectors = segment_weights @ segments / segment_weights.sum()
        return post

    def _column(self, label: str, probabilities: Vectors) -> list[float]:
        column = self._sentiment_head.outputs.index(label)
        return [float(probability) for probability in probabilities[:, column]]

    def _by_label(self, probabilities: Vectors) -> dict[str, float]:
        return dict(zip(self._sentiment_head.outputs, map(float, probabilities), strict=True))

    def _sentence(self, span: Span, probabilities: Vectors) -> SentenceSentiment:
        best = int(np.argmax(probabilities))
        label = self._sentiment_head.outputs[best]
        return SentenceSentiment(span.start, span.end, label, float(probabilities[best]))
