"""The JSON bodies of /v1/posts as pydantic models, for the OpenAPI document.

Posts are validated and encoded without pydantic (:mod:`serve_app.posts.content`,
:mod:`serve_app.posts.post`); tests hold these models to what is taken and sent.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serve_app.api.schemas import ref
from serve_app.posts.content import (
    MAX_METADATA_BYTES,
    MAX_METADATA_DEPTH,
    MAX_NAME_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    MAX_URL_CHARACTERS,
)
from serve_app.request.batch import MAX_POSTS
from serve_app.request.post import MAX_CHARACTERS

_ANALYSIS = ref("Analysis")["$ref"]

_Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_CHARACTERS,
        description="The post, taken exactly as sent; at least one character must be visible.",
    ),
]
#: Without control characters.
_LINE = r"^[^\u0000-\u001f\u007f-\u009f]+$"
_Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARACTERS, pattern=_LINE)]
_Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
_Tag = Annotated[str, Field(min_length=1, max_length=MAX_TAG_CHARACTERS, pattern=_LINE)]

_EXAMPLE_CONTENT: dict[str, Any] = {
    "text": "Thrilled to join Siemens in Berlin! Thank you all.",
    "external_id": "linkedin-7213",
    "author": "anna",
    "url": "https://example.org/posts/7213",
    "published_at": "2026-05-31T14:00:00+02:00",
    "tags": ["launch"],
    "metadata": {"campaign": "spring"},
}
EXAMPLE_POST: dict[str, Any] = {
    "id": "01a21894-7cd7-771c-a18c-279637398a98",
    **_EXAMPLE_CONTENT,
    "published_at": "2026-05-31T12:00:00.000000Z",
    "language": None,
    "revision": 1,
    "state": "pending",
    "failure": None,
    "created_at": "2026-05-31T12:00:04.120000Z",
    "updated_at": "2026-05-31T12:00:04.120000Z",
    "analysis": None,
}


class _Content(BaseModel):
    """What a caller tells of a post, beside its text."""

    external_id: Annotated[
        _Name | None,
        Field(
            description="Your own name for the post, unique in the workspace: written again, it is "
            "an update."
        ),
    ] = None
    author: Annotated[_Name | None, Field(description="Whoever wrote it, by any name.")] = None
    url: Annotated[
        str | None,
        Field(
            max_length=MAX_URL_CHARACTERS,
            pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^/\u0000-\u001f\u007f-\u009f\s]"
            r"[^\u0000-\u001f\u007f-\u009f]*$",
            description="Where it stands: http or https.",
        ),
    ] = None
    published_at: Annotated[
        _Time | None,
        Field(
            description="RFC 3339, from 1990 to a year ahead; without an offset it counts as UTC. "
            "By default when it was accepted."
        ),
    ] = None
    language: Annotated[
        str | None,
        Field(pattern="^[a-z]{2}$", description="ISO 639-1; by default as it is detected."),
    ] = None
    tags: Annotated[
        list[_Tag],
        Field(max_length=MAX_TAGS, description="Words to find it by; each counts once."),
    ] = []
    metadata: Annotated[
        dict[str, Any] | None,
        Field(
            description=f"Any JSON object of up to {MAX_METADATA_BYTES:,} bytes, nested up to "
            f"{MAX_METADATA_DEPTH} deep; kept as it is."
        ),
    ] = None


class NewPost(_Content):
    """A post to be kept, and the body of ``PUT /v1/posts/{id}``."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE_CONTENT]})

    text: _Text


class NewPosts(BaseModel):
    """One post, or many."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"posts": [_EXAMPLE_CONTENT]}]}
    )

    posts: Annotated[list[NewPost], Field(min_length=1, max_length=MAX_POSTS)]


class PostChanges(_Content):
    """A JSON merge patch (RFC 7396): what is left out stays, null takes a value away."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"tags": ["launch", "berlin"]}]}
    )

    text: _Text = ""


class PostFailure(BaseModel):
    """Why a post could not be analysed."""

    reason: str


class KeptPost(BaseModel):
    """A post of the workspace."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_POST]})

    id: Annotated[
        str,
        Field(
            json_schema_extra={"format": "uuid"},
            description="UUIDv7 (RFC 9562): ids sort by the time at which posts were accepted.",
        ),
    ]
    external_id: str | None
    author: str | None
    url: str | None
    published_at: _Time
    language: str | None
    tags: list[str]
    metadata: dict[str, Any] | None
    text: str
    revision: Annotated[int, Field(ge=1, description="Counts the changes of the text, from 1.")]
    state: Annotated[
        Literal["pending", "analysed", "failed"],
        Field(description="A pending post always ends as one of the others, by itself."),
    ]
    failure: PostFailure | None
    created_at: _Time
    updated_at: _Time
    analysis: Annotated[
        dict[str, Any] | None,
        Field(
            description="As of `/v1/analyze`, without `id` and `cache`, in code points. Null "
            "until it is there.",
        ),
    ]


class WrittenItem(BaseModel):
    """One post of many: written, or refused."""

    status: Annotated[
        int, Field(description="201: new; 200: an update; 202: pending; else refused.")
    ]
    post: KeptPost | None = None
    error: Annotated[dict[str, Any] | None, Field(description="A problem, with its pointer.")] = (
        None
    )


class WrittenPosts(BaseModel):
    """An item for each post, in their order."""

    items: list[WrittenItem]
