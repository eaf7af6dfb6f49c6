"""The JSON bodies of similar posts, for the OpenAPI document."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from serve_app.posts.finding_schemas import FoundPost
from serve_app.posts.schemas import EXAMPLE_POST

_EXAMPLE_SUMMARY = {name: value for name, value in EXAMPLE_POST.items() if name != "analysis"}
_EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "similarity": 0.9136,
            "shared_words": 0.8095,
            "near_duplicate": True,
            "post": _EXAMPLE_SUMMARY | {"state": "analysed"},
        }
    ]
}


class SimilarPostBody(BaseModel):
    """A post, and how like another it is."""

    similarity: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="Of what the texts are about, whatever their language: the cosine of "
            "their vectors, or 0. Among 2,900 posts, half have another at 0.57 or above.",
        ),
    ]
    shared_words: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="Of the shorter text's runs of three words the share that is in the other.",
        ),
    ]
    near_duplicate: Annotated[
        bool,
        Field(description="Whether one is an edited copy of the other: both are at least 0.5."),
    ]
    post: Annotated[FoundPost, Field(description="Without its analysis.")]


class SimilarPostList(BaseModel):
    """Similar posts, the most similar first."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    items: list[SimilarPostBody]
