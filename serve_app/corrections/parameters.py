"""What endpoints of rules and corrections are given, and how they answer."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Query
from starlette.responses import Response

from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.resource_routes import from_state, id_in_path
from serve_app.corrections.desk import CorrectionsDesk
from serve_app.corrections.post_corrections import unknown_correction
from serve_app.corrections.rule_book import unknown_rule

_MAX_PAGE = 200

Desk = Annotated[CorrectionsDesk, from_state("corrections")]
RuleId = Annotated[UUID, id_in_path("rule_id", "Of a rule.", unknown_rule)]
CorrectionId = Annotated[UUID, id_in_path("correction_id", "Of a correction.", unknown_correction)]
Limit = Annotated[int, Query(ge=1, le=_MAX_PAGE, description="Of one page.")]


def json_response(
    body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A body as JSON."""
    if status == 200:
        return EncodedJsonResponse(orjson.dumps(body))
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
