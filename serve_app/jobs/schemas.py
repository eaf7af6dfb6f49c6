"""The JSON bodies of /v1/jobs as pydantic models."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from deployments.results import ANALYSES
from serve_app.jobs.flips import MAX_EXAMPLES
from serve_app.posts.filter_parameters import FilterParameters
from serve_app.request.post import MAX_CHARACTERS, MAX_ID_CHARACTERS, MAX_TOP_N
from serve_app.webhooks.webhooks import MAX_WEBHOOKS

#: Jobs, and failed posts, of a page.
MAX_PAGE = 200
MAX_FAILURES = 1_000
_MAX_COLUMN_CHARACTERS = 1_000
MAX_INDEX = 2**31 - 1

PriorityName = Literal["low", "normal", "high"]
StateName = Literal["waiting", "running", "completed", "cancelled"]
KindName = Literal["posts", "file", "filter", "replay"]
OffsetName = Literal["codepoint", "utf16", "utf8"]

_Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
_Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
_Count = Annotated[int, Field(ge=0)]
_Analyses = Annotated[
    list[str],
    Field(
        min_length=1,
        max_length=len(ANALYSES),
        description="Which are asked for.",
        json_schema_extra={
            "uniqueItems": True,
            "items": {"type": "string", "enum": list(ANALYSES)},
        },
    ),
]
_TopN = Annotated[int, Field(ge=1, le=MAX_TOP_N, description="How many keywords.")]
_Priority = Annotated[
    PriorityName, Field(description="How urgent it is among the jobs of its workspace.")
]

EXAMPLE_ID = "01a21894-7cd7-771c-a18c-279637398a98"
_EXAMPLE_NEW: dict[str, Any] = {
    "posts": [{"id": "a", "text": "We are hiring in Berlin!"}],
    "analyses": ["sentiment", "tone"],
    "priority": "normal",
}
_EXAMPLE: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "kind": "posts",
    "state": "running",
    "priority": "normal",
    "analyses": ["sentiment", "tone"],
    "offsets": "codepoint",
    "top_n": 10,
    "filter": None,
    "webhooks": None,
    "posts": 20_000,
    "all_posts_found": True,
    "succeeded": 4_199,
    "failed": 1,
    "posts_per_s": 61.5,
    "time_left_s": 256.9,
    "flips": None,
    "created_at": "2026-05-31T12:00:00.000000Z",
    "started_at": "2026-05-31T12:00:00.412000Z",
    "ended_at": None,
}
_EXAMPLE_PROBLEM: dict[str, Any] = {
    "type": "/problems/blank-text",
    "title": "The text is empty or blank",
    "status": 422,
    "detail": "The text is empty.",
    "pointer": "/posts/7/text",
    "fix": "Send a text with at least one visible character, or leave the post out.",
    "request_id": None,
}


#: What a body has to have: posts, or a filter, which alone can be replayed.
_NULL = {"type": "null"}
_EITHER: list[Any] = [
    {
        "required": ["posts"],
        "properties": {"posts": {"type": "array"}, "filter": _NULL, "replay": {"const": False}},
    },
    {"required": ["filter"], "properties": {"filter": {"type": "object"}, "posts": _NULL}},
]


def _examples(*examples: dict[str, Any]) -> dict[str, Any]:
    return {"examples": list(examples)}


class JobPost(BaseModel):
    """A post of a job; each is validated by itself."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]
    id: Annotated[
        str | None, Field(max_length=MAX_ID_CHARACTERS, description="Your own; given back.")
    ] = None


class NewJobBody(BaseModel):
    """Posts to be analysed, or conditions on kept posts: one of them."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={**_examples(_EXAMPLE_NEW), "oneOf": _EITHER}
    )

    posts: Annotated[
        list[Any] | None,
        Field(
            min_length=1,
            description="As many as the body has room for.",
            json_schema_extra={"items": JobPost.model_json_schema()},
        ),
    ] = None
    filter: Annotated[
        FilterParameters | None,
        Field(description="The conditions of `GET /v1/posts`; `{}` is all kept posts."),
    ] = None
    replay: Annotated[
        bool,
        Field(
            description="Whether the analyses that the posts of `filter` have are replaced by "
            "those of the present versions, all five, and what came out otherwise is counted."
        ),
    ] = False
    analyses: _Analyses = list(ANALYSES)
    offsets: Annotated[OffsetName, Field(description="The unit of every start and end.")] = (
        "codepoint"
    )
    top_n: _TopN = 10
    priority: _Priority = "normal"
    webhooks: Annotated[
        list[_Uuid] | None,
        Field(
            max_length=MAX_WEBHOOKS,
            description="Which are sent `job.ended`; null is all that take this type.",
        ),
    ] = None


class JobFileParameters(BaseModel):
    """How a file of posts is read, and what is asked for."""

    model_config = ConfigDict(extra="forbid")

    format: Annotated[
        Literal["ndjson", "json", "csv"] | None,
        Field(description="What it is; by default as its media type, or its beginning, says."),
    ] = None
    encoding: Annotated[
        str | None,
        Field(max_length=60, description="Of its characters; by default told by its bytes."),
    ] = None
    text_column: Annotated[
        str | None,
        Field(
            max_length=_MAX_COLUMN_CHARACTERS,
            description="The column, or member, that holds the posts, where the usual names do "
            "not do.",
        ),
    ] = None
    id_column: Annotated[
        str | None, Field(max_length=_MAX_COLUMN_CHARACTERS, description="Likewise, of your ids.")
    ] = None
    analyses: _Analyses = list(ANALYSES)
    offsets: Annotated[OffsetName, Field(description="The unit of every start and end.")] = (
        "codepoint"
    )
    top_n: _TopN = 10
    priority: _Priority = "normal"
    webhooks: Annotated[
        list[_Uuid],
        Field(
            max_length=MAX_WEBHOOKS,
            description="Which are sent `job.ended`; by default all that take this type.",
        ),
    ] = []


class FlipOfPost(BaseModel):
    """One post whose analysis came out otherwise."""

    model_config = ConfigDict(populate_by_name=True)

    post_id: _Uuid
    from_: Annotated[Any, Field(alias="from", description="What people see of it, before.")]
    to: Annotated[Any, Field(description="And after.")]


class AnalysisFlips(BaseModel):
    """How often an analysis came out otherwise, with the first examples."""

    posts: _Count
    examples: Annotated[list[FlipOfPost], Field(max_length=MAX_EXAMPLES)]


class JobBody(BaseModel):
    """A job, and how far it is."""

    model_config = ConfigDict(json_schema_extra=_examples(_EXAMPLE))

    id: _Uuid
    kind: Annotated[KindName, Field(description="Where its posts come from.")]
    state: StateName
    priority: PriorityName
    analyses: list[str]
    offsets: OffsetName
    top_n: int
    filter: dict[str, Any] | None
    webhooks: list[_Uuid] | None
    posts: Annotated[int, Field(ge=0, description="So far, until all are found.")]
    all_posts_found: bool
    succeeded: _Count
    failed: _Count
    posts_per_s: Annotated[
        float | None,
        Field(description="Of the last minute; of all its time, once it has ended."),
    ]
    time_left_s: Annotated[
        float | None, Field(description="At this rate; null where that is not known.")
    ]
    flips: Annotated[
        dict[str, AnalysisFlips] | None,
        Field(description="Of a replay, by analysis: what came out otherwise."),
    ]
    created_at: _Time
    started_at: _Time | None
    ended_at: _Time | None


class JobList(BaseModel):
    """Jobs, newest first."""

    items: list[JobBody]
    next_cursor: Annotated[str | None, Field(description="Of the next page; null at the end.")]


class FailedPost(BaseModel):
    """A post without an answer, and why: a problem (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra=_examples(
            {"index": 7, "status": "error", "id": None, "error": _EXAMPLE_PROBLEM}
        )
    )

    index: Annotated[int, Field(ge=0, description="Its place among the posts of the job.")]
    status: Literal["error"]
    id: str | None
    error: dict[str, Any]


class FailureList(BaseModel):
    """Failed posts in the order of the posts."""

    items: list[FailedPost]
    next_cursor: Annotated[int | None, Field(description="Of the next page; null at the end.")]
