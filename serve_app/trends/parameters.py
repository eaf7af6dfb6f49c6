"""The query parameters of both routes: what OpenAPI tells of them, and what they mean.

Knows no rows.
"""

import difflib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field

from serve_app.posts.content import (
    MAX_DAYS_AHEAD,
    MAX_NAME_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MIN_PUBLISHED_AT,
)
from serve_app.posts.filter_parameters import (
    EntityText,
    HashtagText,
    KeywordText,
    check_strings,
    choice,
    choice_field,
    entity_name,
    folded_name,
    moment,
    refused,
    time_field,
)
from serve_app.posts.filters import contradiction
from serve_app.problems import quote
from serve_app.trends.buckets import BUCKETS, MAX_BUCKETS, Buckets, TooManyBuckets, buckets
from serve_app.trends.layouts import QUARTER_S, TERM_KINDS
from serve_app.trends.measures import MEASURES
from serve_app.trends.rising import RisingQuery
from serve_app.trends.trend import GROUPS, Scope, Term, TrendQuery

#: Terms of one answer that are named.
MAX_TERMS = 20
MAX_SERIES = 50
#: Numbers of one answer: every bucket of every series has those of its measure.
MAX_NUMBERS = 300_000
MAX_DAYS = 92
MAX_RISING = 100

#: The range where the caller tells none, in days.
_RANGE_DAYS = {"hour": 2, "day": 30, "week": 182, "month": 365}
#: What a caller names one of.
_SINGULAR = {"entities": "entity", "keywords": "keyword", "hashtags": "hashtag"}
#: Measures that are kept for the posts with a term too.
_OF_POSTS_WITH_TERMS = ("posts", "sentiment")
_SHARE_OF_PATTERN = rf"^[^,]*[^\s,][^,]*(,[^,]*[^\s,][^,]*){{0,{MAX_TERMS - 1}}}$"


def _terms(description: str) -> Any:
    return Field(max_length=MAX_TERMS, description=description)


@cache
def _zone_names() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


class _ScopeParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    author: Annotated[
        str | None,
        Field(min_length=1, max_length=MAX_NAME_CHARACTERS, description="Only posts of this one."),
    ] = None
    tag: Annotated[
        str | None,
        Field(min_length=1, max_length=MAX_TAG_CHARACTERS, description="Only posts that have it."),
    ] = None


class TrendParameters(_ScopeParameters):
    """Of ``GET /v1/trends``."""

    measure: Annotated[
        str, choice_field(MEASURES, "What is followed: `share` of voice is that of `share_of`.")
    ] = "posts"
    bucket: Annotated[str, choice_field(BUCKETS, "Weeks begin on Monday (ISO 8601).")] = "day"
    tz: Annotated[
        str,
        Field(
            max_length=60,
            description="The time zone in which buckets are whole.",
            json_schema_extra={"enum": list(_zone_names()), "examples": ["Europe/Madrid"]},
        ),
    ] = "UTC"
    since: Annotated[
        str | None, time_field("It lies in the first bucket.", "2026-01-01", zone="in `tz`")
    ] = None
    until: Annotated[
        str | None,
        time_field(
            "The moment before it lies in the last bucket; by default now.",
            "2026-06-01",
            zone="in `tz`",
        ),
    ] = None
    by: Annotated[
        str | None, choice_field(GROUPS, "A series for each of those with the most posts.")
    ] = None
    entity: Annotated[
        list[EntityText],
        _terms(
            "With `entities` the names to follow, alone or with a label (`shell:ORG`); with "
            "`posts` or `sentiment` a name that the posts have."
        ),
    ] = []
    keyword: Annotated[list[KeywordText], _terms("As `entity`, of keywords.")] = []
    hashtag: Annotated[list[HashtagText], _terms("As `entity`, of hashtags, with `#` or not.")] = []
    share_of: Annotated[
        list[
            Annotated[
                str,
                Field(
                    min_length=1,
                    max_length=4_000,
                    json_schema_extra={"pattern": _SHARE_OF_PATTERN},
                ),
            ]
        ],
        Field(
            max_length=MAX_TERMS,
            description="Entities whose posts are compared, parted by commas. Given several times, "
            "each value is one name.",
            json_schema_extra={"examples": [["shell,bp"]]},
        ),
    ] = []
    limit: Annotated[
        int, Field(ge=1, le=MAX_SERIES, description="Series at most, where none is named.")
    ] = 10


class RisingParameters(_ScopeParameters):
    """Of ``GET /v1/trends/terms``."""

    kind: Annotated[
        list[Annotated[str, Field(max_length=60)]],
        Field(
            max_length=len(TERM_KINDS),
            description="Which terms; all kinds if none is named.",
            json_schema_extra={"items": {"type": "string", "enum": list(TERM_KINDS)}},
        ),
    ] = []
    days: Annotated[
        int, Field(ge=1, le=MAX_DAYS, description="Of 24 hours: the length of each period.")
    ] = 7
    until: Annotated[
        str | None, time_field("The end of the later period; by default now.", "2026-06-01")
    ] = None
    limit: Annotated[
        int, Field(ge=1, le=MAX_RISING, description="Terms at most, rising and falling each.")
    ] = 20


def trend_query(given: TrendParameters, now: datetime) -> TrendQuery:
    """What the parameters ask for.

    Args:
        given: with the values as a caller wrote them.
        now: the end of the range where the caller tells none.

    Raises:
        InvalidRequest: a value is none of its parameter, or two of them do not go together.
    """
    check_strings(given)
    measure = _measure(given)
    scope = _scope(given)
    terms = _named_terms(given, measure)
    _check_groups(given, measure, terms)
    query = TrendQuery(
        measure=measure,
        bucket=choice(given.bucket, BUCKETS, "bucket"),
        buckets=_buckets(given, now),
        scope=scope,
        by=None if given.by is None else choice(given.by, tuple(GROUPS), "by"),
        terms=terms,
        limit=given.limit,
    )
    _check_size(query)
    return query


def rising_query(given: RisingParameters, now: datetime) -> RisingQuery:
    """What the parameters ask for.

    Raises:
        InvalidRequest: a value is none of its parameter, or two of them do not go together.
    """
    check_strings(given)
    kinds = {choice(kind, TERM_KINDS, "kind") for kind in given.kind} or set(TERM_KINDS)
    until = _within(moment(given.until, "until"), now) if given.until else now
    end = -int(-until.timestamp() // QUARTER_S)  # a quarter that has begun counts
    period = given.days * 86_400 // QUARTER_S
    edges = (end - 2 * period, end - period, end)
    return RisingQuery(tuple(sorted(kinds)), edges, _scope(given), given.limit)


def _measure(given: TrendParameters) -> str:
    if given.share_of and "measure" not in given.model_fields_set:
        return "share"
    return choice(given.measure, tuple(MEASURES), "measure")


def _scope(given: _ScopeParameters) -> Scope:
    if given.author is not None and given.tag is not None:
        raise contradiction("'author' and 'tag' do not go together.", "Leave one of them out.")
    return Scope(given.author, given.tag)


def _named_terms(given: TrendParameters, measure: str) -> tuple[Term, ...]:
    """The terms that the caller names, each once, in their order."""
    named = {
        "entities": [_entity(value) for value in given.entity],
        "keywords": [Term("keywords", folded_name(text, "keyword")) for text in given.keyword],
        "hashtags": [
            Term("hashtags", folded_name(text.lstrip("#＃"), "hashtag")) for text in given.hashtag
        ],
    }
    kinds = [kind for kind, terms in named.items() if terms]
    if measure == "share":
        return _share_of(given, kinds)
    if given.share_of:
        detail = f"'share_of' does not go with the measure {quote(measure)}."
        raise contradiction(detail, "Leave 'measure' out, or send measure=share.")
    if len(kinds) > 1:
        names = " and ".join(repr(_SINGULAR[kind]) for kind in kinds)
        raise contradiction(f"{names} do not go together.", "Name terms of one kind.")
    if not kinds:
        return ()
    [kind] = kinds
    terms = tuple(dict.fromkeys(named[kind]))
    _check_terms(measure, kind, len(terms))
    return terms


def _check_terms(measure: str, kind: str, count: int) -> None:
    name = _SINGULAR[kind]
    if measure in TERM_KINDS and kind != measure:
        detail = f"'{name}' does not go with the measure {quote(measure)}."
        raise contradiction(detail, f"Send measure={kind}, or leave '{name}' out.")
    if measure in TERM_KINDS:
        return
    if measure not in _OF_POSTS_WITH_TERMS:
        detail = f"'{measure}' is not kept for posts with a term, of which '{name}' asks."
        choices = " or ".join(f"measure={each}" for each in _OF_POSTS_WITH_TERMS)
        raise contradiction(detail, f"Send {choices}, or leave '{name}' out.")
    if count > 1:
        detail = f"'{name}' stands {count} times; '{measure}' is told of the posts with one."
        raise contradiction(detail, f"Send measure={kind} for a series each.")


def _share_of(given: TrendParameters, kinds: Sequence[str]) -> tuple[Term, ...]:
    if kinds:
        detail = f"'{_SINGULAR[kinds[0]]}' does not go with 'share_of'."
        raise contradiction(detail, "Leave one of them out.")
    if not given.share_of:
        detail = "The measure 'share' is that of names, and 'share_of' names none."
        raise contradiction(detail, "Name entities, parted by commas: share_of=shell,bp.")
    values = given.share_of[0].split(",") if len(given.share_of) == 1 else given.share_of
    if len(values) > MAX_TERMS:
        detail = f"'share_of' must name up to {MAX_TERMS} entities; it names {len(values)}."
        raise refused("out-of-range", detail, "Compare fewer names at a time.")
    return tuple(dict.fromkeys(map(_entity, values)))


def _entity(value: str) -> Term:
    name = entity_name(value.strip())
    return Term("entities", name.text, name.label)


def _check_groups(given: TrendParameters, measure: str, terms: Sequence[Term]) -> None:
    if given.by is None:
        return
    if terms or measure in TERM_KINDS:
        detail = f"'by' does not go with {'a term' if terms else f'the measure {quote(measure)}'}."
        raise contradiction(detail, "Ask for one author or tag at a time, by 'author' or 'tag'.")
    if given.author is not None or given.tag is not None:
        name = "tag" if given.author is None else "author"
        raise contradiction(f"'by' and '{name}' do not go together.", "Leave one of them out.")


def _check_size(query: TrendQuery) -> None:
    """Refuse an answer that would be larger than any page can show."""
    most = len(query.terms) or (query.limit if query.by or query.of_terms else 1)
    numbers = most * len(query.buckets) * query.rule.size
    if numbers > MAX_NUMBERS:
        detail = (
            f"The answer would have up to {numbers:,} numbers, for {most} series of "
            f"{len(query.buckets):,} buckets; the limit is {MAX_NUMBERS:,}."
        )
        raise contradiction(detail, "Ask for fewer series, a shorter range, or longer buckets.")


def _buckets(given: TrendParameters, now: datetime) -> Buckets:
    zone = _zone(given.tz)
    bucket = choice(given.bucket, BUCKETS, "bucket")
    until = _within(moment(given.until, "until", zone), now) if given.until else now
    default = max(until - timedelta(days=_RANGE_DAYS[bucket]), MIN_PUBLISHED_AT)
    since = _within(moment(given.since, "since", zone), now) if given.since else default
    if since >= until:
        detail = f"'since' is {since.isoformat()}, and 'until' is {until.isoformat()}, no later."
        raise contradiction(detail, "Exchange the two: 'until' is the first moment left out.")
    try:
        return buckets(bucket, zone, since, until)
    except TooManyBuckets:
        detail = f"The range has more than {MAX_BUCKETS:,} buckets, each of one {bucket}."
        fix = "Ask for a shorter range, or longer buckets."
        raise contradiction(detail, fix) from None


def _within(time: datetime, now: datetime) -> datetime:
    """The moment, or the nearest one at which a post may have been published."""
    return min(max(time, MIN_PUBLISHED_AT), now + timedelta(days=MAX_DAYS_AHEAD))


def _zone(name: str) -> tzinfo:
    """The time zone.

    Raises:
        InvalidRequest: there is none of this name; the problem tells the nearest.
    """
    names = {zone.lower(): zone for zone in _zone_names()}
    if name in names.values():
        return UTC if name == "UTC" else ZoneInfo(name)
    near = difflib.get_close_matches(name.lower()[:60], names, n=1)
    fix = f"Did you mean '{names[near[0]]}'? " if near else ""
    detail = f"{quote(name)} is no time zone."
    raise refused("unknown-value", detail, f"{fix}Use a name of the IANA database: Europe/Madrid.")
