"""GET /v1/trends and GET /v1/trends/terms: how posts change over time."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import APIRouter, Query
from starlette.responses import Response

from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.openapi import may_answer
from serve_app.api.resource_routes import from_state
from serve_app.store.database import Database
from serve_app.trends import rising, trend
from serve_app.trends.parameters import (
    RisingParameters,
    TrendParameters,
    rising_query,
    trend_query,
)
from serve_app.trends.reading import Names, Stored, decoded, read
from serve_app.trends.schemas import TermChanges, TrendBody
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["trends"])

_PROBLEMS = (
    *WORKSPACE_PROBLEMS, "unknown-field", "unknown-value", "wrong-type",
    "out-of-range", "nul-character", "contradictory-filter",
)  # fmt: skip

Q = TypeVar("Q")


_Database = Annotated[Database, from_state("database")]


@router.get(
    "/v1/trends",
    operation_id="readTrend",
    summary="A measure over time",
    description="By hour, day, week or month of a time zone: counts, means and standard deviations "
    "of all posts, of an author's or of those under a tag; what one term, or several, are written "
    "about. Exact, a moment after a post was kept, changed or deleted.",
    responses={200: {"model": TrendBody}},
    openapi_extra=may_answer(*_PROBLEMS),
)
async def read_trend(
    parameters: Annotated[TrendParameters, Query()],
    workspace: WorkspaceDependency,
    database: _Database,
) -> Response:
    """Sums over the buckets."""
    query = trend_query(parameters, datetime.now(UTC))
    span = query.buckets.since, query.buckets.until
    return await _answer(database, workspace.id, query, trend.names_of(query), span, trend.trend)


@router.get(
    "/v1/trends/terms",
    operation_id="readRisingTerms",
    summary="Rising and falling terms",
    description="Entities, keywords and hashtags that are in more, or in fewer, of the posts than "
    "in the period before, the surest first. Each is tested (Fisher's exact test), all together by "
    "Benjamini and Hochberg; those in too few posts come last and are not tested.",
    responses={200: {"model": TermChanges}},
    openapi_extra=may_answer(*_PROBLEMS),
)
async def read_rising_terms(
    parameters: Annotated[RisingParameters, Query()],
    workspace: WorkspaceDependency,
    database: _Database,
) -> Response:
    """Both periods, and the terms that changed."""
    query = rising_query(parameters, datetime.now(UTC))
    span = query.edges[0], query.edges[-1]
    return await _answer(database, workspace.id, query, rising.names_of(query), span, rising.rising)


async def _answer(
    database: Database,
    workspace: int,
    query: Q,
    names: Sequence[Names],
    span: tuple[int, int],
    make: Callable[[Q, Stored], dict[str, Any]],
) -> Response:
    """Read rows, then make the answer of them in a thread: that takes a while."""
    async with database.transaction(workspace) as connection:
        rows = await read(connection, workspace, names, *span)

    def encoded() -> bytes:
        return orjson.dumps(make(query, decoded(rows)), option=orjson.OPT_SERIALIZE_NUMPY)

    return EncodedJsonResponse(await asyncio.to_thread(encoded))
