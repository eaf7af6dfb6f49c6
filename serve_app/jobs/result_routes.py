"""/v1/jobs/{job_id}/results, failures and events: what comes of a job, while it runs and after."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.openapi import may_answer
from serve_app.api.streamed import StreamedResponse
from serve_app.jobs.dependencies import ONE_PROBLEMS, DeskDependency, JobId
from serve_app.jobs.items import index_of
from serve_app.jobs.result_files import ndjson, table
from serve_app.jobs.schemas import MAX_FAILURES, MAX_INDEX, FailureList
from serve_app.workspaces.dependencies import WorkspaceDependency

router = APIRouter(tags=["jobs"])

_FORMATS = {"ndjson": (ndjson, "application/x-ndjson"), "csv": (table, "text/csv; charset=utf-8")}
_EVENTS = "text/event-stream"
_PARAMETER_PROBLEMS = ("unknown-value", "wrong-type", "out-of-range")
_From = Annotated[
    int, Query(alias="from", ge=0, le=MAX_INDEX, description="Index of the post to begin with.")
]


def _content(*media_types: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {name: {"schema": {"type": "string"}} for name in media_types}}}


@router.get(
    "/v1/jobs/{job_id}/results",
    operation_id="readResults",
    summary="The answers of a job, in the order of its posts",
    description="A line for each post: `index`, `id`, `status`, and `result` or "
    "`error`. While the job runs, up to the first post that has no answer yet; go on with `from`, "
    "the number of lines so far. An answer that breaks off has no end: its connection closes "
    "before.",
    response_class=StreamingResponse,
    responses=_content("application/x-ndjson", "text/csv"),
    openapi_extra=may_answer(*ONE_PROBLEMS, *_PARAMETER_PROBLEMS),
)
async def read_results(
    request: Request,
    job_id: JobId,
    workspace: WorkspaceDependency,
    desk: DeskDependency,
    first: _From = 0,
    format: Annotated[Literal["ndjson", "csv"], Query()] = "ndjson",
) -> Response:
    """The file, while it is read."""
    encode, media_type = _FORMATS[format]
    headers = {"Content-Disposition": f'attachment; filename="results.{format}"'}
    if request.scope["postlens.method"] == "HEAD":
        await desk.jobs.read(workspace.id, job_id)
        return Response(headers=headers, media_type=media_type)
    lines = desk.jobs.result_lines(workspace.id, job_id, first)
    return await StreamedResponse.begun(encode(lines), media_type, headers)


@router.get(
    "/v1/jobs/{job_id}/failures",
    operation_id="listFailures",
    summary="The posts of a job that have no answer, and why",
    description="In the order of the posts.",
    responses={200: {"model": FailureList}},
    openapi_extra=may_answer(*ONE_PROBLEMS, *_PARAMETER_PROBLEMS),
)
async def list_failures(
    job_id: JobId,
    workspace: WorkspaceDependency,
    desk: DeskDependency,
    cursor: Annotated[
        int, Query(ge=0, le=MAX_INDEX, description="`next_cursor` of the page before.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_FAILURES)] = 100,
) -> Response:
    """A page of them."""
    found = await desk.jobs.failures(workspace.id, job_id, first=cursor, limit=limit + 1)
    next_cursor = index_of(found[limit]) if len(found) > limit else None
    items = [orjson.Fragment(line.rstrip()) for line in found[:limit]]
    return EncodedJsonResponse(orjson.dumps({"items": items, "next_cursor": next_cursor}))


@router.get(
    "/v1/jobs/{job_id}/events",
    operation_id="watchJob",
    summary="A job whenever it changes, until its end",
    description="Server-Sent Events: `job`, whose data is the job as JSON. A look a second.",
    response_class=StreamingResponse,
    responses=_content(_EVENTS),
    openapi_extra=may_answer(*ONE_PROBLEMS, "overloaded"),
)
async def watch_job(
    request: Request, job_id: JobId, workspace: WorkspaceDependency, desk: DeskDependency
) -> Response:
    """The stream."""
    headers = {"Cache-Control": "no-cache"}
    if request.scope["postlens.method"] == "HEAD":
        await desk.jobs.read(workspace.id, job_id)
        return Response(headers=headers, media_type=_EVENTS)
    events = desk.watching.events(workspace.id, job_id)
    return await StreamedResponse.begun(events, _EVENTS, headers)
