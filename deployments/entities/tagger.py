"""Names by token classification on the states of a reading (`backend: tagger`).

Knows readings and the heads; nothing of rules or of what an answer looks like.
"""

from collections.abc import Sequence
from operator import attrgetter

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.encoder.heads import Heads, sigmoid
from deployments.encoder.identity import EncoderIdentity
from deployments.entities.bio import TaggedWords, decode_names
from deployments.entities.coordination import shared_kinds
from deployments.entities.lines import with_line_feeds
from deployments.entities.mention import NAME_LABELS, Mention, untouched
from deployments.reading.reading import Reading
from deployments.results import Span
from deployments.text.document import Document


class Tagger:
    """Finds names with calibrated confidence; thread-safe."""

    name = "postlens-entities"

    def __init__(self, encoder: EncoderIdentity, head: str) -> None:
        """Load the heads that belong to the encoder.

        Raises:
            ModelMissing: there is no such head.
            ModelMismatch: it is not the released one, or belongs to another encoder.
        """
        heads = Heads.load(head, encoder)
        # "sureness" is what the released file calls the head of the confidence.
        self._tags, self._confidence = heads.by_name["names"], heads.by_name["sureness"]
        self.version = encoder.version + heads.sha256

    def detect(
        self, documents: Sequence[Document], texts: Sequence[str], readings: Sequence[Reading]
    ) -> list[list[Mention]]:
        """The names of each text in order, without overlaps; none crosses a line break."""
        return [
            untouched(
                self._mentions(with_line_feeds(text), reading, document.language.code),
                signal_spans(document),
            )
            for document, text, reading in zip(documents, texts, readings, strict=True)
        ]

    def _mentions(self, text: str, reading: Reading, code: str) -> list[Mention]:
        words = TaggedWords.of(reading, self._tags)
        names = list(decode_names(text, words))
        if not names:
            return []
        features = np.stack([name_features(words, *name) for name in names])
        confidences = sigmoid(self._confidence.logits(features)[:, 0])
        kinds = shared_kinds(text, names, words, code)
        return [
            Mention(
                int(words.starts[name.first]),
                int(words.ends[name.last]),
                label,
                float(confidence) * likelihood,
            )
            for name, confidence, (label, likelihood) in zip(names, confidences, kinds, strict=True)
        ]


def signal_spans(document: Document) -> list[Span]:
    """Hashtags, mentions, links and emoji, in order: they are read, but are no part of a name."""
    signals = document.signals
    kinds = (signals.hashtags, signals.mentions, signals.links, signals.emoji)
    spans = [Span(signal.start, signal.end) for kind in kinds for signal in kind]
    return sorted(spans, key=attrgetter("start"))


def name_features(words: TaggedWords, first: int, last: int, label: str) -> Vectors:
    """What the confidence in a name is computed from: (3 + len(NAME_LABELS),).

    The mean and the least log-odds of its words' tags, its number of words, its label.
    """
    number = NAME_LABELS.index(label)
    begin, inside = 1 + 2 * number, 2 + 2 * number
    scores = words.scores[first : last + 1, inside].copy()
    scores[0] = words.scores[first, begin]
    probabilities = np.clip(np.exp(scores), 1e-4, 1 - 1e-4)
    log_odds = np.log(probabilities / (1 - probabilities))
    labels = (float(i == number) for i in range(len(NAME_LABELS)))
    return np.array([log_odds.mean(), log_odds.min(), last - first + 1, *labels], np.float32)
