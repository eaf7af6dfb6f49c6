"""What the heads learn of a span, and which of them the service reads."""

from deployments.results import EMOTIONS
from training.datasets import label_maps
from training.encoder.fit.sets import Task

TASKS = (
    Task("sentiment", label_maps.POLARITY, "classes", 128),
    Task("emotions", EMOTIONS, "each", 256),
    Task("formality", ("formality",), "each", 64),
    Task("politeness", ("politeness",), "each", 64),
    Task("subjectivity", ("subjectivity",), "each", 64),
    # From here on heads that no analysis reads: they only shape the encoder.
    Task("tweet emotion", label_maps.TWEET_EMOTIONS, "classes"),
    Task("irony", ("irony",), "each"),
    Task("valence", label_maps.VALENCE, "each"),
    Task("grade", label_maps.GRADES, "classes"),
    Task("courtesy", label_maps.COURTESY, "classes"),
    Task("plutchik", tuple(label_maps.PLUTCHIK), "each"),
)
#: The heads of spans that the service reads, by analysis.
ANALYSES = {
    "sentiment": ("sentiment",),
    "tone": ("emotions", "formality", "politeness", "subjectivity"),
}
