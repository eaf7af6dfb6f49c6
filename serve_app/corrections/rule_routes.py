"""/v1/rules: what people put right for all posts of the workspace."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from serve_app.api.openapi import may_answer
from serve_app.api.resource_routes import Cursor, page
from serve_app.api.typed_body import BODY_PROBLEMS, tagged_body
from serve_app.corrections.parameters import Desk, Limit, RuleId, json_response
from serve_app.corrections.preview_schemas import PreviewBody
from serve_app.corrections.rule_schemas import (
    AnyRule,
    EntityRule,
    KeptRuleBody,
    KeptRules,
    KeywordRule,
    NewRule,
    SentimentRule,
)
from serve_app.workspaces.dependencies import WORKSPACE_PROBLEMS, WorkspaceDependency

router = APIRouter(tags=["corrections"])

_MAX_EXAMPLES = 20
_RULE_PROBLEMS = (
    *WORKSPACE_PROBLEMS, *BODY_PROBLEMS, "lone-surrogate", "nul-character",
    "unsearchable-phrase", "contradicting-rule", "too-many-rules",
)  # fmt: skip

RuleBody = Annotated[
    AnyRule,
    tagged_body({"sentiment": SentimentRule, "entity": EntityRule, "keyword": KeywordRule}),
]


@router.post(
    "/v1/rules",
    operation_id="createRule",
    summary="Put a rule in force",
    description="New answers follow it at once. Kept posts come to follow it in the background: "
    "`state` is `applying` until they all do.",
    status_code=201,
    responses={201: {"model": KeptRuleBody}},
    openapi_extra=may_answer(*_RULE_PROBLEMS, body=NewRule),
)
async def create_rule(body: RuleBody, workspace: WorkspaceDependency, desk: Desk) -> Response:
    """For the posts of the workspace."""
    kept = await desk.rules.add(workspace.id, body.rule())
    location = {"Location": f"/v1/rules/{kept.rule.id}"}
    return json_response(KeptRuleBody.of(kept).model_dump(), 201, location)


@router.post(
    "/v1/rules:preview",
    operation_id="previewRule",
    summary="What a rule would change in kept posts",
    description="Nothing is put in force. `changed` is exact where all candidates were looked at, "
    "otherwise it is at least so many, of the newest `looked_at`.",
    responses={200: {"model": PreviewBody}},
    openapi_extra=may_answer(*_RULE_PROBLEMS, body=NewRule),
)
async def preview_rule(
    body: RuleBody,
    workspace: WorkspaceDependency,
    desk: Desk,
    examples: Annotated[int, Query(ge=0, le=_MAX_EXAMPLES, description="How many at most.")] = 5,
) -> Response:
    """How many answers, and some of them."""
    told = await desk.preview(workspace.id, body.rule(), examples)
    return json_response(told.as_dict())


@router.get(
    "/v1/rules",
    operation_id="listRules",
    summary="The rules of the workspace, the newest first",
    description="Withdrawn rules are told of for 30 days.",
    responses={200: {"model": KeptRules}},
    openapi_extra=may_answer(
        *WORKSPACE_PROBLEMS, "unknown-value", "invalid-cursor", "out-of-range", "wrong-type"
    ),
)
async def list_rules(
    workspace: WorkspaceDependency,
    desk: Desk,
    cursor: Cursor,
    state: Annotated[
        Literal["applying", "in_force", "withdrawing", "withdrawn"] | None,
        Query(description="Only those in this state."),
    ] = None,
    limit: Limit = 50,
) -> Response:
    """Page by page."""
    rules = await desk.rules.list(workspace.id, state=state, before=cursor, limit=limit + 1)
    bodies = [KeptRuleBody.of(kept).model_dump() for kept in rules]
    return json_response(page(bodies, limit))


@router.get(
    "/v1/rules/{rule_id}",
    operation_id="readRule",
    summary="One rule, and how far kept posts follow it",
    responses={200: {"model": KeptRuleBody}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, "unknown-rule"),
)
async def read_rule(rule_id: RuleId, workspace: WorkspaceDependency, desk: Desk) -> Response:
    """As it is now."""
    return json_response(KeptRuleBody.of(await desk.rules.find(workspace.id, rule_id)).model_dump())


@router.delete(
    "/v1/rules/{rule_id}",
    operation_id="withdrawRule",
    summary="Undo a rule",
    description="New answers do not follow it from now on. Kept posts are put back in the "
    "background, to exactly what they were: `state` is `withdrawing` until they all are.",
    status_code=202,
    responses={202: {"model": KeptRuleBody}},
    openapi_extra=may_answer(*WORKSPACE_PROBLEMS, "unknown-rule"),
)
async def withdraw_rule(rule_id: RuleId, workspace: WorkspaceDependency, desk: Desk) -> Response:
    """Sent again, it does nothing more."""
    return json_response(
        KeptRuleBody.of(await desk.rules.withdraw(workspace.id, rule_id)).model_dump(), 202
    )
