"""What each set's labels mean on the scales that PostLens answers with."""

import math
from collections.abc import Callable, Mapping

from deployments.results import EMOTIONS
from training.datasets.corpora import LabelledText

# Standard deviation of the raters' mean scores in stanford_politeness; their mean is 0.
_POLITENESS_SPREAD = 0.737

#: From a labelled text to its place on a scale of 0..1.
Scale = Callable[[LabelledText], float]

#: Sentiment classes in the order of the head's outputs.
POLARITY = ("positive", "neutral", "negative")
#: Classes of tweeteval_emotion.
TWEET_EMOTIONS = ("anger", "joy", "optimism", "sadness")
#: SST's five classes, and the outer quarters and the middle of stanford_politeness.
GRADES = ("very negative", "negative", "neutral", "positive", "very positive")
COURTESY = ("impolite", "neutral", "polite")
#: Classes of xed, Plutchik's eight, and those of the 28 emotions that each takes in.
PLUTCHIK: Mapping[str, tuple[str, ...]] = {
    "anger": ("anger", "annoyance", "disapproval"),
    "anticipation": ("optimism", "desire", "curiosity", "excitement"),
    "disgust": ("disgust", "embarrassment"),
    "fear": ("fear", "nervousness"),
    "joy": ("joy", "amusement", "excitement", "love", "relief", "pride"),
    "sadness": ("sadness", "grief", "disappointment", "remorse"),
    "surprise": ("surprise", "realization", "confusion"),
    "trust": ("approval", "admiration", "caring", "gratitude"),
}
#: Dimensions of EmoBank.
VALENCE = ("valence", "arousal", "dominance")


def polarity(row: LabelledText) -> int:
    """Class number of a sentiment label; SST's five classes lose their "very"."""
    label: str = row.fields["label"]
    return POLARITY.index(label.removeprefix("very "))


def emotions(row: LabelledText) -> tuple[float, ...]:
    """1 for each emotion the raters gave, else 0, in the order of EMOTIONS."""
    labels = set(row.fields["labels"])
    return tuple(float(emotion in labels) for emotion in EMOTIONS)


def plutchik(row: LabelledText) -> tuple[float, ...]:
    """1 for each of Plutchik's emotions that xed gives, else 0, in the order of PLUTCHIK."""
    labels = set(row.fields["labels"])
    return tuple(float(emotion in labels) for emotion in PLUTCHIK)


def tweet_emotion(row: LabelledText) -> int:
    """Class number among TWEET_EMOTIONS."""
    return TWEET_EMOTIONS.index(row.fields["label"])


def grade(row: LabelledText) -> int:
    """Class number among GRADES."""
    return GRADES.index(row.fields["label"])


def courtesy(row: LabelledText) -> int:
    """Class number among COURTESY."""
    return COURTESY.index(row.fields["label"])


def irony(row: LabelledText) -> float:
    """1 for irony, else 0."""
    return float(row.fields["label"] == "irony")


def valence(row: LabelledText) -> tuple[float, ...]:
    """EmoBank's three dimensions of 1..5, brought to 0..1."""
    return tuple((float(row.fields[name]) - 1) / 4 for name in VALENCE)


def politeness(row: LabelledText) -> float:
    """The place of the raters' mean among all means, read off a normal curve, 0..1."""
    return 0.5 * (1 + math.erf(float(row.fields["score"]) / _POLITENESS_SPREAD / math.sqrt(2)))


def subjectivity(row: LabelledText) -> float:
    """1 for a sentence of opinion, 0 for one of fact."""
    return float(row.fields["label"] == "subjective")


def _level(row: LabelledText) -> float:
    return (int(row.fields["level"]) - 1) / 3


#: Formality 0..1 from each set's own scale.
FORMALITY: Mapping[str, Scale] = {
    "formality_pavlick_sample1000": lambda row: float(row.fields["score"]),
    "squinky_formality": lambda row: float(row.fields["label"] == "high"),
    "enron_email_formality": _level,
}
