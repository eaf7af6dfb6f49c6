"""Names by token classification on a finetuned encoder (`backend: tagger`).

Knows the encoder and its heads; nothing of rules or of what an answer looks like.
"""

from collections.abc import Sequence

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.encoder.heads import Heads, sigmoid
from deployments.encoder.inputs import EncoderInput
from deployments.encoder.text_encoder import TextEncoder
from deployments.entities.bio import TaggedWords, decode_names
from deployments.entities.lines import with_line_feeds
from deployments.entities.mention import NAME_LABELS, Mention
from deployments.text.document import Document


class Tagger:
    """Finds names with calibrated confidence; thread-safe."""

    name = "postlens-entities"

    def __init__(self, encoder: TextEncoder, head: str) -> None:
        """Load the heads that belong to the encoder.

        Raises:
            ModelMissing: there is no such head.
            ModelMismatch: it is not the released one, or belongs to another encoder.
        """
        self._encoder = encoder
        heads = Heads.load(head, encoder)
        # "sureness" is what the released file calls the head of the confidence.
        self._tags, self._confidence = heads.by_name["names"], heads.by_name["sureness"]
        self.version = encoder.version + heads.sha256

    def detect(self, documents: Sequence[Document], texts: Sequence[str]) -> list[list[Mention]]:
        """The names of each text in order, without overlaps; none crosses a line break."""
        inputs = [_encoder_input(*pair) for pair in zip(documents, texts, strict=True)]
        encoded = self._encoder.tokens(inputs)
        return [
            self._mentions(each.text, TaggedWords.of(tokens, hidden_states, self._tags))
            for each, (tokens, hidden_states) in zip(inputs, encoded, strict=True)
        ]

    def _mentions(self, text: str, words: TaggedWords) -> list[Mention]:
        names = list(decode_names(text, words))
        if not names:
            return []
        features = np.stack([name_features(words, *name) for name in names])
        confidences = sigmoid(self._confidence.logits(features)[:, 0])
        return [
            Mention(int(words.starts[first]), int(words.ends[last]), label, float(confidence))
            for (first, last, label), confidence in zip(names, confidences, strict=True)
        ]


def _encoder_input(document: Document, text: str) -> EncoderInput:
    # The tagger knows one sign for the end of a line; its tokenizer drops some of the others.
    cuts = tuple(sentence.start for sentence in document.sentences)
    return EncoderInput(with_line_feeds(text), (), cuts)


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
