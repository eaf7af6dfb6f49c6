"""The dominant tone of a post, one word, and the sentences that carry it.

Rules over numbers: knows probabilities and scores, no text and no model. What each word
means to a reader is explained in docs/tone.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from deployments.results import Span, ToneEvidence


@dataclass(frozen=True, slots=True)
class ToneScores:
    """What the rules take of a sentence or of a whole post; every number is 0..1.

    Attributes:
        emotions: probability of each of ``results.EMOTIONS``, by name.
        formality: from casual to formal.
        subjectivity: from fact to opinion.
        promotion: calls to action and sales language, see :mod:`deployments.tone.promotion`.
    """

    emotions: Mapping[str, float]
    formality: float
    subjectivity: float
    promotion: float


#: Words for a post with a clear emotion, each with the emotions that make it up.
EMOTION_GROUPS: Mapping[str, tuple[str, ...]] = {
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

#: The word for a post that sells or calls to action; it competes with the emotion groups.
PROMOTIONAL = "promotional"

#: Words for the register of a post without a clear emotion: the first whose condition holds on
#: (formality, subjectivity).
REGISTERS: Mapping[str, Callable[[float, float], bool]] = {
    "analytical": lambda formality, subjectivity: formality >= 0.6 and subjectivity < 0.4,
    "opinionated": lambda formality, subjectivity: subjectivity >= 0.6,
    "conversational": lambda formality, subjectivity: formality < 0.4,
    "informative": lambda formality, subjectivity: True,
}

#: How well a sentence fits a register, 0..1, by the same two scores.
_REGISTER_FIT: Mapping[str, Callable[[float, float], float]] = {
    "analytical": lambda formality, subjectivity: min(formality, 1 - subjectivity),
    "opinionated": lambda formality, subjectivity: subjectivity,
    "conversational": lambda formality, subjectivity: 1 - formality,
    "informative": lambda formality, subjectivity: 1 - subjectivity,
}

#: Every dominant tone there is.
TONE_WORDS = (*EMOTION_GROUPS, PROMOTIONAL, *REGISTERS)

# An emotion that is less likely than this is not what the post is about.
_MIN_STRENGTH = 0.35

#: Sentences named as evidence at most.
MOST_EVIDENCE = 3

# Beside the strongest sentence, one with less than half its strength would not be named by a
# reader who was asked where the tone comes from.
_MIN_SHARE_OF_STRONGEST = 0.5


def dominant_tone(post: ToneScores) -> str:
    """The one word for how a post sounds.

    The strongest of the emotion groups (the sum of their probabilities) and of ``promotional`` (the
    promotion itself), if that is at least 0.35; otherwise the register. Emotion groups:

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

    Beside them:

    - promotional: it calls to action, offers or sells

    Registers, tried in this order:

    - analytical: formal (at least 0.6) and factual (subjectivity under 0.4)
    - opinionated: subjective (at least 0.6)
    - conversational: informal (under 0.4)
    - informative: none of these

    ``approval``, ``desire``, ``realization``, ``surprise`` and ``neutral`` name no word.
    """
    strengths = {word: strength(word, post) for word in (*EMOTION_GROUPS, PROMOTIONAL)}
    strongest = max(strengths, key=strengths.__getitem__)
    if strengths[strongest] >= _MIN_STRENGTH:
        return strongest
    return next(
        word for word, holds in REGISTERS.items() if holds(post.formality, post.subjectivity)
    )


def strength(word: str, scores: ToneScores) -> float:
    """How much of the word is in a sentence or post: 0 or more, a sum of emotions may pass 1."""
    if word in EMOTION_GROUPS:
        return sum(scores.emotions[emotion] for emotion in EMOTION_GROUPS[word])
    if word == PROMOTIONAL:
        return scores.promotion
    return _REGISTER_FIT[word](scores.formality, scores.subjectivity)


def evidence(
    word: str, spans: Sequence[Span], sentences: Sequence[ToneScores]
) -> tuple[ToneEvidence, ...]:
    """Up to three sentences that carry the word, strongest first; of equal ones the earlier.

    Args:
        word: one of TONE_WORDS.
        spans: where the sentences stand, in order.
        sentences: the scores of each, as many.

    The strongest is always there; the others only if they are at least half as strong.
    """
    ranking = [
        ToneEvidence(span.start, span.end, min(strength(word, scores), 1.0))
        for span, scores in zip(spans, sentences, strict=True)
    ]
    ranking.sort(key=lambda item: -item.score)
    least = _MIN_SHARE_OF_STRONGEST * ranking[0].score if ranking else 0.0
    return tuple(item for item in ranking[:MOST_EVIDENCE] if item.score >= least)
