"""What the affect encoder learns: its tasks, and what each set teaches of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deployments.results import EMOTIONS
from training.datasets import corpora, label_maps
from training.datasets.corpora import LabelledText
from training.fitting.span_model import SpanTask

TASKS = (
    SpanTask("sentiment", label_maps.POLARITY, "classes", 128),
    SpanTask("emotions", EMOTIONS, "each", 256),
    SpanTask("formality", ("formality",), "each", 64),
    SpanTask("politeness", ("politeness",), "each", 64),
    SpanTask("subjectivity", ("subjectivity",), "each", 64),
    SpanTask("tweet emotion", label_maps.TWEET_EMOTIONS, "classes"),
    SpanTask("irony", ("irony",), "each"),
    SpanTask("valence", label_maps.VALENCE, "each"),
    SpanTask("grade", label_maps.GRADES, "classes"),
    SpanTask("courtesy", label_maps.COURTESY, "classes"),
)
#: The heads that the service reads, by analysis.
ANALYSES = {
    "sentiment": ("sentiment",),
    "tone": ("emotions", "formality", "politeness", "subjectivity"),
}
#: What only the second stage teaches; the sets that it adds teach nothing new.
_SECOND_STAGE_TASKS = ("grade", "courtesy")


def is_taught(task: str, stage: int) -> bool:
    """Whether the stage, 0 or 1, teaches the task."""
    return stage == 1 or task not in _SECOND_STAGE_TASKS


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one task learns from a text, and how much the text counts there."""

    task: str
    target: Callable[[LabelledText], float | tuple[float, ...]]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """One set in the training.

    Attributes:
        lessons: what its labels teach.
        repeats: how often an epoch of each stage has it; a fraction is a random share.
        sentences: whether its texts are single sentences, of which some are put side by side,
            so that a sentence is told apart from its neighbours.
    """

    lessons: tuple[Lesson, ...]
    repeats: tuple[float, float]
    sentences: bool = False


def _formality(name: str, weight: float = 1.0) -> tuple[Lesson]:
    return (Lesson("formality", label_maps.FORMALITY[name], weight),)


def _sentiment(weight: float = 1.0) -> Lesson:
    return Lesson("sentiment", label_maps.polarity, weight)


#: The second stage sees less of the large sets and more of what the first left weak.
TRAINING_SETS: Mapping[str, TrainingSet] = {
    "tweeteval_sentiment": TrainingSet((_sentiment(),), (1, 0.4)),
    "sst5": TrainingSet((_sentiment(2.0), Lesson("grade", label_maps.grade)), (1, 2), True),
    corpora.REVIEWS: TrainingSet((_sentiment(1.5),), (2, 2), True),
    corpora.BUSINESS: TrainingSet((_sentiment(1.5),), (3, 2), True),
    corpora.BUSINESS_LATER: TrainingSet((_sentiment(1.5),), (0, 2), True),
    "goemotions": TrainingSet((Lesson("emotions", label_maps.emotions),), (1, 0.4)),
    "stanford_politeness": TrainingSet(
        (
            Lesson("politeness", label_maps.politeness, 1.5),
            Lesson("courtesy", label_maps.courtesy),
        ),
        (1, 2),
    ),
    "squinky_formality": TrainingSet(_formality("squinky_formality", 0.7), (1, 0.5), True),
    "formality_pavlick_sample1000": TrainingSet(
        _formality("formality_pavlick_sample1000", 2.0), (2, 2)
    ),
    "enron_email_formality": TrainingSet(_formality("enron_email_formality"), (1, 1)),
    "subj": TrainingSet((Lesson("subjectivity", label_maps.subjectivity),), (1, 1), True),
    "tweeteval_emotion": TrainingSet(
        (Lesson("tweet emotion", label_maps.tweet_emotion, 0.5),), (1, 0)
    ),
    "tweeteval_irony": TrainingSet((Lesson("irony", label_maps.irony, 0.5),), (1, 0)),
    "emobank": TrainingSet((Lesson("valence", label_maps.valence),), (1, 0.5)),
}
