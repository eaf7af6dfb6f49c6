"""/v1/jobs: sent, listed, read, cancelled, retried, deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from serve_app.api.counted_posts import LIMIT_PROBLEMS, count_posts
from serve_app.api.fetched_files import FetchedFiles
from serve_app.api.headers import header
from serve_app.api.openapi import json_content, may_answer
from serve_app.api.request_body import read_json_body
from serve_app.api.typed_body import BODY_PROBLEMS, validated
from serve_app.api.upload import Upload, Uploads
from serve_app.errors import InvalidRequest
from serve_app.jobs.dependencies import ONE_PROBLEMS, DeskDependency, JobDesk, JobId
from serve_app.jobs.schemas import (
    MAX_PAGE,
    JobBody,
    JobFileParameters,
    JobList,
    KindName,
    NewJobBody,
    StateName,
)
from serve_app.jobs.submission import (
    FileChunks,
    chunks_of_body,
    job_of_body,
    job_of_file,
    options_of_fetched,
    options_of_file,
)
from serve_app.posts.finding_routes import FILTER_PROBLEMS
from serve_app.posts.idempotency import MAX_KEY_CHARACTERS, IdempotencyKey
from serve_app.posts.import_parameters import MEDIA_TYPES
from serve_app.problems import problem
from serve_app.request.json_body import decode_json
from serve_app.webhooks.webhooks import Webhooks, chosen
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency
from serve_app.workspaces.directory import Workspace

router = APIRouter(tags=["jobs"])

_JSON = "application/json"
_FILE_TYPES = [media_type for media_type in MEDIA_TYPES if media_type != _JSON]
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A request that is sent again with its key, while its job is kept, is answered "
    "with that job.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_CHARACTERS},
}
_BODY = {
    "required": True,
    "content": {
        **json_content("NewJobBody"),
        **{media_type: {"schema": {}} for media_type in _FILE_TYPES},
    },
}


@dataclass(frozen=True, slots=True)
class JobFiles:
    """What takes files in, that are sent or fetched."""

    uploads: Uploads
    fetched: FetchedFiles


async def _files(request: Request) -> JobFiles:
    return JobFiles(request.app.state.uploads, request.app.state.fetched_files)


async def _webhooks(request: Request) -> Webhooks:
    webhooks: Webhooks = request.app.state.webhooks
    return webhooks


async def _cursor(
    cursor: Annotated[
        str | None,
        Query(
            description="`next_cursor` of the page before.", json_schema_extra={"format": "uuid"}
        ),
    ] = None,
) -> UUID | None:
    try:
        return None if cursor is None else UUID(cursor)
    except ValueError:
        detail = "The cursor is damaged, or of another list."
        raise InvalidRequest(problem("invalid-cursor", detail)) from None


@router.post(
    "/v1/jobs",
    operation_id="createJob",
    summary="Have many posts analysed",
    description="JSON holds the posts, the URL of a file, or conditions on kept ones. Any other "
    "media type is a file of posts, in the forms of `POST /v1/posts:import`, with the query "
    "parameters; a JSON array is sent as `application/octet-stream`. Each post is answered or "
    "refused by itself. What is answered is committed: the job goes on whatever dies.",
    status_code=202,
    responses={202: {"model": JobBody}},
    openapi_extra={
        **may_answer(
            *WORKSPACE_PROBLEMS, *BODY_PROBLEMS, *FILTER_PROBLEMS, "empty-list", "batch-too-large",
            "unknown-analysis", "duplicate-analysis", "limit-reached", "unknown-webhook",
            "idempotency-key-reused", "unreadable-file", "refused-url", "unreadable-url",
            *LIMIT_PROBLEMS, body=NewJobBody,
        ),
        "requestBody": _BODY,
        "parameters": [_IDEMPOTENCY_KEY],
    },
)  # fmt: skip
async def create_job(
    request: Request,
    parameters: Annotated[JobFileParameters, Query()],
    workspace: WorkspaceDependency,
    desk: DeskDependency,
    files: Annotated[JobFiles, Depends(_files)],
    webhooks: Annotated[Webhooks, Depends(_webhooks)],
) -> Response:
    """The job as it was taken in."""
    media_type = (header(request, b"content-type") or "").partition(";")[0].strip().lower()
    if media_type in _FILE_TYPES:
        job_id = await _create_of_file(request, parameters, workspace, desk, files, webhooks)
    else:
        job_id = await _create_of_body(request, workspace, desk, files, webhooks)
    desk.jobs.wake()
    headers = {"Location": f"/v1/jobs/{job_id}"}
    return JSONResponse(await desk.jobs.read(workspace.id, job_id), 202, headers)


async def _create_of_body(
    request: Request, workspace: Workspace, desk: JobDesk, files: JobFiles, webhooks: Webhooks
) -> UUID:
    content = await read_json_body(request)  # refuses all other media types
    if names := list(request.query_params):
        fix = "Write it into the body."
        detail = f"'{names[0][:60]}' is a parameter of files, and the body is JSON."
        raise InvalidRequest(problem("contradictory-filter", detail, fix=fix))
    body = validated(decode_json(content), NewJobBody)
    key = _key(request, content)
    if earlier := await desk.receiver.earlier(workspace.id, key):
        return earlier
    known = [each.id for each in await webhooks.read_all(workspace.id)]
    job = job_of_body(body, chosen(body.webhooks, known))
    if body.filter is not None:
        return (await desk.receiver.open(workspace.id, job, key))[0]
    count = partial(count_posts, request, at_once=False)
    if body.url is not None:
        await desk.receiver.check_number(workspace.id)
        with files.uploads.hold(workspace.id):
            upload, content_type = await files.fetched.fetch(body.url)
            with _chunks_of_file(desk, upload) as file:
                chunks = file.chunks(options_of_fetched(body, content_type))
                return (await desk.receiver.receive(workspace.id, job, chunks, key, count))[0]
    settings = desk.settings
    posts = chunks_of_body(
        body.posts or (), chunk_posts=settings.chunk_posts, max_posts=settings.max_posts
    )
    return (await desk.receiver.receive(workspace.id, job, posts, key, count))[0]


async def _create_of_file(
    request: Request,
    parameters: JobFileParameters,
    workspace: Workspace,
    desk: JobDesk,
    files: JobFiles,
    webhooks: Webhooks,
) -> UUID:
    options = options_of_file(parameters, header(request, b"content-type"))
    known = [each.id for each in await webhooks.read_all(workspace.id)]
    job = job_of_file(parameters, chosen(parameters.webhooks or None, known))
    with (
        files.uploads.hold(workspace.id),
        _chunks_of_file(desk, await files.uploads.receive(request)) as file,
    ):
        key = None
        if header(request, b"idempotency-key") is not None:
            key = _key(request, await file.digest() + parameters.model_dump_json().encode())
        if earlier := await desk.receiver.earlier(workspace.id, key):
            return earlier
        count = partial(count_posts, request, at_once=False)
        chunks = file.chunks(options)
        return (await desk.receiver.receive(workspace.id, job, chunks, key, count))[0]


@contextmanager
def _chunks_of_file(desk: JobDesk, upload: Upload) -> Iterator[FileChunks]:
    """What reads the file, which is given up in the end."""
    settings = desk.settings
    file = FileChunks(upload.open, chunk_posts=settings.chunk_posts, max_posts=settings.max_posts)
    try:
        yield file
    finally:
        file.close(upload.close)


def _key(request: Request, content: bytes) -> IdempotencyKey | None:
    key = header(request, b"idempotency-key")
    return None if key is None else IdempotencyKey.of(key, content)


@router.get(
    "/v1/jobs",
    operation_id="listJobs",
    summary="Jobs, and how far they are",
    description="Newest first.",
    responses={200: {"model": JobList}},
    openapi_extra=may_answer(
        *WORKSPACE_PROBLEMS, "unknown-value", "wrong-type", "out-of-range", "invalid-cursor"
    ),
)
async def list_jobs(
    workspace: WorkspaceDependency,
    desk: DeskDependency,
    behind: Annotated[UUID | None, Depends(_cursor)],
    state: Annotated[list[StateName], Query(description="Several: any of them.")] = [],  # noqa: B006 - FastAPI copies it
    kind: Annotated[list[KindName], Query(description="Several: any of them.")] = [],  # noqa: B006 - likewise
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> Response:
    """A page of them."""
    found = await desk.jobs.find(
        workspace.id,
        states=state or None,
        kinds=kind or None,
        behind=behind,
        limit=limit + 1,
    )
    next_cursor = found[limit - 1]["id"] if len(found) > limit else None
    return JSONResponse({"items": found[:limit], "next_cursor": next_cursor})


@router.get(
    "/v1/jobs/{job_id}",
    operation_id="readJob",
    summary="One job, and how far it is",
    responses={200: {"model": JobBody}},
    openapi_extra=may_answer(*ONE_PROBLEMS),
)
async def read_job(job_id: JobId, workspace: WorkspaceDependency, desk: DeskDependency) -> Response:
    """As it is now."""
    return JSONResponse(await desk.jobs.read(workspace.id, job_id))


@router.post(
    "/v1/jobs/{job_id}:cancel",
    operation_id="cancelJob",
    summary="Have nothing more analysed for a job",
    description="Its results so far are kept. One that has ended stays as it is.",
    responses={200: {"model": JobBody}},
    openapi_extra=may_answer(*ONE_PROBLEMS),
)
async def cancel_job(
    job_id: JobId, workspace: WorkspaceDependency, desk: DeskDependency
) -> Response:
    """The job, cancelled."""
    return JSONResponse(await desk.jobs.cancel(workspace.id, job_id))


@router.post(
    "/v1/jobs/{job_id}:retry",
    operation_id="retryJob",
    summary="Have the posts analysed again that have failed",
    description="Those that were refused cannot be: they are sent again, put right, as another "
    "job.",
    responses={200: {"model": JobBody}},
    openapi_extra=may_answer(*ONE_PROBLEMS, "job-cancelled"),
)
async def retry_job(
    job_id: JobId, workspace: WorkspaceDependency, desk: DeskDependency
) -> Response:
    """The job, running again if there is anything to retry."""
    return JSONResponse(await desk.jobs.retry(workspace.id, job_id))


@router.delete(
    "/v1/jobs/{job_id}",
    operation_id="deleteJob",
    summary="Delete a job that has ended, with its results",
    status_code=204,
    responses={204: {}},
    openapi_extra=may_answer(*ONE_PROBLEMS, "job-is-running"),
)
async def delete_job(
    job_id: JobId, workspace: WorkspaceDependency, desk: DeskDependency
) -> Response:
    """Nothing of it is left."""
    await desk.jobs.delete(workspace.id, job_id)
    return Response(status_code=204)
