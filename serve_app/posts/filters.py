"""The conditions that posts are found by, and which of them contradict each other.

Values are as the index has them: folded, each once. Knows neither HTTP nor SQL; how a caller
writes them is :mod:`serve_app.posts.filter_parameters`.
"""

from dataclasses import dataclass, fields
from datetime import datetime

from serve_app.errors import InvalidRequest
from serve_app.problems import problem

#: What a post may have, or not have.
PARTS = (
    "entities", "keywords", "hashtags", "mentions", "links", "emoji", "corrected", "url", "author",
    "tags",
)  # fmt: skip
#: Those of them that an analysis finds.
ANALYSED_PARTS = PARTS[:7]
STATES = ("pending", "analysed", "failed")


@dataclass(frozen=True, slots=True)
class EmotionAtLeast:
    """An emotion of so many thousandths or more, 100 to 1,000."""

    emotion: str
    thousandths: int


@dataclass(frozen=True, slots=True)
class EntityName:
    """An entity by its text, folded; with any label where there is none."""

    text: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Conditions of which a post has to meet all.

    Attributes:
        since, until: of ``published_at``; the first moment is in, the last one is not.
        language: as told, or else as detected.
        sentiment_min, sentiment_max: of the probability of positive less that of negative; a post
            with just that value is in.
        mixed: False is a post with a sentiment that is not mixed.
        tone: the dominant one.
        ease_min, ease_max: as ``sentiment_min``.
        has_not: parts that a post is known to have none of.
        rule: the id of a rule that has changed the answer.
        q: words, as a caller writes them into a search box.
    """

    author: str | None = None
    tags: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    language: str | None = None
    sentiment: str | None = None
    sentiment_min: float | None = None
    sentiment_max: float | None = None
    mixed: bool | None = None
    tone: str | None = None
    emotions: tuple[EmotionAtLeast, ...] = ()
    entities: tuple[EntityName, ...] = ()
    keywords: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    ease_min: float | None = None
    ease_max: float | None = None
    has: tuple[str, ...] = ()
    has_not: tuple[str, ...] = ()
    rule: str | None = None
    state: str | None = None
    q: str | None = None

    @property
    def names(self) -> list[str]:
        """The conditions that there are, as a caller names them."""
        names = [field.name for field in fields(self)]
        there = [name for name in names if getattr(self, name) not in (None, ())]
        return [_SINGULAR.get(name, name) for name in there]


def check(filter: PostFilter) -> None:
    """Refuse conditions that no post can meet together.

    Raises:
        InvalidRequest: it names two that contradict each other.
    """
    _check_bounds(filter)
    _check_parts(filter)
    _check_state(filter)


def contradiction(detail: str, fix: str) -> InvalidRequest:
    """The exception for conditions that no post can meet together."""
    return InvalidRequest(problem("contradictory-filter", detail, fix=fix))


#: What a caller names once for each value.
_SINGULAR = {
    "tags": "tag",
    "emotions": "emotion",
    "entities": "entity",
    "keywords": "keyword",
    "hashtags": "hashtag",
    "mentions": "mention",
    "hosts": "host",
}
#: Parts of a post that these conditions take for granted.
_IMPLIED = {
    "author": "author",
    "tag": "tags",
    "entity": "entities",
    "keyword": "keywords",
    "hashtag": "hashtags",
    "mention": "mentions",
    "host": "links",
    "rule": "corrected",
}
#: Conditions on what an analysis says.
_OF_ANALYSES = (
    "sentiment", "sentiment_min", "sentiment_max", "mixed", "tone", "emotion", "entity", "keyword",
    "hashtag", "mention", "host", "ease_min", "ease_max", "rule",
)  # fmt: skip


def _check_bounds(filter: PostFilter) -> None:
    for name in ("sentiment", "ease"):
        low, high = getattr(filter, f"{name}_min"), getattr(filter, f"{name}_max")
        if low is not None and high is not None and low > high:
            detail = f"'{name}_min' is {low:g}, and '{name}_max' is {high:g}, which is less."
            raise contradiction(detail, "Exchange the two, or leave one of them out.")
    if filter.since and filter.until and filter.since >= filter.until:
        since, until = filter.since.isoformat(), filter.until.isoformat()
        detail = f"'since' is {since}, and 'until' is {until}, which is no later."
        raise contradiction(detail, "Exchange the two: 'until' is the first moment left out.")


def _check_parts(filter: PostFilter) -> None:
    wanted = {part: f"has={part}" for part in filter.has}
    wanted |= {part: name for name, part in _IMPLIED.items() if name in filter.names}
    for part in filter.has_not:
        if part in wanted:
            detail = f"'{wanted[part]}' and 'has_not={part}' exclude each other."
            raise contradiction(detail, "Leave one of them out.")


def _check_state(filter: PostFilter) -> None:
    if filter.state in (None, "analysed"):
        return
    asked = [name for name in _OF_ANALYSES if name in filter.names]
    for name, parts in (("has", filter.has), ("has_not", filter.has_not)):
        asked += [f"{name}={part}" for part in parts if part in ANALYSED_PARTS]
    if asked:
        detail = f"A post that is {filter.state} has no analysis, of which '{asked[0]}' asks."
        raise contradiction(detail, "Leave one of them out, or ask for state=analysed.")
