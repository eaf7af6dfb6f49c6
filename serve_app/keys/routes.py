"""/v1/keys: the API keys of a workspace, for those who have the scope `admin`."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from serve_app.api.authentication import principal_of
from serve_app.api.openapi import may_answer
from serve_app.api.resource_routes import from_state, id_in_path
from serve_app.api.typed_body import BODY_PROBLEMS, typed_body
from serve_app.errors import InvalidRequest
from serve_app.keys.keys import Key, Keys
from serve_app.keys.schemas import KeyBody, KeyChanges, KeyList, KeyRotation, KeyWithToken, NewKey
from serve_app.problems import problem, quote
from serve_app.quotas.limits import KeyLimits
from serve_app.response.timestamps import rfc3339
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency
from serve_app.workspaces.directory import Workspace, Workspaces

router = APIRouter(tags=["keys"])

_BODY_PROBLEMS = (*BODY_PROBLEMS, "nul-character", "lone-surrogate")
_ONE_PROBLEMS = (*WORKSPACE_PROBLEMS, "unknown-key")


def _unknown_key(value: str) -> InvalidRequest:
    return InvalidRequest(problem("unknown-key", f"There is no key {quote(value)}."))


KeysDependency = Annotated[Keys, from_state("keys")]
KeyId = Annotated[UUID, id_in_path("key_id", "Of a key.", _unknown_key)]


@router.post(
    "/v1/keys",
    operation_id="createKey",
    summary="Make an API key",
    description="The answer has the key, which is shown this once and kept as a hash.",
    status_code=201,
    responses={201: {"model": KeyWithToken}},
    openapi_extra=may_answer(
        *WORKSPACE_PROBLEMS, *_BODY_PROBLEMS, "limit-reached", "forbidden", body=NewKey
    ),
)
async def create_key(
    request: Request,
    workspace: WorkspaceDependency,
    keys: KeysDependency,
    content: Annotated[NewKey, typed_body(NewKey)],
) -> Response:
    """A key with its token."""
    owner = await _owner(request, workspace, content.workspace)
    key, token = await keys.create(
        owner.id,
        name=content.name,
        scopes=content.scopes,
        good_for_days=content.expires_in_days,
        limits=KeyLimits(
            content.posts_per_minute, content.posts_per_month, content.characters_per_month
        ),
    )
    headers = {"Location": f"/v1/keys/{key.id}", "Cache-Control": "no-store"}
    return JSONResponse({**_shown(key), "key": token}, 201, headers)


@router.get(
    "/v1/keys",
    operation_id="listKeys",
    summary="All keys of the workspace",
    description="Those that ended within 90 days too.",
    responses={200: {"model": KeyList}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS),
)
async def list_keys(workspace: WorkspaceDependency, keys: KeysDependency) -> Response:
    """Oldest first."""
    return JSONResponse({"items": [_shown(key) for key in await keys.read_all(workspace.id)]})


@router.get(
    "/v1/keys/{key_id}",
    operation_id="readKey",
    summary="One key",
    responses={200: {"model": KeyBody}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def read_key(key_id: KeyId, workspace: WorkspaceDependency, keys: KeysDependency) -> Response:
    """What is known of it."""
    return JSONResponse(_shown(await keys.read(workspace.id, key_id)))


@router.patch(
    "/v1/keys/{key_id}",
    operation_id="changeKey",
    summary="Change the name or the limits of a key",
    description="They hold on every replica within a second.",
    responses={200: {"model": KeyBody}},
    openapi_extra=may_answer(*_ONE_PROBLEMS, *_BODY_PROBLEMS, "key-ended", body=KeyChanges),
)
async def change_key(
    key_id: KeyId,
    workspace: WorkspaceDependency,
    keys: KeysDependency,
    content: Annotated[KeyChanges, typed_body(KeyChanges)],
) -> Response:
    """What is not named stays."""
    named = content.model_dump(include=content.model_fields_set)
    return JSONResponse(_shown(await keys.change(workspace.id, key_id, named)))


@router.post(
    "/v1/keys/{key_id}:rotate",
    operation_id="rotateKey",
    summary="Give a key another secret",
    description="Its id, name, scopes, limits and end stay; the old secret is good for hours more.",
    responses={200: {"model": KeyWithToken}},
    openapi_extra=may_answer(*_ONE_PROBLEMS, *_BODY_PROBLEMS, "key-ended", body=KeyRotation),
)
async def rotate_key(
    key_id: KeyId,
    workspace: WorkspaceDependency,
    keys: KeysDependency,
    content: Annotated[KeyRotation, typed_body(KeyRotation)],
) -> Response:
    """The key with its new token."""
    key, token = await keys.rotate(workspace.id, key_id, overlap_s=content.overlap_hours * 3_600)
    return JSONResponse({**_shown(key), "key": token}, headers={"Cache-Control": "no-store"})


@router.delete(
    "/v1/keys/{key_id}",
    operation_id="revokeKey",
    summary="Revoke a key",
    description="Every replica refuses it within a second. It is listed for 90 days more.",
    responses={200: {"model": KeyBody}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def revoke_key(
    key_id: KeyId, workspace: WorkspaceDependency, keys: KeysDependency
) -> Response:
    """What is known of it."""
    return JSONResponse(_shown(await keys.revoke(workspace.id, key_id)))


async def _owner(request: Request, own: Workspace, name: str | None) -> Workspace:
    """The workspace of a new key.

    Raises:
        InvalidRequest: it is another's, and the caller does not run the service.
    """
    if name is None or name == own.name:
        return own
    if not principal_of(request).is_operator:
        detail = f"A key of the workspace '{own.name}' makes none for {quote(name)}."
        fix = "Leave 'workspace' out, or make the key where the service asks for none."
        raise InvalidRequest(problem("forbidden", detail, pointer="/workspace", fix=fix))
    workspaces: Workspaces = request.app.state.workspaces
    return await workspaces.get(name)


def _shown(key: Key) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "name": key.name,
        "hint": key.hint,
        "scopes": list(key.scopes),
        "in_force": key.is_in_force,
        **asdict(key.limits),
        "created_at": rfc3339(key.created_at),
        "expires_at": key.expires_at and rfc3339(key.expires_at),
        "revoked_at": key.revoked_at and rfc3339(key.revoked_at),
        "previous_until": key.previous_until and rfc3339(key.previous_until),
    }
