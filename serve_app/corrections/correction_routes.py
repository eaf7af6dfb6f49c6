"""/v1/corrections: what people put right in single answers, and all of it as training data."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from serve_app.api.batch_lines import MEDIA_TYPE as NDJSON
from serve_app.api.openapi import may_answer
from serve_app.api.resource_routes import Cursor, page
from serve_app.api.streamed import StreamedResponse
from serve_app.api.typed_body import BODY_PROBLEMS, tagged_body
from serve_app.corrections.correction_schemas import (
    AnyCorrection,
    CorrectionBody,
    Corrections,
    EntityCorrection,
    KeywordCorrection,
    MixedCorrection,
    NewCorrection,
    SentenceCorrection,
    SentimentCorrection,
    ToneCorrection,
    correction_of,
)
from serve_app.corrections.parameters import (
    CorrectionId,
    Desk,
    Limit,
    json_response,
)
from serve_app.posts.routes import parse_post_id
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["corrections"])

_LINE = {
    "post_id": "01a21894-7cd7-771c-a18c-279637398a98",
    "text": "Proud to open War Zone in Berlin.",
    "section": "sentiment",
    "field": "label",
    "model_said": "negative",
    "corrected": "neutral",
    "by": "rule",
    "model": {"name": "postlens-sentiment", "digest": "dee499ecfd6d"},
    "at": "2026-05-31T12:00:00.000000Z",
}

CorrectionRequest = Annotated[
    AnyCorrection,
    tagged_body(
        {
            "sentiment": SentimentCorrection,
            "sentence": SentenceCorrection,
            "mixed": MixedCorrection,
            "tone": ToneCorrection,
            "entity": EntityCorrection,
            "keyword": KeywordCorrection,
        }
    ),
]


@router.post(
    "/v1/corrections",
    operation_id="correctPost",
    summary="Correct the answer of a kept post",
    description="It holds for the present text of the post. What was said of the same before is "
    "replaced.",
    status_code=201,
    responses={201: {"model": CorrectionBody}},
    openapi_extra=may_answer(
        *WORKSPACE_PROBLEMS, *BODY_PROBLEMS, "lone-surrogate", "nul-character",
        "unsearchable-phrase", "invalid-post-id", "unknown-post", "nothing-to-correct",
        "too-many-rules", body=NewCorrection,
    ),
)  # fmt: skip
async def correct_post(
    body: CorrectionRequest, workspace: WorkspaceDependency, desk: Desk
) -> Response:
    """Its answer counts as corrected from now on."""
    post_id = parse_post_id(body.post_id, pointer="/post_id")
    made = await desk.posts.make(workspace.id, correction_of(body, post_id))
    location = {"Location": f"/v1/corrections/{made.id}"}
    return json_response(CorrectionBody.of(made).model_dump(), 201, location)


@router.get(
    "/v1/corrections",
    operation_id="listCorrections",
    summary="Corrections, the newest first",
    responses={200: {"model": Corrections}},
    openapi_extra=may_answer(
        *WORKSPACE_PROBLEMS, "invalid-post-id", "invalid-cursor", "out-of-range", "wrong-type"
    ),
)
async def list_corrections(
    workspace: WorkspaceDependency,
    desk: Desk,
    cursor: Cursor,
    post_id: Annotated[
        str | None, Query(description="Of this post alone.", json_schema_extra={"format": "uuid"})
    ] = None,
    limit: Limit = 50,
) -> Response:
    """Page by page."""
    id = None if post_id is None else parse_post_id(post_id)
    found = await desk.posts.list(workspace.id, post_id=id, before=cursor, limit=limit + 1)
    return json_response(page([CorrectionBody.of(each).model_dump() for each in found], limit))


@router.get(
    "/v1/corrections:export",
    operation_id="exportCorrections",
    summary="All corrections as training data",
    description="NDJSON, a line for each label, sentence, word or item that a rule or a person "
    "changed, in the texts that are kept.",
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}, "example": _LINE}}}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS),
)
async def export_corrections(workspace: WorkspaceDependency, desk: Desk) -> Response:
    """Streamed."""
    return await StreamedResponse.begun(desk.export(workspace.id), NDJSON)


@router.get(
    "/v1/corrections/{correction_id}",
    operation_id="readCorrection",
    summary="One correction",
    responses={200: {"model": CorrectionBody}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, "unknown-correction"),
)
async def read_correction(
    correction_id: CorrectionId, workspace: WorkspaceDependency, desk: Desk
) -> Response:
    """As it was made last."""
    return json_response(
        CorrectionBody.of(await desk.posts.find(workspace.id, correction_id)).model_dump()
    )


@router.delete(
    "/v1/corrections/{correction_id}",
    operation_id="takeBackCorrection",
    summary="Take a correction back",
    description="The answer is exactly what it would be without it.",
    status_code=204,
    responses={204: {}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, "unknown-correction", "unknown-post"),
)
async def take_back_correction(
    correction_id: CorrectionId, workspace: WorkspaceDependency, desk: Desk
) -> Response:
    """In one transaction with the post."""
    await desk.posts.take_back(workspace.id, correction_id)
    return Response(status_code=204)
