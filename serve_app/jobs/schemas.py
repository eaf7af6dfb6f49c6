"""The JSON bodies of /v1/jobs as pydantic models."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from deployments.results import ANALYSES
from serve_app.api.fetched_files import MAX_FILE_URL_CHARACTERS
from serve_app.jobs.flips import MAX_EXAMPLES
from serve_app.posts.filter_parameters import FilterParameters
from serve_app.request.post import MAX_CHARACTERS, MAX_ID_CHARACTERS, MAX_TOP_N
from serve_app.webhooks.webhooks import MAX_WEBHOOKS

#: Jobs, and failed posts, of a page.
MAX_PAGE = 200
MAX_FAILURES = 1_000
_MAX_COLUMN_CHARACTERS = 1_000
MAX_INDEX = 2**31 - 1
#: How a file is read; in a body they go with its URL alone.
FILE_OPTIONS = ("format", "encoding", "text_column", "id_column")

PriorityName = Literal["low", "normal", "high"]
StateName = Literal["waiting", "running", "completed", "cancelled"]
KindName = Literal["posts", "file", "url", "filter", "replay"]
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
_EXAMPLE_OF_URL: dict[str, Any] = {
    "url": "https://files.example.org/posts.csv.gz?signature=6b1d",
    "id_column": "nr",
    "analyses": ["sentiment"],
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
    "reason": None,
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


#: What a body has to have: posts; a URL, whose file alone is read in some way; or a filter, which
#: alone can be replayed.
_NULL = {"type": "null"}
_NO_FILE = dict.fromkeys(FILE_OPTIONS, _NULL)
_NO_REPLAY = {"replay": {"const": False}}
_ONE_SOURCE: list[Any] = [
    {
        "required": ["posts"],
        "properties": {
            "posts": {"type": "array"}, "url": _NULL, "filter": _NULL, **_NO_REPLAY, **_NO_FILE
        },
    },
    {
        "required": ["url"],
        "properties": {"url": {"type": "string"}, "posts": _NULL, "filter": _NULL, **_NO_REPLAY},
    },
    {
        "required": ["filter"],
        "properties": {"filter": {"type": "object"}, "posts": _NULL, "url": _NULL, **_NO_FILE},
    },
]  # fmt: skip


def _examples(*examples: dict[str, Any]) -> dict[str, Any]:
    return {"examples": list(examples)}


class JobPost(BaseModel):
    """A post of a job; each is validated by itself."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]
    id: Annotated[
        str | None, Field(max_length=MAX_ID_CHARACTERS, description="Your own; given back.")
    ] = None


_FileFormat = Annotated[
    Literal["ndjson", "json", "csv"] | None,
    Field(description="What the file is; by default as its media type, or its beginning, says."),
]
_FileEncoding = Annotated[
    str | None,
    Field(max_length=60, description="Of its characters; by default told by its bytes."),
]
_TextColumn = Annotated[
    str | None,
    Field(
        max_length=_MAX_COLUMN_CHARACTERS,
        description="The column, or member, that holds the posts, where the usual names do not do.",
    ),
]
_IdColumn = Annotated[
    str | None, Field(max_length=_MAX_COLUMN_CHARACTERS, description="Likewise, of your ids.")
]


class NewJobBody(BaseModel):
    """Posts to be analysed, the URL of a file of them, or conditions on kept posts: one of them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={**_examples(_EXAMPLE_NEW, _EXAMPLE_OF_URL), "oneOf": _ONE_SOURCE},
    )

    posts: Annotated[
        list[Any] | None,
        Field(
            min_length=1,
            description="As many as the body has room for.",
            json_schema_extra={"items": JobPost.model_json_schema()},
        ),
    ] = None
    url: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_FILE_URL_CHARACTERS,
            description="Of a file of posts in any form that a body may have, https or http. It is "
            "read once, before the answer, and no redirect is followed; the URL is kept nowhere.",
        ),
    ] = None
    format: _FileFormat = None
    encoding: _FileEncoding = None
    text_column: _TextColumn = None
    id_column: _IdColumn = None
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

    format: _FileFormat = None
    encoding: _FileEncoding = None
    text_column: _TextColumn = None
    id_column: _IdColumn = None
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
    reason: Annotated[
        str | None,
        Field(description="Why the service has cancelled it; null where it has not."),
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
