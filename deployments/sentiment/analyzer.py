"""Sentiment: positive, neutral or negative, of a post as a whole and of each sentence.

Knows readings and its head; nothing of serving. Importing it loads no model.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import Field

from deployments.affect.analyzer import AffectAnalyzer, AffectConfig, Predictions
from deployments.affect.parts import DocumentParts
from deployments.encoder.arrays import Vectors
from deployments.encoder.heads import softmax
from deployments.encoder.identity import EncoderIdentity
from deployments.results import PolarityScores, SentenceSentiment, Sentiment, Span
from deployments.sentiment.mixed import is_mixed
from deployments.weights.released import SENTIMENT_HEAD

#: The outputs a sentiment head must have, in any order.
LABELS = ("positive", "neutral", "negative")

# The power to which a segment's probability of not being neutral is raised in its weight.
_POLARITY_EXPONENT = 1.25


class SentimentConfig(AffectConfig):
    """Which head."""

    head: str = Field(default=SENTIMENT_HEAD, description="trained on the encoder")


class SentimentAnalyzer(AffectAnalyzer[Sentiment]):
    """Three calibrated probabilities for the post, and the likeliest class of each sentence.

    The post is the mean of its segments, in which one that is not neutral counts for more.
    """

    name = "sentiment"
    rules_version = "7"
    activation = staticmethod(softmax)

    def __init__(self, config: SentimentConfig, encoder: EncoderIdentity) -> None:
        """As :class:`AffectAnalyzer`."""
        super().__init__(config, encoder)
        self._labels = self._outputs(self.name)

    def _result(self, parts: DocumentParts, predictions: Predictions) -> Sentiment:
        probabilities = predictions[self.name]
        post = self._post_probabilities(probabilities[parts.segments], parts.segment_lengths)
        # A text without any sentence has hashtags and emoji in its segments.
        judged = parts.sentences_and_clauses if parts.n_sentences else parts.segments
        document = parts.document
        return Sentiment(
            label=self._labels[int(np.argmax(post))],
            # A text without a word has no feeling at all.
            mixed=bool(parts.vectors.any()) and self._is_mixed(probabilities[judged]),
            scores=PolarityScores(**dict(zip(self._labels, post.tolist(), strict=True))),
            sentences=tuple(self._sentences(document.sentences, probabilities[parts.sentences])),
            covered=document.full_span,
        )

    def _post_probabilities(self, segments: Vectors, lengths: Vectors) -> Vectors:
        """The mean of the segments, each weighed by its length and by how little neutral it is.

        So two lines of feeling are not washed out by twenty of fact, yet one cheerful line
        does not make an announcement positive. Accuracy with an exponent of 0.25, 0.75, 1.25 and 2
        on 311 posts written in nine languages: 0.77, 0.85, 0.85, 0.84; macro F1 on 137 labelled
        posts of companies with 0.25, 0.75 and 1.5: 0.46, 0.52, 0.56.
        """
        neutral = segments[:, self._labels.index("neutral")]
        # 0.02 keeps the mean defined where every segment is wholly neutral.
        weights = lengths * (1.02 - neutral) ** _POLARITY_EXPONENT
        post: Vectors = weights @ segments / weights.sum()
        return post

    def _is_mixed(self, parts: Vectors) -> bool:
        return is_mixed(self._column("positive", parts), self._column("negative", parts))

    def _column(self, label: str, probabilities: Vectors) -> list[float]:
        column: list[float] = probabilities[:, self._labels.index(label)].tolist()
        return column

    def _sentences(
        self, spans: Sequence[Span], probabilities: Vectors
    ) -> Iterator[SentenceSentiment]:
        numbers, scores = probabilities.argmax(axis=1).tolist(), probabilities.max(axis=1).tolist()
        for span, number, score in zip(spans, numbers, scores, strict=True):
            yield SentenceSentiment(span.start, span.end, self._labels[number], score)
