"""The JSON bodies of /v1/corrections as pydantic models."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel, StrictBool

from deployments.tone.dominant import TONE_WORDS
from serve_app.corrections.fields import (
    EXAMPLE_ID,
    End,
    Id,
    IsKeyword,
    LabelOrNone,
    PhraseText,
    Polarity,
    Start,
    Time,
    checked_phrase,
)
from serve_app.corrections.values import Correction, CorrectionKind
from serve_app.problems import quote
from serve_app.request.fields import invalid_request
from serve_app.response.timestamps import rfc3339
from serve_app.store.uuid7 import uuid7

_EXAMPLE_CORRECTION: dict[str, Any] = {
    "kind": "entity",
    "post_id": EXAMPLE_ID,
    "start": 17,
    "end": 22,
    "value": "ORG",
}


class _CorrectionOfPost(BaseModel):
    """What all kinds of corrections have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    post_id: Annotated[
        str, Field(json_schema_extra={"format": "uuid"}, description="Of a kept post.")
    ]


class SentimentCorrection(_CorrectionOfPost):
    """How the post feels."""

    kind: Literal["sentiment"]
    value: Polarity


class SentenceCorrection(_CorrectionOfPost):
    """How one of the answer's sentences feels."""

    kind: Literal["sentence"]
    start: Start
    end: End
    value: Polarity


class MixedCorrection(_CorrectionOfPost):
    """Whether the post both praises and complains."""

    kind: Literal["mixed"]
    value: StrictBool


class ToneCorrection(_CorrectionOfPost):
    """How the post sounds."""

    kind: Literal["tone"]
    value: Annotated[str, Field(json_schema_extra={"enum": list(TONE_WORDS)})]


class EntityCorrection(_CorrectionOfPost):
    """What a stretch of the text names."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_CORRECTION]})

    kind: Literal["entity"]
    start: Start
    end: End
    value: LabelOrNone


class KeywordCorrection(_CorrectionOfPost):
    """Whether a phrase is a keyword of the post."""

    kind: Literal["keyword"]
    phrase: PhraseText
    value: IsKeyword


AnyCorrection = (
    SentimentCorrection
    | SentenceCorrection
    | MixedCorrection
    | ToneCorrection
    | EntityCorrection
    | KeywordCorrection
)


class NewCorrection(RootModel[Annotated[AnyCorrection, Field(discriminator="kind")]]):
    """What is right, in the answer of one post."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_CORRECTION]})


class CorrectionBody(BaseModel):
    """A correction of a kept post."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": EXAMPLE_ID,
                    **_EXAMPLE_CORRECTION,
                    "revision": 1,
                    "phrase": None,
                    "created_at": "2026-05-31T12:00:00.000000Z",
                }
            ]
        }
    )

    id: Id
    post_id: Id
    revision: Annotated[
        int, Field(ge=1, description="Of the post's text; of later ones it says nothing.")
    ]
    kind: Literal["sentiment", "sentence", "mixed", "tone", "entity", "keyword"]
    value: str | bool | None
    start: int | None
    end: int | None
    phrase: str | None
    created_at: Time

    @classmethod
    def of(cls, correction: Correction) -> "CorrectionBody":
        """The body of a kept correction."""
        assert correction.created_at is not None  # it is kept
        return cls(
            id=str(correction.id),
            post_id=str(correction.post_id),
            revision=correction.revision,
            kind=correction.kind.value,
            value=correction.value,
            start=correction.start,
            end=correction.end,
            phrase=correction.phrase,
            created_at=rfc3339(correction.created_at),
        )


class Corrections(BaseModel):
    """Corrections of the workspace's posts, the newest first."""

    items: list[CorrectionBody]
    next_cursor: str | None


def correction_of(body: AnyCorrection, post_id: UUID) -> Correction:
    """The correction that a body describes, of whatever text the post has.

    Raises:
        InvalidRequest: it describes none.
    """
    phrase = body.phrase if isinstance(body, KeywordCorrection) else None
    start, end = None, None
    if isinstance(body, (SentenceCorrection, EntityCorrection)):
        start, end = body.start, body.end
        if end <= start:
            detail = f"Nothing is from {start} to {end}: 'end' must be above 'start'."
            raise invalid_request("nothing-to-correct", detail, "/end")
    if isinstance(body, ToneCorrection) and body.value not in TONE_WORDS:
        detail = f"{quote(body.value)} is no word for a tone."
        fix = f"Use one of: {', '.join(TONE_WORDS)}."
        raise invalid_request("unknown-value", detail, "/value", fix=fix)
    return Correction(
        id=uuid7(),
        post_id=post_id,
        revision=0,
        kind=CorrectionKind(body.kind),
        value=body.value,
        start=start,
        end=end,
        phrase=phrase and checked_phrase(phrase, "/phrase"),
    )
