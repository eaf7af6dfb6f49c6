"""How a post sounds: emotions, formality, politeness, subjectivity, and one word for it.

Knows the encoder and its heads; nothing of serving. Importing it loads no model.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from pydantic import Field

from deployments import weights
from deployments.config import Config
from deployments.encoder import Encoder, EncoderConfig, Vectors
from deployments.heads import Heads, sigmoid
from deployments.reading import lengths, model, read
from deployments.results import Span, Tone
from deployments.text import Document

#: The scores beside the emotions, each a head of its own.
SCORES = ("formality", "politeness", "subjectivity")

# Raised whenever the rules below change what a post is answered.
_RULES = "1"


class ToneConfig(Config):
    """Which encoder and which heads on it."""

    encoder: EncoderConfig = EncoderConfig()
    head: str = Field(default=weights.TONE_HEAD, description="trained on that encoder")


class ToneAnalyzer:
    """28 emotion probabilities, three scores of 0..1, and the one word that sums them up.

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
        counts = lengths(document)
        emotions = self._emotions(vectors, counts)
        scores = {
            name: float(np.average(self._shares(name, vectors)[:, 0], weights=counts))
            for name in SCORES
        }
        word = dominant(
            emotions, formality=scores["formality"], subjectivity=scores["subjectivity"]
        )
        return Tone(word, emotions, **scores, covered=Span(0, len(document.text)))

    def _emotions(self, vectors: Vectors, counts: Vectors) -> dict[str, float]:
        """Half the sentences' mean by length, half the sentence where it is likeliest.

        A post feels what any of its sentences feels, but is neutral only if all are. Over
        validation comments put together by 4 and by 8, the right emotion ranks first in 0.39
        and 0.45 of them; read as one text, in 0.21.
        """
        shares = self._shares("emotions", vectors)
        names = self._heads.by_name["emotions"].outputs
        peak = np.where(np.array(names) == "neutral", shares.min(axis=0), shares.max(axis=0))
        joined = (np.average(shares, axis=0, weights=counts) + peak) / 2
        return dict(zip(names, map(float, joined), strict=True))

    def _shares(self, head: str, vectors: Vectors) -> Vectors:
        return sigmoid(self._heads.by_name[head].logits(vectors))


#: Words for a post whose feeling shows, each with the emotions that make it up.
FEELINGS: Mapping[str, tuple[str, ...]] = {
    "grateful": ("gratitude", "relief"),
    "enthusiastic": ("excitement", "joy"),
    "appreciative": ("admiration", "love"),
    "confident": ("optimism", "pride"),
    "supportive": ("caring",),
    "humorous": ("amusement",),
    "inquiring": ("curiosity", "confusion"),
    "apologetic": ("remorse", "embarrassment"),
    "concerned": ("fear", "nervousness", "sadness", "grief", "disappointment"),
    "critical": ("anger", "annoyance", "disapproval", "disgust"),
}

#: Words for a post that keeps its feelings to itself: the first whose condition holds on
#: (formality, subjectivity).
MANNERS: Mapping[str, Callable[[float, float], bool]] = {
    "analytical": lambda formality, subjectivity: formality >= 0.6 and subjectivity < 0.4,
    "opinionated": lambda formality, subjectivity: subjectivity >= 0.6,
    "conversational": lambda formality, subjectivity: formality < 0.4,
    "informative": lambda formality, subjectivity: True,
}

# A feeling that is less likely than this is not what the post is about.
_SHOWS = 0.35


def dominant(emotions: Mapping[str, float], *, formality: float, subjectivity: float) -> str:
    """The one word for how a post sounds.

    The feeling whose emotions have the largest summed probability, if that is at least
    0.35; otherwise the manner. Feelings:

    - grateful: thanks or relief
    - enthusiastic: excitement or joy
    - appreciative: admiration or love for somebody or something
    - confident: optimism or pride
    - supportive: care for others
    - humorous: amusement
    - inquiring: curiosity or confusion, it asks
    - apologetic: remorse or embarrassment
    - concerned: fear, nervousness, sadness, grief or disappointment
    - critical: anger, annoyance, disapproval or disgust

    Manners, tried in this order:

    - analytical: formal (at least 0.6) and factual (subjectivity under 0.4)
    - opinionated: subjective (at least 0.6)
    - conversational: informal (under 0.4)
    - informative: none of these

    ``approval``, ``desire``, ``realization``, ``surprise`` and ``neutral`` name no word.
    """
    strengths = {word: sum(emotions[e] for e in parts) for word, parts in FEELINGS.items()}
    feeling = max(strengths, key=strengths.__getitem__)
    if strengths[feeling] >= _SHOWS:
        return feeling
    return next(word for word, holds in MANNERS.items() if holds(formality, subjectivity))
