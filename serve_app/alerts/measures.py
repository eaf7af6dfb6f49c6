"""What a rule may measure, and how each measure is judged."""

from dataclasses import dataclass

from deployments.results import EMOTIONS
from deployments.tone.dominant import TONE_WORDS
from serve_app.alerts.likelihood import Family


@dataclass(frozen=True, slots=True)
class WatchedMeasure:
    """A number that a set of posts has.

    Attributes:
        family: whose likelihood judges it.
        of_terms: whether it is known of the posts with an entity, a keyword or a hashtag.
        least_sd: of one post's value, should all have been alike.
    """

    family: Family
    of_terms: bool = False
    least_sd: float = 0.02


#: By name. Sentiment is the probability of positive less that of negative, -1 to 1; an emotion is
#: the mean of its probability, a tone the share of posts in which it is dominant.
MEASURES: dict[str, WatchedMeasure] = {
    "count": WatchedMeasure("count", of_terms=True),
    "mean_sentiment": WatchedMeasure("mean", of_terms=True, least_sd=0.05),
    "positive_share": WatchedMeasure("share", of_terms=True),
    "negative_share": WatchedMeasure("share", of_terms=True),
    "mixed_share": WatchedMeasure("share", of_terms=True),
    "mean_ease": WatchedMeasure("mean", least_sd=1.0),
    "mean_words": WatchedMeasure("mean", least_sd=1.0),
    **{f"emotion:{emotion}": WatchedMeasure("mean") for emotion in EMOTIONS},
    **{f"tone:{word}": WatchedMeasure("share") for word in TONE_WORDS},
}
