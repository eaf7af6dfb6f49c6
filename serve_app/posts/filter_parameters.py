"""The conditions on posts as a caller writes them: the query parameters of a request.

:class:`FilterParameters` tells FastAPI and the OpenAPI document which there are;
:func:`post_filter` reads their values. Knows no SQL.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from deployments.results import EMOTIONS
from deployments.sentiment.analyzer import LABELS as SENTIMENTS
from deployments.tone.dominant import TONE_WORDS
from serve_app.errors import InvalidRequest
from serve_app.posts.content import MAX_NAME_CHARACTERS, MAX_TAG_CHARACTERS, read_time
from serve_app.posts.filters import (
    PARTS,
    STATES,
    EmotionAtLeast,
    EntityName,
    PostFilter,
    check,
)
from serve_app.posts.terms import (
    ENTITY_LABEL,
    LEAST_EMOTION,
    MAX_TERM_CHARACTERS,
    folded,
    link_host,
)
from serve_app.problems import problem, quote

#: Values of one parameter that may stand several times.
MAX_VALUES = 10
MAX_QUERY_CHARACTERS = 500
#: Words of a query; each is asked of each language.
MAX_QUERY_WORDS = 32
#: Of a host (RFC 1035, 2.3.4), with room for a scheme and a path that are left out.
_MAX_LINK_CHARACTERS = 2_000

_EMOTION = re.compile(r"(?P<name>[^<>=\s]+)\s*>=\s*(?P<value>\d(?:\.\d{1,3})?)")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
#: A plus sign that nobody encoded, which a query string takes for a space.
_LOST_PLUS = re.compile(r"(?<=T)(.+) (?=\d\d:?\d\d$)")

_EMOTION_PATTERN = rf"^({'|'.join(EMOTIONS)})\s*>=\s*(0\.[1-9]\d{{0,2}}|1(\.0{{1,3}})?)$"
#: Blanks to Python: JavaScript's \s, which the OpenAPI document means, has fewer.
_BLANKS = r"\s\x1c-\x1f\x85"
_VISIBLE = f"[^{_BLANKS}]"
#: Some visible character that is not of a label alone.
_ENTITY_PATTERN = rf"^(?!\s*:{ENTITY_LABEL.pattern}$)[\s\S]*{_VISIBLE}"
_MAX_LABEL_CHARACTERS = len(":") + 32
_HOST_PATTERN = r"^(https?://)?\w([\w.-]*\w)?(/\S*)?$"

T = TypeVar("T")

_Tag = Annotated[str, Field(min_length=1, max_length=MAX_TAG_CHARACTERS)]
_Word = Annotated[str, Field(min_length=1, max_length=60)]


def _values(description: str) -> Any:
    return Field(max_length=MAX_VALUES, description=f"{description} Several: all of them.")


def _like(pattern: str, most: int = MAX_TERM_CHARACTERS) -> Any:
    """A string whose pattern the OpenAPI document tells; :func:`post_filter` checks it."""
    return Field(min_length=1, max_length=most, json_schema_extra={"pattern": pattern})


def time_field(description: str, example: str, *, zone: str = "UTC") -> Any:
    """A moment, which without an offset counts as in a time zone."""
    formats: list[Any] = [{"type": "string", "format": each} for each in ("date", "date-time")]
    return Field(
        max_length=60,
        description=f"{description} A date, or a date and time of RFC 3339; without an offset it "
        f"counts as {zone}.",
        json_schema_extra={"anyOf": formats, "examples": [example]},
    )


def choice_field(choices: Iterable[str], description: str) -> Any:
    """One of some strings; :func:`choice` checks it."""
    return Field(description=description, json_schema_extra={"enum": list(choices)})


def _number(low: float, high: float, description: str) -> Any:
    return Field(ge=low, le=high, allow_inf_nan=False, description=description)


_Emotion = Annotated[str, _like(_EMOTION_PATTERN, 60)]
EntityText = Annotated[str, _like(_ENTITY_PATTERN, MAX_TERM_CHARACTERS + _MAX_LABEL_CHARACTERS)]
KeywordText = Annotated[str, _like(_VISIBLE)]
HashtagText = Annotated[str, _like(rf"^[#＃]*\s*[^#＃{_BLANKS}]")]
_Mention = Annotated[str, _like(rf"^[@＠]*\s*[^@＠{_BLANKS}]")]
_Host = Annotated[str, _like(_HOST_PATTERN, _MAX_LINK_CHARACTERS)]


class FilterParameters(BaseModel):
    """Which posts: those that meet all conditions."""

    model_config = ConfigDict(extra="forbid")

    author: Annotated[
        str | None,
        Field(min_length=1, max_length=MAX_NAME_CHARACTERS, description="As it was written."),
    ] = None
    tag: Annotated[list[_Tag], _values("As it was written.")] = []
    since: Annotated[str | None, time_field("The earliest `published_at`.", "2026-05-01")] = None
    until: Annotated[
        str | None,
        time_field("The first `published_at` that is left out.", "2026-06-01T00:00:00Z"),
    ] = None
    language: Annotated[
        str | None,
        Field(
            max_length=60,
            description="As it was told with the post, or else detected: ISO 639-1, or `und`.",
            json_schema_extra={"pattern": f"^{_LANGUAGE.pattern}$"},
        ),
    ] = None
    sentiment: Annotated[str | None, choice_field(SENTIMENTS, "The likeliest class.")] = None
    sentiment_min: Annotated[
        float | None, _number(-1, 1, "Probability of positive less that of negative, at least.")
    ] = None
    sentiment_max: Annotated[float | None, _number(-1, 1, "The same, at most.")] = None
    mixed: Annotated[bool | None, Field(description="Praise beside complaint, or not.")] = None
    tone: Annotated[str | None, choice_field(TONE_WORDS, "The dominant one.")] = None
    emotion: Annotated[
        list[_Emotion],
        Field(
            max_length=MAX_VALUES,
            description=f"An emotion and how strong it is at least, {LEAST_EMOTION:g} to 1. "
            "Several: all of them.",
            json_schema_extra={"examples": [["joy>=0.4"]]},
        ),
    ] = []
    entity: Annotated[
        list[EntityText],
        _values(
            "A name that the text has, alone or with its label: `shell`, `shell:ORG`. "
            "Case and outer space make no difference."
        ),
    ] = []
    keyword: Annotated[list[KeywordText], _values("A key phrase, in any case.")] = []
    hashtag: Annotated[
        list[HashtagText],
        _values("With or without its sign, in any case."),
    ] = []
    mention: Annotated[
        list[_Mention],
        _values("With or without its sign, in any case."),
    ] = []
    host: Annotated[
        list[_Host],
        _values("The host of a link in the text, without `www.`"),
    ] = []
    ease_min: Annotated[float | None, _number(0, 100, "Reading ease at least.")] = None
    ease_max: Annotated[float | None, _number(0, 100, "Reading ease at most.")] = None
    has: Annotated[
        list[_Word],
        Field(
            max_length=len(PARTS),
            description="What the post has. Several: all of them.",
            json_schema_extra={"items": {"type": "string", "enum": list(PARTS)}},
        ),
    ] = []
    has_not: Annotated[
        list[_Word],
        Field(
            max_length=len(PARTS),
            description="What the post is known to have none of. Several: none of them.",
            json_schema_extra={"items": {"type": "string", "enum": list(PARTS)}},
        ),
    ] = []
    rule: Annotated[
        str | None,
        Field(
            max_length=60,
            description="The id of a rule that has changed the answer.",
            json_schema_extra={"format": "uuid"},
        ),
    ] = None
    state: Annotated[str | None, choice_field(STATES, "Of the analysis.")] = None
    q: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_QUERY_CHARACTERS,
            description="Words of the text, in any form that its language has of them: "
            '`climate goal`, `"net zero"` as a phrase, `-shell` without, `wind or solar`. '
            f"Up to {MAX_QUERY_WORDS} words.",
            json_schema_extra={"pattern": rf"^\s*(\S+(\s+|$)){{1,{MAX_QUERY_WORDS}}}$"},
        ),
    ] = None


def post_filter(parameters: FilterParameters) -> PostFilter:
    """The conditions that the parameters name.

    Raises:
        InvalidRequest: a value is none of its parameter, or no post can meet them all.
    """
    check_strings(parameters)
    given = parameters
    filter = PostFilter(
        author=given.author,
        tags=_each(given.tag, str),
        since=_optional(given.since, lambda value: moment(value, "since")),
        until=_optional(given.until, lambda value: moment(value, "until")),
        language=_optional(given.language, _language),
        sentiment=_optional(given.sentiment, lambda v: choice(v, SENTIMENTS, "sentiment")),
        sentiment_min=given.sentiment_min,
        sentiment_max=given.sentiment_max,
        mixed=given.mixed,
        tone=_optional(given.tone, lambda value: choice(value, TONE_WORDS, "tone")),
        emotions=_each(given.emotion, _emotion),
        entities=_each(given.entity, entity_name),
        keywords=_each(given.keyword, lambda value: folded_name(value, "keyword")),
        hashtags=_each(given.hashtag, lambda value: folded_name(value.lstrip("#＃"), "hashtag")),
        mentions=_each(given.mention, lambda value: folded_name(value.lstrip("@＠"), "mention")),
        hosts=_each(given.host, _host),
        ease_min=given.ease_min,
        ease_max=given.ease_max,
        has=_each(given.has, lambda value: choice(value, PARTS, "has")),
        has_not=_each(given.has_not, lambda value: choice(value, PARTS, "has_not")),
        rule=_optional(given.rule, _rule),
        state=_optional(given.state, lambda value: choice(value, STATES, "state")),
        q=_optional(given.q, _query),
    )
    check(filter)
    return filter


def refused(slug: str, detail: str, fix: str) -> InvalidRequest:
    """The exception for a query parameter, which no JSON pointer leads to."""
    return InvalidRequest(problem(slug, detail, fix=fix))


def choice(value: str, choices: Sequence[str], name: str) -> str:
    """The value, which is one of the choices.

    Raises:
        InvalidRequest: it is not; the problem names the nearest.
    """
    if value in choices:
        return value
    by_case = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(value.lower()[:60], by_case, n=1)
    fix = f"Use one of: {', '.join(choices)}."
    fix = f"Did you mean '{by_case[near[0]]}'? {fix}" if near else fix
    raise refused("unknown-value", f"{quote(value)} is no value of '{name}'.", fix)


def _optional(value: str | None, read: Callable[[str], T]) -> T | None:
    return None if value is None else read(value)


def _each(values: Sequence[str], read: Callable[[str], T]) -> tuple[T, ...]:
    """The values, each once, in an order of their own: equal conditions are equal."""
    return tuple(sorted({read(value) for value in values}, key=repr))


def check_strings(parameters: BaseModel) -> None:
    """Refuse NUL characters, which Postgres cannot be asked about.

    Raises:
        InvalidRequest: a value has one.
    """
    for name, value in parameters:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and "\0" in text:
                detail = f"Character {text.index(chr(0))} of '{name}' is U+0000."
                raise refused("nul-character", detail, "Remove U+0000; no post has it.")


def moment(value: str, name: str, zone: tzinfo = UTC) -> datetime:
    """A moment in UTC; without an offset it counts as in the time zone.

    Raises:
        InvalidRequest: the value is none.
    """
    text = _LOST_PLUS.sub(r"\1+", value.strip())
    with suppress(ValueError):
        if (local := datetime.fromisoformat(text)).tzinfo is None:
            text = local.replace(tzinfo=zone).isoformat()
    try:
        return read_time(text, name, "")
    except InvalidRequest as error:
        raise InvalidRequest(replace(error.problem, pointer=None)) from None


def _language(value: str) -> str:
    if _LANGUAGE.fullmatch(value):
        return value
    detail = f"'language' must be a code of ISO 639-1; it is {quote(value)}."
    raise refused("unknown-value", detail, "Send small letters, as 'es', or 'und'.")


def _emotion(value: str) -> EmotionAtLeast:
    match = _EMOTION.fullmatch(value.strip())
    if match is None:
        detail = f"'emotion' must be a name, '>=' and a number; it is {quote(value)}."
        raise refused("unknown-value", detail, "Send it like joy>=0.4, with 3 decimals at most.")
    thousandths = round(1000 * float(match["value"]))
    if not 1000 * LEAST_EMOTION <= thousandths <= 1000:
        detail = f"'emotion' must be from {LEAST_EMOTION:g} to 1; it is {match['value']}."
        raise refused("out-of-range", detail, "Weaker emotions than that are not told apart.")
    return EmotionAtLeast(choice(match["name"], EMOTIONS, "emotion"), thousandths)


def entity_name(value: str) -> EntityName:
    """The name of an entity, and the label if it is written behind it."""
    text, colon, label = value.rpartition(":")
    if colon and ENTITY_LABEL.fullmatch(label):
        return EntityName(folded_name(text, "entity"), label)
    return EntityName(folded_name(value, "entity"))


def folded_name(value: str, name: str) -> str:
    """A name as it is compared.

    Raises:
        InvalidRequest: nothing is left of it.
    """
    if text := folded(value):
        return text
    detail = f"'{name}' is blank."
    raise refused("out-of-range", detail, f"Send a {name} of at least one character.")


def _host(value: str) -> str:
    if (host := link_host(value.strip())) and not re.search(r"\s", host):
        return host
    detail = f"'host' must be the host of a link; it is {quote(value)}."
    raise refused("unknown-value", detail, "Send it like example.org.")


def _rule(value: str) -> str:
    with suppress(ValueError):
        return str(UUID(value))
    detail = f"'rule' must be the id of a rule; it is {quote(value)}."
    raise refused("unknown-value", detail, "Send a UUID; GET /v1/rules lists those that there are.")


def _query(value: str) -> str:
    words = value.split()
    if not words:
        raise refused("out-of-range", "'q' is blank.", "Send a word to look for.")
    if len(words) > MAX_QUERY_WORDS:
        detail = f"'q' has {len(words):,} words; the limit is {MAX_QUERY_WORDS}."
        raise refused("out-of-range", detail, "Send fewer words.")
    return " ".join(words)
