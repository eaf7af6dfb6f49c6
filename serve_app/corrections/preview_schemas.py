"""The JSON body of the answer of /v1/rules:preview as pydantic models."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serve_app.corrections.fields import EXAMPLE_ID, Id


class AnswerCount(BaseModel):
    """How many; at least so many where that is not exact."""

    value: Annotated[int, Field(ge=0)]
    exact: bool


class FlipCount(BaseModel):
    """What would become of what: a label, or that it is there (null: it is not)."""

    model_config = ConfigDict(populate_by_name=True)

    field: Literal["label", "sentence", "entity", "keyword"]
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None
    posts: Annotated[int, Field(ge=1)]


class ExampleFlip(BaseModel):
    """One such flip, in an example."""

    model_config = ConfigDict(populate_by_name=True)

    field: Literal["label", "sentence", "entity", "keyword"]
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None


class FlippedPost(BaseModel):
    """A kept post that would change."""

    post_id: Id
    excerpt: Annotated[str, Field(description="The text around the place that would change.")]
    start: Annotated[int, Field(ge=0, description="Of the place, in the post's text.")]
    end: Annotated[int, Field(ge=0)]
    excerpt_start: Annotated[int, Field(ge=0, description="Where in the text the excerpt begins.")]
    changes: list[ExampleFlip]


class PreviewBody(BaseModel):
    """What a rule would change."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "candidates": {"value": 132, "exact": True},
                    "looked_at": 132,
                    "changed": {"value": 41, "exact": True},
                    "flips": [
                        {"field": "sentence", "from": "negative", "to": "neutral", "posts": 41},
                        {"field": "label", "from": "negative", "to": "neutral", "posts": 17},
                    ],
                    "examples": [
                        {
                            "post_id": EXAMPLE_ID,
                            "excerpt": "Proud to open War Zone in Berlin.",
                            "start": 14,
                            "end": 22,
                            "excerpt_start": 0,
                            "changes": [{"field": "label", "from": "negative", "to": "neutral"}],
                        }
                    ],
                }
            ]
        }
    )

    candidates: Annotated[AnswerCount, Field(description="Kept posts that the rule may change.")]
    looked_at: Annotated[int, Field(ge=0, description="How many of them, the newest first.")]
    changed: Annotated[
        AnswerCount,
        Field(description="Of those looked at: all that would change, or at least so many."),
    ]
    flips: list[FlipCount]
    examples: list[FlippedPost]
