"""How posts change over time: measures by hour to month, and terms that rise and fall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from serve_app.client.calls import both
from serve_app.client.connection import Resource, path_of
from serve_app.client.decoding import decode

Names = str | Sequence[str]


class TrendOptions(TypedDict, total=False):
    """What of the posts is followed; see ``GET /v1/trends``.

    Attributes:
        bucket: hour, day (the default), week or month.
        tz: the time zone in which buckets are whole, as Europe/Madrid; by default UTC.
        since, until: the range; the first moment is in, the last one is not.
        author, tag: only of these posts.
        by: author or tag: a series for each of those with the most posts.
        entity, keyword, hashtag: with the measure of that name those to follow, with posts or
            sentiment what the posts have.
        share_of: entities whose posts are compared.
        limit: series at most, where none is named.
    """

    bucket: str
    tz: str
    since: datetime | str
    until: datetime | str
    author: str
    tag: str
    by: str
    entity: Names
    keyword: Names
    hashtag: Names
    share_of: Names
    limit: int


class TermOptions(TypedDict, total=False):
    """Which terms, and when; see ``GET /v1/trends/terms``.

    Attributes:
        kind: entities, keywords, hashtags; all kinds by default.
        days: the length of each of the two periods.
        until: the end of the later one; by default now.
        author, tag: only of these posts.
        limit: terms at most, rising and falling each.
    """

    kind: Names
    days: int
    until: datetime | str
    author: str
    tag: str
    limit: int


@dataclass(frozen=True, slots=True)
class TrendTotal:
    """A measure over the whole range; see :class:`TrendSeries`."""

    posts: int
    share: float | None
    counts: dict[str, int]
    means: dict[str, float | None]
    deviations: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class TrendSeries:
    """One line of a chart: a number for each bucket, None where no post tells it.

    Attributes:
        name: of the term, author or tag; None where there is a single series.
        posts: those that have the measure.
        share: of the analysed posts, or of those of all names with ``share_of``.
        counts: posts of each class.
        means, deviations: of what is measured.
        total: the same of the whole range.
    """

    name: str | None
    posts: tuple[int, ...]
    share: tuple[float | None, ...] | None
    counts: dict[str, tuple[int, ...]]
    means: dict[str, tuple[float | None, ...]]
    deviations: dict[str, tuple[float | None, ...]]
    total: TrendTotal


@dataclass(frozen=True, slots=True)
class Trend:
    """A measure over time; ``buckets`` are when each begins, in ``tz``."""

    measure: str
    bucket: str
    tz: str
    author: str | None
    tag: str | None
    since: datetime
    until: datetime
    buckets: tuple[datetime, ...]
    series: tuple[TrendSeries, ...]


@dataclass(frozen=True, slots=True)
class PeriodPosts:
    """Numbers of posts in both periods."""

    now: int
    before: int


@dataclass(frozen=True, slots=True)
class PeriodShares:
    """Parts of the analysed posts in both periods."""

    now: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class TermChange:
    """A term in both periods.

    Attributes:
        kind: entities, keywords or hashtags.
        name: of the term.
        posts, share: of those that have it.
        ratio: of the shares.
        p_value: of Fisher's exact test; None where it is not tested.
        q_value: the level at which it is significant among all that were tested.
        significant: whether that is low enough.
        too_few: whether no test could tell anything.
    """

    kind: str
    name: str
    posts: PeriodPosts
    share: PeriodShares
    ratio: float | None
    p_value: float | None
    q_value: float | None
    significant: bool
    too_few: bool


@dataclass(frozen=True, slots=True)
class TermChanges:
    """Terms in more, or in fewer, of the posts than in the period before, the surest first."""

    before_since: datetime
    since: datetime
    until: datetime
    author: str | None
    tag: str | None
    posts: PeriodPosts
    level: float
    tested: int
    rising: tuple[TermChange, ...]
    falling: tuple[TermChange, ...]


class Trends(Resource):
    """The trends of the caller's workspace; they are exact, and kept up beside each change."""

    async def _get(self, measure: str = "posts", **options: Unpack[TrendOptions]) -> Trend:
        """A measure over time.

        Args:
            measure: posts, sentiment, tone, emotions, entities, keywords, hashtags, ease, words
                or share.
            options: of which posts, and when.

        Raises:
            RequestRefused: an option is none, or two of them do not go together.
        """
        query: dict[str, Any] = {**options, "measure": measure}
        return decode(Trend, await self._connection.json("GET", path_of("trends"), query=query))

    get, get_async = both(_get)

    async def _terms(self, **options: Unpack[TermOptions]) -> TermChanges:
        """Terms that rise and fall against the period before.

        Raises:
            RequestRefused: an option is none.
        """
        query: dict[str, Any] = {**options}
        path = path_of("trends", "terms")
        return decode(TermChanges, await self._connection.json("GET", path, query=query))

    terms, terms_async = both(_terms)
