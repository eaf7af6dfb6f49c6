"""The JSON bodies of revisions and of POST /v1/posts:compare, for the OpenAPI document."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serve_app.posts.schemas import PostFailure
from serve_app.request.post import MAX_CHARACTERS

_EXAMPLE_ID = "01a21894-7cd7-771c-a18c-279637398a98"
_EXAMPLE_REVISIONS: dict[str, Any] = {
    "items": [
        {
            "revision": 2,
            "revised_at": "2026-05-31T12:10:00.000000Z",
            "state": "pending",
            "failure": None,
            "text": "Thrilled to join Siemens in Berlin! Thank you all.",
            "analysis": None,
        },
        {
            "revision": 1,
            "revised_at": "2026-05-31T12:00:04.120000Z",
            "state": "failed",
            "failure": {"reason": "The analyses were not there in time."},
            "text": "Thrilled to join Siemens!",
            "analysis": None,
        },
    ]
}
_EXAMPLE_PAIR: dict[str, Any] = {
    "from": {"post": _EXAMPLE_ID, "revision": 1},
    "to": {"text": "Thrilled to join Siemens in Berlin! Thank you all."},
}


class RevisionBody(BaseModel):
    """One text of a post."""

    revision: Annotated[int, Field(ge=1, description="Counts the changes of the text.")]
    revised_at: Annotated[
        str,
        Field(
            json_schema_extra={"format": "date-time"},
            description="When it became the post's text.",
        ),
    ]
    state: Annotated[
        Literal["pending", "analysed", "failed"],
        Field(description="Of its analysis; an earlier text keeps the one that it had."),
    ]
    failure: PostFailure | None
    text: str
    analysis: Annotated[
        dict[str, Any] | None,
        Field(
            description="As of `/v1/analyze`, without `id` and `cache`, in code points. Null "
            "where there is none."
        ),
    ]


class RevisionList(BaseModel):
    """The texts that a post has had, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_REVISIONS]})

    items: list[RevisionBody]


class NamedPost(BaseModel):
    """A post, or one of its revisions."""

    model_config = ConfigDict(extra="forbid")

    post: Annotated[str, Field(json_schema_extra={"format": "uuid"})]
    revision: Annotated[
        int | None, Field(ge=1, le=2**31 - 1, description="By default the latest.")
    ] = None


class DraftText(BaseModel):
    """A text that is no post; none is made of it."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]


class ComparedPair(BaseModel):
    """Two texts to compare."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE_PAIR]})

    old: Annotated[NamedPost | DraftText, Field(alias="from")]
    new: Annotated[NamedPost | DraftText, Field(alias="to")]
