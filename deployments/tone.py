"""How a post sounds: emotions, formality, politeness, subjectivity, and one word for it.

Knows the encoder and its heads; nothing of serving. Importing it loads no model.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import Field

from deployments import weights
from deployments.config import Config
from deployments.encoder import Encoder, EncoderConfig, Vectors
from deployments.heads import Heads, sigmoid
from deployments.promotion import promotion
from deployments.reading import lengths, model, read
from deployments.results import Span, Tone
from deployments.text import Document
from deployments.tone_words import Sound, dominant, evidence

#: The scores beside the emotions, each a head of its own.
SCORES = ("formality", "politeness", "subjectivity")

# Raised whenever the rules here, in tone_words.py or promotion.py change what a post is answered.
_RULES = "2"


class ToneConfig(Config):
    """Which encoder and which heads on it."""

    encoder: EncoderConfig = EncoderConfig()
    head: str = Field(default=weights.TONE_HEAD, description="trained on that encoder")


class ToneAnalyzer:
    """28 emotion probabilities, three scores of 0..1, the one word that sums them up, and where.

    Emotions are those of GoEmotions, each its own calibrated probability (several may be
    likely at once). Formality runs from casual to formal, politeness from rude to polite,
    subjectivity from fact to opinion; 0.5 is the middle of each, and a post has the mean of
    its sentences by length. Mentions and links are not read; a hashtag in a sentence is read
    as its word; a text of emoji or hashtags alone is read by the emoji's Unicode names and
    the hashtags' words.
    """

    name = "tone"
    languages = frozenset({"en"})

    def __init__(self, config: ToneConfig | None = None) -> None:
        """Load encoder and heads.

        Raises:
            ModelMissing: the weights of either are not there.
            ModelMismatch: they are not the released ones, or do not belong together.
        """
        config = config or ToneConfig()
        self._encoder = Encoder(config.encoder)
        self._heads = Heads.load(config.head, self._encoder)
        self.model = model(self.name, self._encoder, self._heads, _RULES)

    def analyze(self, documents: Sequence[Document]) -> list[Tone]:
        """As many results as documents, in the same order; thread-safe."""
        vectors = read(self._encoder, documents, self._heads.hidden_states)
        return [self._tone(d, v) for d, v in zip(documents, vectors, strict=True)]

    def _tone(self, document: Document, vectors: Vectors) -> Tone:
        names = self._heads.by_name["emotions"].outputs
        emotions = dict(zip(names, self._shares("emotions", vectors).T, strict=True))
        scores = {name: self._shares(name, vectors)[:, 0] for name in SCORES}
        return sum_up(document, emotions, scores)

    def _shares(self, head: str, vectors: Vectors) -> Vectors:
        return sigmoid(self._heads.by_name[head].logits(vectors))


def sum_up(
    document: Document, emotions: Mapping[str, Vectors], scores: Mapping[str, Vectors]
) -> Tone:
    """The tone of a post from what its sentences sound like.

    Args:
        document: its sentences, and what in its text is promotional.
        emotions: for each of ``results.EMOTIONS`` its probabilities, (n_sentences,).
        scores: likewise for each of SCORES; of a document without any sentence one number,
            for all of it.
    """
    counts = lengths(document)
    promoted = np.array(promotion(document))
    felt = {name: _overall(name, shares, counts) for name, shares in emotions.items()}
    means = {name: float(np.average(shares, weights=counts)) for name, shares in scores.items()}
    promotional = _overall("promotion", promoted, counts)
    word = dominant(Sound(felt, means["formality"], means["subjectivity"], promotional))
    sentences = [
        Sound(
            {name: float(shares[i]) for name, shares in emotions.items()},
            float(scores["formality"][i]),
            float(scores["subjectivity"][i]),
            float(promoted[i]),
        )
        for i in range(len(document.sentences))
    ]
    carried = evidence(word, document.sentences, sentences)
    return Tone(word, carried, felt, **means, covered=Span(0, len(document.text)))


def _overall(name: str, shares: Vectors, counts: Vectors) -> float:
    """Half the sentences' mean by length, half the sentence where it is likeliest.

    A post feels what any of its sentences feels, but is neutral only if all are. Over
    validation comments put together by 4 and by 8, the right emotion ranks first in 0.39
    and 0.45 of them; read as one text, in 0.21.
    """
    peak = shares.min() if name == "neutral" else shares.max()
    return float((np.average(shares, weights=counts) + peak) / 2)
