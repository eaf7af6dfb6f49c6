"""/v1/alerts: rules that watch a trend, and the events they find."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from serve_app.alerts.contents import rule_content, shown_content
from serve_app.alerts.events import Events
from serve_app.alerts.rules import AlertRule, AlertRules
from serve_app.alerts.schemas import (
    MAX_PAGE,
    Acknowledgement,
    AlertBody,
    AlertChanges,
    AlertList,
    EventBody,
    EventList,
    NewAlert,
)
from serve_app.api.headers import header
from serve_app.api.openapi import may_answer
from serve_app.api.resource_routes import Cursor, from_state, id_in_path, page, parsed_uuid
from serve_app.api.typed_body import BODY_PROBLEMS, typed_body
from serve_app.errors import InvalidRequest
from serve_app.problems import problem, quote
from serve_app.response.timestamps import rfc3339
from serve_app.webhooks.webhooks import Webhooks
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["alerts"])

_RULE_PROBLEMS = (
    *BODY_PROBLEMS, "nul-character", "blank-text", "contradictory-filter", "unknown-webhook",
)  # fmt: skip
_ONE_PROBLEMS = (*WORKSPACE_PROBLEMS, "unknown-alert")
_EVENT_PROBLEMS = (*WORKSPACE_PROBLEMS, "unknown-event")
_read_acknowledgement = typed_body(Acknowledgement).dependency


def _unknown_alert(id: str) -> InvalidRequest:
    return InvalidRequest(problem("unknown-alert", f"There is no alert rule {quote(id)}."))


def _unknown_event(id: str) -> InvalidRequest:
    return InvalidRequest(problem("unknown-event", f"There is no event {quote(id)}."))


async def _of_rule(
    rule: Annotated[
        str | None,
        Query(description="Only events of this rule.", json_schema_extra={"format": "uuid"}),
    ] = None,
) -> UUID | None:
    return None if rule is None else parsed_uuid(rule, _unknown_alert)


async def _note(request: Request) -> str | None:
    """The note of an acknowledgement, whose body may be left out."""
    length = header(request, b"content-length")
    if length in (None, "0") and header(request, b"transfer-encoding") is None:
        return None
    acknowledgement: Acknowledgement = await _read_acknowledgement(request)
    return acknowledgement.note


RulesDependency = Annotated[AlertRules, from_state("alert_rules")]
EventsDependency = Annotated[Events, from_state("alert_events")]
WebhooksDependency = Annotated[Webhooks, from_state("webhooks")]
AlertId = Annotated[UUID, id_in_path("alert_id", "Of an alert rule.", _unknown_alert)]
EventId = Annotated[UUID, id_in_path("event_id", "Of an event.", _unknown_event)]


@router.post(
    "/v1/alerts",
    operation_id="createAlert",
    summary="Have a trend watched",
    description="A rule learns from the posts that are there, up to five weeks of them, and tells "
    "when its measure leaves what is usual.",
    status_code=201,
    responses={201: {"model": AlertBody}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, *_RULE_PROBLEMS, "limit-reached", body=NewAlert),
)
async def create_alert(
    workspace: WorkspaceDependency,
    rules: RulesDependency,
    webhooks: WebhooksDependency,
    body: Annotated[NewAlert, typed_body(NewAlert)],
) -> Response:
    """A rule."""
    content = rule_content(body, webhooks=await _ids(webhooks, workspace.id))
    rule = await rules.create(workspace.id, content)
    return JSONResponse(_shown(rule), 201, {"Location": f"/v1/alerts/{rule.id}"})


@router.get(
    "/v1/alerts",
    operation_id="listAlerts",
    summary="All alert rules, and how they are doing",
    responses={200: {"model": AlertList}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS),
)
async def list_alerts(workspace: WorkspaceDependency, rules: RulesDependency) -> Response:
    """Oldest first."""
    return JSONResponse({"items": [_shown(rule) for rule in await rules.read_all(workspace.id)]})


@router.get(
    "/v1/alerts/events",
    operation_id="listEvents",
    summary="What alert rules have found",
    description="Newest first.",
    responses={200: {"model": EventList}},
    openapi_extra=may_answer(
        *WORKSPACE_PROBLEMS, "unknown-alert", "unknown-value", "wrong-type", "out-of-range",
        "invalid-cursor",
    ),
)  # fmt: skip
async def list_events(
    workspace: WorkspaceDependency,
    events: EventsDependency,
    rule: Annotated[UUID | None, Depends(_of_rule)],
    cursor: Cursor,
    state: Annotated[Literal["open", "ended"] | None, Query()] = None,
    acknowledged: Annotated[bool | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> Response:
    """A page of them."""
    found = await events.find(
        workspace.id,
        rule=rule,
        is_open=None if state is None else state == "open",
        is_acknowledged=acknowledged,
        behind=cursor,
        limit=limit + 1,
    )
    return JSONResponse(page(found, limit))


@router.get(
    "/v1/alerts/events/{event_id}",
    operation_id="readEvent",
    summary="One event",
    responses={200: {"model": EventBody}},
    openapi_extra=may_answer(*_EVENT_PROBLEMS),
)
async def read_event(
    event_id: EventId, workspace: WorkspaceDependency, events: EventsDependency
) -> Response:
    """As it is now."""
    return JSONResponse(await events.read(workspace.id, event_id))


@router.post(
    "/v1/alerts/events/{event_id}:acknowledge",
    operation_id="acknowledgeEvent",
    summary="Note that somebody has seen an event",
    description="The first time counts. The body may be left out.",
    responses={200: {"model": EventBody}},
    openapi_extra=may_answer(
        *_EVENT_PROBLEMS, *(slug for slug in BODY_PROBLEMS if slug != "missing-field"),
        "nul-character", body=Acknowledgement,
    ),
)  # fmt: skip
async def acknowledge_event(
    event_id: EventId,
    workspace: WorkspaceDependency,
    events: EventsDependency,
    note: Annotated[str | None, Depends(_note)],
) -> Response:
    """The event with the time."""
    return JSONResponse(await events.acknowledge(workspace.id, event_id, note))


@router.get(
    "/v1/alerts/{alert_id}",
    operation_id="readAlert",
    summary="One alert rule, and how it is doing",
    responses={200: {"model": AlertBody}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def read_alert(
    alert_id: AlertId, workspace: WorkspaceDependency, rules: RulesDependency
) -> Response:
    """With what its last evaluation has seen."""
    return JSONResponse(_shown(await rules.read(workspace.id, alert_id)))


@router.patch(
    "/v1/alerts/{alert_id}",
    operation_id="changeAlert",
    summary="Change an alert rule, or switch it on or off",
    description="What is left out stays; a scope is replaced as a whole. A rule that watches "
    "something else begins anew, and its open event ends.",
    responses={200: {"model": AlertBody}},
    openapi_extra=may_answer(*_ONE_PROBLEMS, *_RULE_PROBLEMS, body=AlertChanges),
)
async def change_alert(
    alert_id: AlertId,
    workspace: WorkspaceDependency,
    rules: RulesDependency,
    webhooks: WebhooksDependency,
    changes: Annotated[AlertChanges, typed_body(AlertChanges)],
) -> Response:
    """The rule as it is from now on."""
    before = await rules.read(workspace.id, alert_id)
    ids = await _ids(webhooks, workspace.id)
    named = changes.model_dump(exclude_unset=True)
    body = NewAlert.model_validate({**shown_content(before.content), **named})
    if "webhooks" not in named:  # one of them may have been deleted
        ids = [*ids, *(before.content.webhooks or ())]
    return JSONResponse(
        _shown(await rules.change(workspace.id, alert_id, rule_content(body, webhooks=ids)))
    )


@router.delete(
    "/v1/alerts/{alert_id}",
    operation_id="deleteAlert",
    summary="Delete an alert rule with its events",
    status_code=204,
    responses={204: {}},
    openapi_extra=may_answer(*_ONE_PROBLEMS),
)
async def delete_alert(
    alert_id: AlertId, workspace: WorkspaceDependency, rules: RulesDependency
) -> Response:
    """Nothing of it is left; messages that wait are still sent."""
    await rules.delete(workspace.id, alert_id)
    return Response(status_code=204)


async def _ids(webhooks: Webhooks, workspace: int) -> list[UUID]:
    return [webhook.id for webhook in await webhooks.read_all(workspace)]


def _shown(rule: AlertRule) -> dict[str, Any]:
    return {
        "id": str(rule.id),
        **shown_content(rule.content),
        "state": _state(rule),
        "open_event": rule.open_event and str(rule.open_event),
        "reading": rule.reading,
        "evaluated_at": rule.evaluated_at and rfc3339(rule.evaluated_at),
        "created_at": rfc3339(rule.created_at),
        "updated_at": rfc3339(rule.updated_at),
    }


def _state(rule: AlertRule) -> str:
    if not rule.content.enabled:
        return "disabled"
    if rule.open_event:
        return "alarmed"
    if rule.reading is None:
        return "new"
    return "watching" if rule.reading["baseline"] else "learning"
