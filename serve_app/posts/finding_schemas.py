"""The query parameters and the answer of ``GET /v1/posts`` as pydantic models.

Answers are encoded without pydantic; tests hold these models to what is sent.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from deployments.results import EMOTIONS
from serve_app.posts.cursor import MAX_CURSOR_CHARACTERS
from serve_app.posts.filter_parameters import FilterParameters
from serve_app.posts.relevance import MAX_RANKED
from serve_app.posts.schemas import EXAMPLE_POST, KeptPost
from serve_app.posts.sorting import RELEVANCE, SORT_COLUMNS, SORTS

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class ListParameters(FilterParameters):
    """Which posts, in which order, and how much of them."""

    sort: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=60,
            description=f"One of: {', '.join(SORTS)}; or `-emotion:` with an emotion, the "
            "strongest first. With `-` from above. A post without the score is left out. "
            f"`relevance`, the default with `q`, ranks the newest {MAX_RANKED} that match; "
            "`-time` is the default without.",
            json_schema_extra={
                "pattern": f"^(-?({'|'.join(SORT_COLUMNS)})|{RELEVANCE}"
                f"|-emotion:({'|'.join(EMOTIONS)}))$",
                "examples": ["-sentiment", "-emotion:joy"],
            },
        ),
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Posts of a page.")] = DEFAULT_LIMIT
    cursor: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_CURSOR_CHARACTERS,
            description="`next_cursor` of the page before, with the same filter and sort.",
        ),
    ] = None
    count: Annotated[
        bool, Field(description="Say how many posts there are: exactly up to 10,000.")
    ] = False
    view: Annotated[
        str,
        Field(
            description="`summary` leaves the analyses out.",
            json_schema_extra={"enum": ["full", "summary"]},
        ),
    ] = "full"


class Match(BaseModel):
    """A word of the text that was looked for, in code points."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]


class FoundPost(KeptPost):
    """A post of a list."""

    analysis: Annotated[
        dict[str, Any] | None,
        Field(description="As of one post; left out with `view=summary`."),
    ] = None
    matches: Annotated[
        list[Match] | None,
        Field(description="With `q`: the words that it was found by, in order."),
    ] = None


class PostCount(BaseModel):
    """How many posts the whole list has."""

    value: Annotated[int, Field(ge=0)]
    exact: Annotated[bool, Field(description="False above 10,000: then it is an estimate.")]


class FoundPosts(BaseModel):
    """A page of posts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [EXAMPLE_POST | {"matches": [{"start": 16, "end": 23}]}],
                    "next_cursor": None,
                    "count": {"value": 1, "exact": True},
                }
            ]
        }
    )

    items: list[FoundPost]
    next_cursor: Annotated[
        str | None, Field(description="For the next page; null where this is the last one.")
    ]
    count: Annotated[PostCount | None, Field(description="Only if it was asked for.")] = None
