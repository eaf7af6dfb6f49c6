"""The one word for how a post sounds, and the sentences that carry it.

Rules over numbers: knows probabilities and scores, no text and no model. What each word
means to a reader is told in docs/tone.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from deployments.results import Span, ToneEvidence


@dataclass(frozen=True, slots=True)
class Sound:
    """What the rules know of a sentence or of a whole post; every number is 0..1.

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

#: The word for a post that sells or calls to action; it competes with the feelings.
PROMOTIONAL = "promotional"

#: Words for a post that keeps its feelings to itself: the first whose condition holds on
#: (formality, subjectivity).
MANNERS: Mapping[str, Callable[[float, float], bool]] = {
    "analytical": lambda formality, subjectivity: formality >= 0.6 and subjectivity < 0.4,
    "opinionated": lambda formality, subjectivity: subjectivity >= 0.6,
    "conversational": lambda formality, subjectivity: formality < 0.4,
    "informative": lambda formality, subjectivity: True,
}

#: How well a sentence satisfies a manner, 0..1, by the same two scores.
_FITS: Mapping[str, Callable[[float, float], float]] = {
    "analytical": lambda formality, subjectivity: min(formality, 1 - subjectivity),
    "opinionated": lambda formality, subjectivity: subjectivity,
    "conversational": lambda formality, subjectivity: 1 - formality,
    "informative": lambda formality, subjectivity: 1 - subjectivity,
}

#: Every word there is.
WORDS = (*FEELINGS, PROMOTIONAL, *MANNERS)

# A feeling that is less likely than this is not what the post is about.
_SHOWS = 0.35

#: Sentences named at most.
MOST_EVIDENCE = 3

# Beside the strongest sentence, one with less than half its strength would not be named by a
# reader who was asked where the tone comes from.
_BESIDE_STRONGEST = 0.5


def dominant(post: Sound) -> str:
    """The one word for how a post sounds.

    The strongest of the feelings (the sum of its emotions) and of ``promotional`` (the
    promotion itself), if that is at least 0.35; otherwise the manner. Feelings:

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

    Manners, tried in this order:

    - analytical: formal (at least 0.6) and factual (subjectivity under 0.4)
    - opinionated: subjective (at least 0.6)
    - conversational: informal (under 0.4)
    - informative: none of these

    ``approval``, ``desire``, ``realization``, ``surprise`` and ``neutral`` name no word.
    """
    strengths = {word: strength(word, post) for word in (*FEELINGS, PROMOTIONAL)}
    strongest = max(strengths, key=strengths.__getitem__)
    if strengths[strongest] >= _SHOWS:
        return strongest
    scores = (post.formality, post.subjectivity)
    return next(word for word, holds in MANNERS.items() if holds(*scores))


def strength(word: str, sound: Sound) -> float:
    """How much of the word is in a sentence or post: at least 0, a sum of emotions may pass 1."""
    if word in FEELINGS:
        return sum(sound.emotions[emotion] for emotion in FEELINGS[word])
    if word == PROMOTIONAL:
        return sound.promotion
    return _FITS[word](sound.formality, sound.subjectivity)


def evidence(
    word: str, spans: Sequence[Span], sentences: Sequence[Sound]
) -> tuple[ToneEvidence, ...]:
    """Up to three sentences that carry the word, strongest first; of equal ones the earlier.

    Args:
        word: one of WORDS.
        spans: where the sentences stand, in order.
        sentences: how each of them sounds, as many.

    The strongest is always there; the others only if they are at least half as strong.
    """
    scored = [
        ToneEvidence(span.start, span.end, min(strength(word, sound), 1.0))
        for span, sound in zip(spans, sentences, strict=True)
    ]
    scored.sort(key=lambda found: -found.score)
    least = _BESIDE_STRONGEST * scored[0].score if scored else 0.0
    return tuple(found for found in scored[:MOST_EVIDENCE] if found.score >= least)
