"""POST /v1/posts:import, a file of posts taken in; GET /v1/posts:export, one given out."""

from contextlib import ExitStack
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from serve_app.api.content_negotiation import media_range_weights
from serve_app.api.counted_posts import RowCounting
from serve_app.api.headers import header
from serve_app.api.openapi import may_answer
from serve_app.api.resource_routes import from_state
from serve_app.api.streamed import StreamedResponse
from serve_app.api.upload import Uploads
from serve_app.logs import request_id
from serve_app.posts.export_parameters import EXPORT_FORMATS, ExportParameters
from serve_app.posts.exporting import Gzipped, exported
from serve_app.posts.filter_parameters import choice, post_filter
from serve_app.posts.finding_routes import FILTER_PROBLEMS, known_parameters, parameter_names
from serve_app.posts.import_parameters import (
    MEDIA_TYPES,
    NDJSON,
    ImportParameters,
    import_options,
)
from serve_app.posts.importing import Import
from serve_app.posts.routes import PostsDependency
from serve_app.posts.row_reader import RowReader
from serve_app.posts.scanning import scan
from serve_app.posts.transfer_schemas import import_line_schema
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["posts"])

_FILE_BODY = {
    "required": True,
    "content": {media_type: {"schema": {}} for media_type in MEDIA_TYPES},
}


UploadsDependency = Annotated[Uploads, from_state("uploads")]


@router.post(
    "/v1/posts:import",
    operation_id="importPosts",
    response_class=StreamingResponse,
    summary="Keep the posts of a file",
    description="NDJSON, a JSON array, CSV or TSV, each perhaps packed by gzip. Every row is "
    "answered in a line of its own, in order, once it is committed: 201 is new, 200 an update of "
    "the post with its external id, anything else a problem. The last line has the counts, and an "
    "`error` where the rest of the file could not be read or written. Analyses follow by "
    "themselves. Rows beyond a limit of the key are problems in their place.",
    responses={200: {"content": {NDJSON: {"schema": import_line_schema()}}}},
    openapi_extra=may_answer(
        *WORKSPACE_PROBLEMS, "unreadable-file", "wrong-media-type", "incomplete-request",
        "body-too-large", "overloaded", "unknown-field", "unknown-value", "out-of-range",
    ) | {"requestBody": _FILE_BODY},
)  # fmt: skip
async def import_posts(
    request: Request,
    parameters: Annotated[ImportParameters, Query()],
    workspace: WorkspaceDependency,
    posts: PostsDependency,
    uploads: UploadsDependency,
) -> Response:
    """A line for each row."""
    options = import_options(parameters, header(request, b"content-type"))
    with ExitStack() as held:
        held.enter_context(uploads.hold(workspace.id))
        upload = await uploads.receive(request)
        # The words of a text are indexed with its analysis: that takes longer than all else.
        save = partial(posts.write, workspace, wait_s=0, searchable=False)
        reader = RowReader(upload.open, options)
        running = Import(reader, save, RowCounting(request), upload.close, request_id.get())
        held.callback(running.close)
        await running.begin()
        return _ImportResponse(running, held.pop_all())


class _ImportResponse(StreamingResponse):
    """The lines of an import; what it holds is given back however it ends."""

    def __init__(self, running: Import, held: ExitStack) -> None:
        super().__init__(running.lines(), media_type=NDJSON)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        with self._held:
            await super().__call__(scope, receive, send)


@router.get(
    "/v1/posts:export",
    operation_id="exportPosts",
    summary="All posts that meet all conditions, as a file",
    description="In the order in which they were accepted, however many. What is exported can be "
    "imported again. Packed where `Accept-Encoding` names gzip. An answer that breaks off has no "
    "end: its connection closes before.",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                media_type: {"schema": {"type": "string"}}
                for _, media_type in EXPORT_FORMATS.values()
            }
        }
    },
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, *FILTER_PROBLEMS),
    dependencies=[known_parameters(parameter_names(ExportParameters))],
)
async def export_posts(
    request: Request,
    parameters: Annotated[ExportParameters, Query()],
    workspace: WorkspaceDependency,
    posts: PostsDependency,
) -> Response:
    """The file, while it is read."""
    filter = post_filter(parameters)
    format = choice(parameters.format, tuple(EXPORT_FORMATS), "format")
    make_encoder, media_type = EXPORT_FORMATS[format]
    packed = media_range_weights(header(request, b"accept-encoding") or "").get("gzip", 0) > 0
    headers = {
        "Content-Disposition": f'attachment; filename="posts.{format}"',
        "Vary": "Accept-Encoding",
        **({"Content-Encoding": "gzip"} if packed else {}),
    }
    if request.scope["postlens.method"] == "HEAD":
        return Response(headers=headers, media_type=media_type)
    encoder = Gzipped(make_encoder()) if packed else make_encoder()
    found = scan(posts.database, workspace.id, filter, posts.overlay)
    return await StreamedResponse.begun(exported(found, encoder), media_type, headers)
