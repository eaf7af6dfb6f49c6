"""The JSON bodies of the API as pydantic models.

FastAPI encodes :class:`Live`, :class:`Ready` and :class:`ProblemKind`. The others describe
bodies of the hot routes and problems, which are decoded and encoded without pydantic; tests
hold them to what is taken and sent. Answers are in :mod:`serve_app.api.analysis_schemas`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from deployments.results import ANALYSES
from serve_app.problems import PROBLEM_TYPES
from serve_app.request.batch import MAX_POSTS
from serve_app.request.post import (
    MAX_CHARACTERS,
    MAX_ID_CHARACTERS,
    MAX_TIMEOUT_MS,
    MAX_TOP_N,
    OFFSETS,
)

_REF = "#/components/schemas/"


def ref(name: str) -> dict[str, Any]:
    """A reference to a component."""
    return {"$ref": _REF + name}


_AnalysisName = Annotated[str, Field(json_schema_extra={"enum": list(ANALYSES)})]
_ProblemUri = Annotated[
    str, Field(json_schema_extra={"enum": [kind.uri for kind in PROBLEM_TYPES.values()]})
]
_ErrorStatus = Annotated[int, Field(ge=400, le=599)]
_Fix = Annotated[str, Field(description="What to do about it.")]


class AnalysisOptions(BaseModel):
    """What may be chosen for one post, or for a whole batch."""

    model_config = ConfigDict(extra="forbid")

    analyses: Annotated[
        list[_AnalysisName],
        Field(
            min_length=1,
            description="Which analyses to answer.",
            json_schema_extra={"uniqueItems": True},
        ),
    ] = list(ANALYSES)
    offsets: Annotated[
        str,
        Field(
            description="The unit of every `start` and `end`: `codepoint` for Python, "
            "`utf16` for JavaScript and Java, `utf8` for Go and Rust.",
            json_schema_extra={"enum": list(OFFSETS)},
        ),
    ] = "codepoint"
    top_n: Annotated[int, Field(ge=1, le=MAX_TOP_N, description="How many keywords.")] = 10
    timeout_ms: Annotated[
        int | None,
        Field(
            ge=1,
            le=MAX_TIMEOUT_MS,
            description="Deadline of the whole request, in milliseconds; sections "
            "that are not done by then have the status `timeout`.",
        ),
    ] = None


class PostBody(AnalysisOptions):
    """The body of ``POST /v1/analyze``, and one post of a batch."""

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_CHARACTERS,
            description="The post, taken exactly as sent; at least one character must be visible.",
        ),
    ]
    id: Annotated[
        str | None,
        Field(max_length=MAX_ID_CHARACTERS, description="Your own name for the post; given back."),
    ] = None


class BatchBody(AnalysisOptions):
    """The body of ``POST /v1/analyze/batch``."""

    posts: Annotated[list[PostBody], Field(min_length=1, max_length=MAX_POSTS)]


class ProblemBody(BaseModel):
    """A refusal, after RFC 9457."""

    type: _ProblemUri
    title: str
    status: _ErrorStatus
    detail: Annotated[str, Field(description="What is wrong this time.")]
    pointer: Annotated[
        str | None,
        Field(description="JSON pointer to the place in the body, if it is there."),
    ]
    fix: _Fix
    request_id: Annotated[
        str | None, Field(description="As in the header X-Request-Id and in the log.")
    ]


class ProblemKind(BaseModel):
    """What a problem type means."""

    type: _ProblemUri
    title: str
    status: _ErrorStatus
    fix: _Fix
    example: str


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"]


class StorageReport(BaseModel):
    """The servers that keep answers, seen from the replica that was asked."""

    down: Annotated[
        list[str],
        Field(
            description="Those that did not answer the last call. Without `postgres` texts wait "
            "to be written; without `redis` answers are slower.",
            json_schema_extra={"items": {"type": "string", "enum": ["postgres", "redis"]}},
        ),
    ]
    waiting: Annotated[int, Field(ge=0, description="Texts that wait to be written.")]
    lost: Annotated[
        int, Field(ge=0, description="Texts that could not be written since the replica started.")
    ]


class Ready(BaseModel):
    """All five analyses answer; `degraded` while a server that keeps answers does not."""

    status: Literal["ready", "degraded"]
    storage: StorageReport
    analyses: Annotated[
        dict[str, str],
        WithJsonSchema(
            {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ANALYSES},
                "required": list(ANALYSES),
            }
        ),
    ]


def body_schemas() -> dict[str, dict[str, Any]]:
    """The component schemas of the bodies that FastAPI neither decodes nor encodes."""
    batch = BatchBody.model_json_schema()
    batch["properties"]["posts"]["items"] = ref("Post")
    del batch["$defs"]
    return {
        "Post": PostBody.model_json_schema(),
        "Batch": batch,
        "Problem": ProblemBody.model_json_schema(),
    }
