"""How a post sounds: emotions, formality, politeness, subjectivity, and one word for it.

Knows the encoder and its heads; nothing of serving. Importing it loads no model.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from deployments.affect.units import Reading, ReadingEncoderConfig, lengths, model, read
from deployments.config import Config
from deployments.encoder.encoder import Encoder, Vectors
from deployments.encoder.heads import Heads, sigmoid
from deployments.results import Span, Tone
from deployments.text.document import Document
from deployments.tone.dominant import Sound, dominant, evidence
from deployments.tone.promotion import promotion
from deployments.weights import released as weights

#: The scores beside the emotions, each a head of its own.
SCORES = ("formality", "politeness", "subjectivity")

# Raised whenever the rules here, in tone_words.py or promotion.py change what a post is answered.
_RULES = "3"


class ToneConfig(Config):
    """Which encoder and which heads on it."""

    encoder: ReadingEncoderConfig = ReadingEncoderConfig()
    head: str = Field(default=weights.TONE_HEAD, description="trained on that encoder")


class ToneAnalyzer:
    """28 emotion probabilities, three scores of 0..1, the one word that sums them up, and where.

    Emotions are those of GoEmotions, each its own calibrated probability (several may be
    likely at once). Formality runs from casual to formal, politeness from rude to polite,
    subjectivity from fact to opinion; 0.5 is the middle of each, and a post has the mean of
    its units (neighbouring sentences, up to about a tweet's length) by length. Mentions and
    links are not read; a hashtag in a sentence is read as its word, an emoji as its name.
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
        readings = read(self._encoder, documents, self._heads.hidden_states)
        return [self._tone(d, r) for d, r in zip(documents, readings, strict=True)]

    def _tone(self, document: Document, reading: Reading) -> Tone:
        units, sentences = self._heard(reading.units), self._heard(reading.sentences)
        return sum_up(document, units, reading.unit_lengths, sentences)

    def _heard(self, vectors: Vectors) -> "Heard":
        names = self._heads.by_name["emotions"].outputs
        emotions = dict(zip(names, self._shares("emotions", vectors).T, strict=True))
        return Heard(emotions, {name: self._shares(name, vectors)[:, 0] for name in SCORES})

    def _shares(self, head: str, vectors: Vectors) -> Vectors:
        return sigmoid(self._heads.by_name[head].logits(vectors))


@dataclass(frozen=True, slots=True)
class Heard:
    """What n stretches of a text sound like; every number is 0..1.

    Attributes:
        emotions: for each of ``results.EMOTIONS`` its probabilities, (n,).
        scores: likewise for each of SCORES.
    """

    emotions: Mapping[str, Vectors]
    scores: Mapping[str, Vectors]


def sum_up(document: Document, units: Heard, counts: Vectors, sentences: Heard) -> Tone:
    """The tone of a post from its units, and the sentences that carry it.

    Args:
        document: what in its text is promotional.
        units: what it was read in, one at least.
        counts: how much of the text each unit is, (n_units,).
        sentences: as many as the document has.
    """
    promoted = np.array(promotion(document), dtype=np.float32)
    felt = {name: _overall(name, shares, counts) for name, shares in units.emotions.items()}
    means = {name: _mean(shares, counts) for name, shares in units.scores.items()}
    promotional = _overall("promotion", promoted, lengths(document))
    word = dominant(Sound(felt, means["formality"], means["subjectivity"], promotional))
    carried = evidence(word, document.sentences, list(_sounds(sentences, promoted)))
    return Tone(word, carried, felt, **means, covered=Span(0, len(document.text)))


def _sounds(sentences: Heard, promoted: Vectors) -> Iterator[Sound]:
    """Each sentence as the rules see it."""
    formality, subjectivity = sentences.scores["formality"], sentences.scores["subjectivity"]
    for i in range(len(formality)):
        emotions = {name: float(shares[i]) for name, shares in sentences.emotions.items()}
        yield Sound(emotions, float(formality[i]), float(subjectivity[i]), float(promoted[i]))


def _overall(name: str, shares: Vectors, counts: Vectors) -> float:
    """Half the sentences' mean by length, half the sentence where it is likeliest.

    A post feels what any of its sentences feels, but is neutral only if all are. Over
    validation comments put together by 4 and by 8, the right emotion ranks first in 0.39
    and 0.45 of them; read as one text, in 0.21.
    """
    peak = shares.min() if name == "neutral" else shares.max()
    return (_mean(shares, counts) + float(peak)) / 2


def _mean(shares: Vectors, counts: Vectors) -> float:
    return float(shares @ counts) / float(counts.sum())
