"""/v1/webhooks: receivers of messages, and what was delivered to them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from serve_app.api.openapi import may_answer
from serve_app.api.resource_routes import Cursor, from_state, id_in_path, page
from serve_app.api.typed_body import BODY_PROBLEMS, typed_body
from serve_app.errors import InvalidRequest
from serve_app.problems import problem, quote
from serve_app.response.timestamps import rfc3339
from serve_app.store.connection import QueryRow
from serve_app.webhooks.schemas import (
    MAX_PAGE,
    DeliveryBody,
    DeliveryList,
    NewWebhook,
    WebhookBody,
    WebhookChanges,
    WebhookList,
    WebhookWithSecret,
)
from serve_app.webhooks.signing import shown_secret
from serve_app.webhooks.webhooks import Webhook, Webhooks
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["webhooks"])

_BODY_PROBLEMS = (*BODY_PROBLEMS, "nul-character")
_ONE_PROBLEMS = (*WORKSPACE_PROBLEMS, "unknown-webhook")


def _unknown_webhook(id: str) -> InvalidRequest:
    return InvalidRequest(problem("unknown-webhook", f"There is no webhook {quote(id)}."))


def _unknown_delivery(id: str) -> InvalidRequest:
    detail = f"The webhook has no delivery {quote(id)} that has ended."
    return InvalidRequest(problem("unknown-delivery", detail))


WebhooksDependency = Annotated[Webhooks, from_state("webhooks")]
WebhookId = Annotated[UUID, id_in_path("webhook_id", "Of a webhook.", _unknown_webhook)]
DeliveryId = Annotated[UUID, id_in_path("delivery_id", "Of a delivery.", _unknown_delivery)]


@router.post(
    "/v1/webhooks",
    operation_id="createWebhook",
    summary="Name a receiver of messages",
    description="The answer has its secret, which is shown this once.",
    status_code=201,
    responses={201: {"model": WebhookWithSecret}},
    openapi_extra=may_answer(
        *WORKSPACE_PROBLEMS, *_BODY_PROBLEMS, "refused-url", "limit-reached", body=NewWebhook
    ),
)
async def create_webhook(
    workspace: WorkspaceDependency,
    webhooks: WebhooksDependency,
    content: Annotated[NewWebhook, typed_body(NewWebhook)],
) -> Response:
    """A receiver with its secret."""
    webhook, secret = await webhooks.create(workspace.id, **content.model_dump())
    headers = {"Location": f"/v1/webhooks/{webhook.id}"}
    return JSONResponse({**_shown(webhook), "secret": shown_secret(secret)}, 201, headers)


@router.get(
    "/v1/webhooks",
    operation_id="listWebhooks",
    summary="All webhooks of the workspace",
    responses={200: {"model": WebhookList}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS),
)
async def list_webhooks(workspace: WorkspaceDependency, webhooks: WebhooksDependency) -> Response:
    """Oldest first."""
    items = [_shown(webhook) for webhook in await webhooks.read_all(workspace.id)]
    return JSONResponse({"items": items})


@router.get(
    "/v1/webhooks/{webhook_id}",
    operation_id="readWebhook",
    summary="One webhook",
    responses={200: {"model": WebhookBody}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def read_webhook(
    webhook_id: WebhookId, workspace: WorkspaceDependency, webhooks: WebhooksDependency
) -> Response:
    """Without its secret."""
    return JSONResponse(_shown(await webhooks.read(workspace.id, webhook_id)))


@router.patch(
    "/v1/webhooks/{webhook_id}",
    operation_id="changeWebhook",
    summary="Change a webhook, or switch it on or off",
    responses={200: {"model": WebhookBody}},
    openapi_extra=may_answer(*_ONE_PROBLEMS, *_BODY_PROBLEMS, "refused-url", body=WebhookChanges),
)
async def change_webhook(
    webhook_id: WebhookId,
    workspace: WorkspaceDependency,
    webhooks: WebhooksDependency,
    changes: Annotated[WebhookChanges, typed_body(WebhookChanges)],
) -> Response:
    """What is not named stays."""
    named = changes.model_dump(exclude_unset=True)
    return JSONResponse(_shown(await webhooks.change(workspace.id, webhook_id, named)))


@router.delete(
    "/v1/webhooks/{webhook_id}",
    operation_id="deleteWebhook",
    summary="Delete a webhook with its deliveries",
    status_code=204,
    responses={204: {}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def delete_webhook(
    webhook_id: WebhookId, workspace: WorkspaceDependency, webhooks: WebhooksDependency
) -> Response:
    """Nothing is sent to it any more, also of what waits."""
    await webhooks.delete(workspace.id, webhook_id)
    return Response(status_code=204)


@router.post(
    "/v1/webhooks/{webhook_id}:rotate",
    operation_id="rotateWebhookSecret",
    summary="Give a webhook a new secret",
    description="For a day messages carry a signature with the old secret too.",
    responses={200: {"model": WebhookWithSecret}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def rotate_webhook_secret(
    webhook_id: WebhookId, workspace: WorkspaceDependency, webhooks: WebhooksDependency
) -> Response:
    """The new secret, shown this once."""
    webhook, secret = await webhooks.rotate(workspace.id, webhook_id)
    return JSONResponse({**_shown(webhook), "secret": shown_secret(secret)})


@router.post(
    "/v1/webhooks/{webhook_id}:test",
    operation_id="testWebhook",
    summary="Send a webhook a message of the type webhook.test",
    status_code=202,
    responses={202: {"description": "Its delivery can be followed."}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def send_test_message(
    webhook_id: WebhookId, workspace: WorkspaceDependency, webhooks: WebhooksDependency
) -> Response:
    """Delivered as every message is."""
    await webhooks.send_test(workspace.id, webhook_id)
    return Response(status_code=202)


@router.get(
    "/v1/webhooks/{webhook_id}/deliveries",
    operation_id="listDeliveries",
    summary="What was sent to a webhook, and what could not be",
    description="Newest first. Delivered ones are shown for 7 days, dead ones for 30.",
    responses={200: {"model": DeliveryList}},
    openapi_extra=may_answer(*_ONE_PROBLEMS, "unknown-value", "out-of-range", "invalid-cursor"),
)
async def list_deliveries(
    webhook_id: WebhookId,
    workspace: WorkspaceDependency,
    webhooks: WebhooksDependency,
    cursor: Cursor,
    state: Annotated[Literal["waiting", "delivered", "dead"] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> Response:
    """A page of them."""
    rows = await webhooks.deliveries(
        workspace.id, webhook_id, state=state, behind=cursor, limit=limit + 1
    )
    return JSONResponse(page([_shown_delivery(row) for row in rows], limit))


@router.post(
    "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}:retry",
    operation_id="retryDelivery",
    summary="Send a message again that was given up",
    status_code=202,
    responses={202: {"description": "It is sent as soon as there is room."}},
    openapi_extra=may_answer(*_ONE_PROBLEMS, "unknown-delivery"),
)
async def retry_delivery(
    webhook_id: WebhookId,
    delivery_id: DeliveryId,
    workspace: WorkspaceDependency,
    webhooks: WebhooksDependency,
) -> Response:
    """Under its old id."""
    await webhooks.retry(workspace.id, webhook_id, delivery_id)
    return Response(status_code=202)


def _shown(webhook: Webhook) -> dict[str, Any]:
    until = webhook.previous_until
    return WebhookBody(
        id=str(webhook.id),
        url=webhook.url,
        types=list(webhook.types),
        description=webhook.description,
        enabled=webhook.disabled is None,
        disabled_because=webhook.disabled,
        previous_secret_until=until and rfc3339(until),
        created_at=rfc3339(webhook.created_at),
        updated_at=rfc3339(webhook.updated_at),
    ).model_dump()


def _shown_delivery(row: QueryRow) -> dict[str, Any]:
    times = {
        name: row[name] and rfc3339(row[name])
        for name in ("created_at", "attempted_at", "ended_at")
    }
    due_at = rfc3339(row["due_at"]) if row["state"] == "waiting" else None
    plain = {name: row[name] for name in ("type", "state", "attempts", "status", "reason")}
    return DeliveryBody(
        id=str(row["id"]), message_id=row["message"], due_at=due_at, **plain, **times
    ).model_dump()
