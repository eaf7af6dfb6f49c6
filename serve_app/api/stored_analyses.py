"""GET /v1/analyses/{digest}: what is stored for a text."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AfterValidator
from starlette.responses import Response

from serve_app.api.dependencies import ServiceDependency
from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.openapi import json_content, may_answer
from serve_app.errors import InvalidRequest
from serve_app.problems import problem
from serve_app.request.digest import DIGEST, parse_digest

router = APIRouter(tags=["analyses"])


_Digest = Annotated[
    str,
    Path(
        description="The `digest` of an answer.",
        json_schema_extra={"pattern": f"^{DIGEST.pattern}$"},
    ),
    AfterValidator(parse_digest),
]


@router.get(
    "/v1/analyses/{digest}",
    operation_id="findAnalysis",
    summary="What is stored for a text",
    description="The text itself is not stored, and not shown. Offsets are code points.",
    responses={200: {"content": json_content("Analysis")}},
    openapi_extra=may_answer(
        "invalid-digest", "unknown-analysis-digest", "store-unavailable", "not-ready"
    ),
)
async def find_analysis(digest: _Digest, service: ServiceDependency) -> Response:
    """The stored analysis of the text with this digest."""
    answer = await service.find(digest)
    if answer is None:
        detail = "Nothing is stored under this digest."
        raise InvalidRequest(problem("unknown-analysis-digest", detail))
    return EncodedJsonResponse(answer)
