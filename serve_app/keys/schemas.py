"""The JSON bodies of /v1/keys as pydantic models."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from serve_app.api.scopes import SCOPES, Scope
from serve_app.api.typed_body import INTEGRAL
from serve_app.quotas.limits import (
    MAX_CHARACTERS_PER_MONTH,
    MAX_POSTS_PER_MINUTE,
    MAX_POSTS_PER_MONTH,
)
from serve_app.request.post import validate_string
from serve_app.settings import WORKSPACE_NAME

MAX_NAME_CHARACTERS = 100
MAX_DAYS = 3_650
#: The old key works on for so long at most.
MAX_OVERLAP_HOURS = 720

_Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
_Name = Annotated[
    str,
    Field(min_length=1, max_length=MAX_NAME_CHARACTERS, description="For people."),
    AfterValidator(lambda value: validate_string(value, "name")),
]
_Scopes = Annotated[
    list[Scope],
    Field(
        min_length=1,
        max_length=len(SCOPES),
        description="What it allows; none contains another. `admin` is keys, usage and the "
        "workspace itself.",
        json_schema_extra={"uniqueItems": True},
    ),
]


def _most(limit: int, description: str) -> Any:
    return Field(ge=1, le=limit, description=f"{description}; null is without a limit.")


_PerMinute = Annotated[
    int | None,
    _most(MAX_POSTS_PER_MINUTE, "Posts a minute; unused, so many may come at once"),
    INTEGRAL,
]
_PostsPerMonth = Annotated[
    int | None, _most(MAX_POSTS_PER_MONTH, "Posts in a month of the calendar, in UTC"), INTEGRAL
]
_CharactersPerMonth = Annotated[
    int | None, _most(MAX_CHARACTERS_PER_MONTH, "Characters of texts in such a month"), INTEGRAL
]

EXAMPLE_ID = "01a21894-7cd7-771c-a18c-279637398a98"
_EXAMPLE_NEW: dict[str, Any] = {
    "name": "The newsroom's dashboard",
    "scopes": ["analyze", "posts:read"],
    "posts_per_minute": 600,
    "posts_per_month": 100_000,
    "characters_per_month": None,
}
_EXAMPLE: dict[str, Any] = {
    "id": EXAMPLE_ID,
    **_EXAMPLE_NEW,
    "expires_at": "2026-08-29T12:00:00.000000Z",
    "hint": "plk_Zk3vQ1",
    "in_force": True,
    "created_at": "2026-05-31T12:00:00.000000Z",
    "revoked_at": None,
    "previous_until": None,
}


class NewKey(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{**_EXAMPLE_NEW, "expires_in_days": 90}]},
    )

    name: _Name
    scopes: _Scopes = ["analyze", "posts:read", "posts:write", "jobs"]
    posts_per_minute: _PerMinute = None
    posts_per_month: _PostsPerMonth = None
    characters_per_month: _CharactersPerMonth = None
    expires_in_days: Annotated[
        float | None,
        Field(gt=0, le=MAX_DAYS, description="After these it is good for nothing; null is never."),
    ] = None
    workspace: Annotated[
        str | None,
        Field(
            pattern=f"^{WORKSPACE_NAME.pattern}$",
            description="Whose it is: the caller's own, unless the service asked for no key.",
        ),
    ] = None


class KeyChanges(BaseModel):
    """What may be changed of a key; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"posts_per_minute": 1_200}]}
    )

    name: _Name = ""
    posts_per_minute: _PerMinute = None
    posts_per_month: _PostsPerMonth = None
    characters_per_month: _CharactersPerMonth = None


class KeyRotation(BaseModel):
    """How a key is rotated."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"overlap_hours": 24}]}
    )

    overlap_hours: Annotated[
        float,
        Field(ge=0, le=MAX_OVERLAP_HOURS, description="For so long the old key is good too."),
    ] = 24


class KeyBody(BaseModel):
    """What is known of a key."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: Annotated[str, Field(json_schema_extra={"format": "uuid"})]
    name: _Name
    hint: Annotated[str, Field(description="How the key begins.")]
    scopes: _Scopes
    in_force: bool
    posts_per_minute: _PerMinute
    posts_per_month: _PostsPerMonth
    characters_per_month: _CharactersPerMonth
    created_at: _Time
    expires_at: _Time | None
    revoked_at: _Time | None
    previous_until: Annotated[
        _Time | None, Field(description="Until then the key before the rotation is good too.")
    ]


class KeyWithToken(KeyBody):
    """A new key; the only answer that has the key itself."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_EXAMPLE, "key": "plk_Zk3vQ1" + "x" * 37}]}
    )

    key: Annotated[str, Field(description="Shown this once.")]


class KeyList(BaseModel):
    """The keys of a workspace."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_EXAMPLE]}]})

    items: list[KeyBody]
