"""The conditions that posts are found by, as a caller of the client gives them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

#: One value, or several of which a post has to have all.
Words = str | Sequence[str]


class Filters(TypedDict, total=False):
    """Which posts: those that meet all conditions; see ``GET /v1/posts``.

    Attributes:
        author, tag: as they were written.
        since, until: of ``published_at``; the first moment is in, the last one is not. Without an
            offset they count as UTC.
        language: ISO 639-1, as told or else detected.
        sentiment: positive, neutral or negative; ``sentiment_min`` and ``sentiment_max``, -1 to 1,
            are of the probability of positive less that of negative.
        mixed: praise beside complaint, or not.
        tone: the dominant one.
        emotion: ``joy>=0.4``.
        entity: ``shell``, or ``shell:ORG``.
        keyword, hashtag, mention, host: in any case.
        ease_min, ease_max: reading ease, 0 to 100.
        has, has_not: entities, keywords, hashtags, mentions, links, emoji, corrected, url, author,
            tags.
        rule: the id of a rule that has changed the answer.
        state: pending, analysed or failed.
        q: words of the text: ``climate "net zero" -shell``.
    """

    author: str
    tag: Words
    since: datetime | str
    until: datetime | str
    language: str
    sentiment: str
    sentiment_min: float
    sentiment_max: float
    mixed: bool
    tone: str
    emotion: Words
    entity: Words
    keyword: Words
    hashtag: Words
    mention: Words
    host: Words
    ease_min: float
    ease_max: float
    has: Words
    has_not: Words
    rule: UUID | str
    state: str
    q: str
