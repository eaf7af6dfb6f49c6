"""The JSON bodies of /v1/workspace as pydantic models."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_Days = Annotated[
    float | None,
    Field(
        ge=0.01,
        le=36_500,
        description="Days after which a post is deleted, counted from when it was accepted; "
        "null keeps all.",
    ),
]
_SeparateCache = Annotated[
    bool,
    Field(
        description="Whether texts of the workspace are cached apart from those of all others: "
        "then not even the time of an answer tells that somebody else sent the same text."
    ),
]


class WorkspaceBody(BaseModel):
    """A workspace."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "acme",
                    "created_at": "2026-05-31T12:00:00.000000Z",
                    "retention_days": 365,
                    "separate_cache": False,
                    "posts": 8_480,
                    "posts_exact": True,
                }
            ]
        }
    )

    name: str
    created_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    retention_days: _Days
    separate_cache: _SeparateCache
    posts: Annotated[int, Field(ge=0, description="How many it has.")]
    posts_exact: Annotated[
        bool,
        Field(
            description="Whether they were counted one by one, as up to 10,000 are; above, the "
            "number is what Postgres estimates."
        ),
    ]


class WorkspaceChanges(BaseModel):
    """What may be changed of a workspace; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"retention_days": 365, "separate_cache": False}]},
    )

    retention_days: _Days = None
    separate_cache: _SeparateCache = False
