"""The JSON bodies of /v1/alerts as pydantic models."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from serve_app.alerts.calibration import BASELINE_DAYS, LEAST_BASELINE_DAYS, LEAST_CHANGE_SD
from serve_app.alerts.detector import RETURN_HOURS, SETTLED_DAYS
from serve_app.alerts.measures import MEASURES
from serve_app.api.typed_body import INTEGRAL
from serve_app.errors import InvalidRequest
from serve_app.request.post import validate_string
from serve_app.webhooks.webhooks import MAX_WEBHOOKS

MAX_NAME_CHARACTERS = 200
MAX_TAG_CHARACTERS = 60
MAX_NOTE_CHARACTERS = 1_000
#: A week: the longest window, and how late posts may come.
MAX_HOURS = 168
MAX_POSTS = 10_000
#: In any measure's unit.
MAX_CHANGE = 10_000
MAX_PAGE = 200

_Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
_Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]


def _storable(name: str, *, inside: str = "") -> AfterValidator:
    """Refuses what Postgres does not keep, in a member of the body, or of one that is in it."""

    def validate(value: str | None) -> str | None:
        try:
            return value and validate_string(value, name)
        except InvalidRequest as error:
            raise InvalidRequest(error.problem.with_prefix(inside)) from None

    return AfterValidator(validate)


_Name = Field(min_length=1, max_length=MAX_NAME_CHARACTERS)

_EXAMPLE_RULE: dict[str, Any] = {
    "name": "Shell in a bad light",
    "measure": "negative_share",
    "scope": {"entity": "shell:ORG"},
    "direction": "above",
    "window_hours": 168,
    "sensitivity": "medium",
    "min_posts": 20,
    "min_change": None,
    "delay_hours": 0,
    "webhooks": None,
    "enabled": True,
}
_ID = "01a21894-7cd7-771c-a18c-279637398a98"
_EVENT_ID = "01a21894-7cd7-771c-a18c-279637398b11"
_EXAMPLE_KEPT: dict[str, Any] = {
    "id": _ID,
    **_EXAMPLE_RULE,
    "state": "alarmed",
    "open_event": _EVENT_ID,
    "reading": {
        "baseline": {
            "value": 0.14,
            "posts": 1_904,
            "since": "2026-04-27T00:00:00.000000Z",
            "until": "2026-05-25T00:00:00.000000Z",
        },
        "current": {"value": 0.38, "expected": 0.14, "posts": 61, "hours": 16, "score": 11.4},
        "threshold": 9.0,
    },
    "evaluated_at": "2026-05-31T12:00:12.120000Z",
    "created_at": "2026-05-01T09:00:00.000000Z",
    "updated_at": "2026-05-01T09:00:00.000000Z",
}
_EXAMPLE_EVENT: dict[str, Any] = {
    "id": _EVENT_ID,
    "rule": {"id": _ID, "name": "Shell in a bad light"},
    "measure": "negative_share",
    "scope": {"entity": "shell:ORG"},
    "direction": "above",
    "began_at": "2026-05-30T21:00:00.000000Z",
    "raised_at": "2026-05-31T12:00:12.120000Z",
    "ended_at": None,
    "ending": None,
    "window_hours": 16,
    "posts": 61,
    "value": 0.377049,
    "expected": 0.14,
    "score": 11.4,
    "threshold": 9.0,
    "acknowledged_at": None,
    "note": None,
}


def _examples(*examples: dict[str, Any]) -> dict[str, Any]:
    return {"examples": list(examples)}


class ScopeBody(BaseModel):
    """Which posts are watched: all, or those that meet each condition."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra=_examples({"entity": "shell:ORG"})
    )

    author: Annotated[str | None, _Name, _storable("author", inside="/scope")] = None
    tag: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_TAG_CHARACTERS,
            description="Not together with an author.",
        ),
        _storable("tag", inside="/scope"),
    ] = None
    entity: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_NAME_CHARACTERS,
            description="A name, or a name with its label: `shell:ORG`.",
        ),
        _storable("entity", inside="/scope"),
    ] = None
    keyword: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_NAME_CHARACTERS,
            description="Of entity, keyword and hashtag only one.",
        ),
        _storable("keyword", inside="/scope"),
    ] = None
    hashtag: Annotated[
        str | None,
        Field(min_length=1, max_length=MAX_NAME_CHARACTERS, description="With or without its `#`."),
        _storable("hashtag", inside="/scope"),
    ] = None


class NewAlert(BaseModel):
    """A rule on a trend."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra=_examples(_EXAMPLE_RULE)
    )

    name: Annotated[str, _Name, _storable("name")]
    measure: Annotated[
        str,
        Field(
            description="Of posts with an entity, keyword or hashtag only `count`, "
            "`mean_sentiment` and the shares.",
            json_schema_extra={"enum": list(MEASURES)},
        ),
    ]
    scope: ScopeBody = ScopeBody()
    direction: Annotated[
        Literal["above", "below", "either"],
        Field(description="Of the baseline, in which a change is told."),
    ] = "either"
    window_hours: Annotated[
        int,
        Field(
            ge=1,
            le=MAX_HOURS,
            description="Of the longest window; all shorter ones are looked at too.",
        ),
        INTEGRAL,
    ] = MAX_HOURS
    sensitivity: Annotated[
        Literal["low", "medium", "high"],
        Field(description="How much evidence an alarm takes: `low` the most."),
    ] = "medium"
    min_posts: Annotated[
        int,
        Field(ge=1, le=MAX_POSTS, description="Of a window, fewer are not judged."),
        INTEGRAL,
    ] = 20
    min_change: Annotated[
        float | None,
        Field(
            gt=0,
            le=MAX_CHANGE,
            allow_inf_nan=False,
            description="No smaller change is told: in the measure's unit, of a count as a ratio "
            f"(0.5: half as much again). By default {LEAST_CHANGE_SD} standard deviations of one "
            "post's value, of a count a quarter.",
        ),
    ] = None
    delay_hours: Annotated[
        int,
        Field(
            ge=0,
            le=MAX_HOURS,
            description="How late posts may come; the hours since are not looked at. Matters "
            "where a count falls.",
        ),
        INTEGRAL,
    ] = 0
    webhooks: Annotated[
        list[_Uuid] | None,
        Field(max_length=MAX_WEBHOOKS, description="Which are told; null is all."),
    ] = None
    enabled: bool = True


class AlertChanges(NewAlert):
    """What may be changed of a rule; what is left out stays.

    A rule that watches something else begins to learn anew, and its open event ends.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra=_examples({"sensitivity": "low"})
    )

    name: Annotated[str, _Name, _storable("name")] = ""
    measure: Annotated[str, Field(json_schema_extra={"enum": list(MEASURES)})] = ""


class BaselineBody(BaseModel):
    """What is usual."""

    value: Annotated[float, Field(description="Of a count, posts of a mean hour.")]
    posts: Annotated[int, Field(ge=0)]
    since: _Time
    until: _Time


class WindowBody(BaseModel):
    """The window up to now that differs most clearly."""

    value: float
    expected: Annotated[float, Field(description="Under the baseline, at these hours.")]
    posts: Annotated[int, Field(ge=0)]
    hours: Annotated[int, Field(ge=1)]
    score: Annotated[
        float, Field(description="Log likelihood ratio of a change; an alarm from `threshold` on.")
    ]


class ReadingBody(BaseModel):
    """What the last evaluation has seen."""

    baseline: Annotated[
        BaselineBody | None,
        Field(
            description=f"Of up to {BASELINE_DAYS} days; null while fewer than "
            f"{LEAST_BASELINE_DAYS} are known."
        ),
    ]
    current: Annotated[
        WindowBody | None, Field(description="Null where there are too few posts, and in an event.")
    ]
    threshold: float | None


class AlertBody(NewAlert):
    """A rule of the workspace, and how it is doing."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_examples(_EXAMPLE_KEPT))

    id: _Uuid
    state: Annotated[
        Literal["new", "learning", "watching", "alarmed", "disabled"],
        Field(
            description="`new`: not evaluated yet; `learning`: without a baseline; `alarmed`: with "
            "an event that is not over."
        ),
    ]
    open_event: _Uuid | None
    reading: ReadingBody | None
    evaluated_at: _Time | None
    created_at: _Time
    updated_at: _Time


class AlertList(BaseModel):
    """All rules of the workspace, oldest first."""

    items: list[AlertBody]


class EventRule(BaseModel):
    """The rule of an event."""

    id: _Uuid
    name: str


class EventBody(BaseModel):
    """A change that a rule has found: one event, one alarm."""

    model_config = ConfigDict(json_schema_extra=_examples(_EXAMPLE_EVENT))

    id: Annotated[_Uuid, Field(description="Also the `webhook-id` of its alarm.")]
    rule: EventRule
    measure: str
    scope: Annotated[dict[str, str], Field(description="As the rule had it.")]
    direction: Literal["above", "below"]
    began_at: Annotated[_Time, Field(description="Beginning of the window that told it.")]
    raised_at: _Time
    ended_at: _Time | None
    ending: Annotated[
        Literal["returned", "settled", "rule_changed", "rule_disabled"] | None,
        Field(
            description=f"`returned`: back at the baseline for at least {RETURN_HOURS} hours; "
            f"`settled`: away for {SETTLED_DAYS} days, which is the new baseline."
        ),
    ]
    window_hours: Annotated[int, Field(ge=1)]
    posts: Annotated[int, Field(ge=0)]
    value: Annotated[float, Field(description="In the window; of a count, posts of an hour.")]
    expected: float
    score: float
    threshold: float
    acknowledged_at: _Time | None
    note: str | None


class EventList(BaseModel):
    """A page of events, newest first."""

    items: list[EventBody]
    next_cursor: Annotated[
        str | None, Field(description="Of the next page; null where there is none.")
    ]


class Acknowledgement(BaseModel):
    """Somebody has seen an event. The body may be left out."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra=_examples({"note": "Anna looks into it."})
    )

    note: Annotated[str | None, Field(max_length=MAX_NOTE_CHARACTERS), _storable("note")] = None
