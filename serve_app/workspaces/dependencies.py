"""What FastAPI injects into the endpoints of every resource: the caller's workspace."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from serve_app.api.authentication import workspace_of
from serve_app.errors import InvalidRequest
from serve_app.problems import PROBLEM_TYPES, problem
from serve_app.workspaces.directory import Workspace, Workspaces

#: What any route of a resource may answer, for its workspace's sake.
WORKSPACE_PROBLEMS = ("no-database", "store-unavailable", "not-ready")


async def _workspace(request: Request) -> Workspace:
    workspaces: Workspaces | None = getattr(request.app.state, "workspaces", None)
    if workspaces is None:
        raise InvalidRequest(problem("no-database", PROBLEM_TYPES["no-database"].example))
    return await workspaces.get(workspace_of(request))


#: The workspace of the request; ``no-database`` where the service has none.
WorkspaceDependency = Annotated[Workspace, Depends(_workspace)]
