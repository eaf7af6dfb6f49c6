"""GET, PATCH and DELETE /v1/workspace: the caller's own."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from serve_app.api.openapi import may_answer
from serve_app.api.resource_routes import from_state
from serve_app.api.typed_body import BODY_PROBLEMS, typed_body
from serve_app.response.timestamps import rfc3339
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.workspaces.deletion import WorkspaceDeletion
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency
from serve_app.workspaces.directory import Workspace, Workspaces
from serve_app.workspaces.schemas import WorkspaceBody, WorkspaceChanges

router = APIRouter(tags=["workspace"])


class CountedSize(Protocol):
    """How many posts there are, or what Postgres takes it to be."""

    @property
    def value(self) -> int:
        """How many."""

    @property
    def exact(self) -> bool:
        """Whether they were counted."""


#: Counts the posts of a workspace, in a transaction of it.
CountPosts = Callable[[Connection, int], Awaitable[CountedSize]]
#: A request may take so long; the rest is deleted beside the requests.
_DELETION_S = 20.0


_Workspaces = Annotated[Workspaces, from_state("workspaces")]
_Deletion = Annotated[WorkspaceDeletion, from_state("workspace_deletion")]
_Database = Annotated[Database, from_state("database")]
_CountPosts = Annotated[CountPosts, from_state("count_posts")]


@router.get(
    "/v1/workspace",
    operation_id="readWorkspace",
    summary="The caller's workspace",
    responses={200: {"model": WorkspaceBody}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS),
)
async def read_workspace(
    workspace: WorkspaceDependency, database: _Database, count: _CountPosts
) -> Response:
    """Its name, settings and size."""
    return JSONResponse(await _shown(workspace, database, count))


@router.patch(
    "/v1/workspace",
    operation_id="changeWorkspace",
    summary="Change the settings of the caller's workspace",
    responses={200: {"model": WorkspaceBody}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, *BODY_PROBLEMS, body=WorkspaceChanges),
)
async def change_workspace(
    workspace: WorkspaceDependency,
    workspaces: _Workspaces,
    database: _Database,
    count: _CountPosts,
    changes: Annotated[WorkspaceChanges, typed_body(WorkspaceChanges)],
) -> Response:
    """What is not named stays."""
    named = changes.model_dump(exclude_unset=True)
    changed = await workspaces.change(workspace, named)
    return JSONResponse(await _shown(changed, database, count))


@router.delete(
    "/v1/workspace",
    operation_id="deleteWorkspace",
    summary="Delete the caller's workspace, and all that it has",
    description="Nothing is left: posts, revisions, rules, trends, and what the caches have of "
    "its texts. What takes longer than some seconds is answered 202 and goes on.",
    status_code=204,
    responses={204: {}, 202: {"description": "Being deleted"}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS),
)
async def delete_workspace(workspace: WorkspaceDependency, deletion: _Deletion) -> Response:
    """Its name is free at once: the next request with the key begins a new one."""
    gone = await deletion.delete(workspace, timeout_s=_DELETION_S)
    return Response(status_code=204 if gone else 202)


async def _shown(workspace: Workspace, database: Database, count: CountPosts) -> dict[str, Any]:
    async with database.transaction(workspace.id) as connection:
        posts = await count(connection, workspace.id)
    return {
        "name": workspace.name,
        "created_at": rfc3339(workspace.created_at),
        "retention_days": workspace.retention_days,
        "separate_cache": bool(workspace.cache_salt),
        "posts": posts.value,
        "posts_exact": posts.exact,
    }
