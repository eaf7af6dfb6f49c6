"""The JSON bodies of /v1/usage as pydantic models."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

#: Of one answer; a quarter of a year.
MAX_DAYS = 92

_Count = Annotated[int, Field(ge=0)]
_Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
_KeyId = Annotated[str, Field(json_schema_extra={"format": "uuid"})]

_KEY = "01a21894-7cd7-771c-a18c-279637398a98"
_COUNTS = {"posts": 1_200, "characters": 840_000, "requests": 31}
_MONTH: dict[str, Any] = {
    "key": _KEY,
    "posts_per_month": 100_000,
    "posts_left": 98_800,
    "characters_per_month": None,
    "characters_left": None,
    "renews_at": "2026-06-01T00:00:00.000000Z",
}
_EXAMPLE: dict[str, Any] = {
    "since": "2026-05-01",
    "until": "2026-05-31",
    "items": [{"day": "2026-05-31", "key": _KEY, **_COUNTS}],
    "total": _COUNTS,
    "months": [_MONTH],
}


class UsageCounts(BaseModel):
    """What was taken on: posts, their characters, and the requests that brought them."""

    posts: _Count
    characters: _Count
    requests: _Count


class UsageItem(UsageCounts):
    """Of one key on one day."""

    day: _Day
    key: Annotated[
        _KeyId | None,
        Field(description="null where no key was needed, or it is one of the environment."),
    ]


class MonthBody(BaseModel):
    """What is left of the month of a key that has such a limit."""

    key: _KeyId
    posts_per_month: _Count | None
    posts_left: _Count | None
    characters_per_month: _Count | None
    characters_left: _Count | None
    renews_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class UsageBody(BaseModel):
    """The usage of some days."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    since: _Day
    until: _Day
    items: Annotated[list[UsageItem], Field(description="Oldest first; days without any left out.")]
    total: UsageCounts
    months: Annotated[list[MonthBody], Field(description="Of keys in force, as of now.")]
