"""What endpoints of rules and corrections are given, and how they answer."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.corrections.desk import CorrectionsDesk
from serve_app.corrections.post_corrections import unknown_correction
from serve_app.corrections.rule_book import unknown_rule
from serve_app.problems import quote
from serve_app.request.fields import invalid_request

_MAX_PAGE = 200


async def _desk(request: Request) -> CorrectionsDesk:
    desk: CorrectionsDesk = request.app.state.corrections
    return desk


async def _cursor(
    cursor: Annotated[
        str | None,
        Query(
            description="`next_cursor` of the page before.", json_schema_extra={"format": "uuid"}
        ),
    ] = None,
) -> UUID | None:
    if cursor is None:
        return None
    id = uuid_or_none(cursor)
    if id is None:
        detail = f"{quote(cursor)} is no cursor."
        raise invalid_request("unknown-value", detail, "", fix="Send that of the page before.")
    return id


async def _rule_id(
    rule_id: Annotated[str, Path(description="Of a rule.", json_schema_extra={"format": "uuid"})],
) -> UUID:
    id = uuid_or_none(rule_id)
    if id is None:
        raise unknown_rule(rule_id)
    return id


async def _correction_id(
    correction_id: Annotated[
        str, Path(description="Of a correction.", json_schema_extra={"format": "uuid"})
    ],
) -> UUID:
    id = uuid_or_none(correction_id)
    if id is None:
        raise unknown_correction(correction_id)
    return id


Desk = Annotated[CorrectionsDesk, Depends(_desk)]
Cursor = Annotated[UUID | None, Depends(_cursor)]
RuleId = Annotated[UUID, Depends(_rule_id)]
CorrectionId = Annotated[UUID, Depends(_correction_id)]
Limit = Annotated[int, Query(ge=1, le=_MAX_PAGE, description="Of one page.")]


def page(bodies: Sequence[dict[str, Any]], limit: int) -> dict[str, Any]:
    """A page of one more than are shown, if there are more."""
    more = len(bodies) > limit
    return {"items": bodies[:limit], "next_cursor": bodies[limit - 1]["id"] if more else None}


def json_response(
    body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A body as JSON."""
    if status == 200:
        return EncodedJsonResponse(orjson.dumps(body))
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def uuid_or_none(text: str) -> UUID | None:
    """The id that a caller wrote; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
