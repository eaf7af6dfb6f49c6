"""Bodies of rules as what they say, refused where their parts do not go together."""

import difflib
from collections.abc import Collection
from uuid import UUID

from serve_app.alerts.definition import AlertDefinition, AlertScope
from serve_app.alerts.measures import MEASURES
from serve_app.alerts.rules import RuleContent
from serve_app.alerts.schemas import NewAlert, ScopeBody
from serve_app.posts.terms import folded
from serve_app.problems import quote
from serve_app.request.fields import invalid_request
from serve_app.webhooks.webhooks import chosen


def rule_content(body: NewAlert, *, webhooks: Collection[UUID]) -> RuleContent:
    """What a rule says.

    Args:
        body: as it was sent, or as it is with what was sent.
        webhooks: of the workspace.

    Raises:
        InvalidRequest: there is no such measure or webhook, or the parts contradict each other.
    """
    _check_measure(body)
    definition = AlertDefinition(
        measure=body.measure,
        scope=_scope(body.scope),
        direction=body.direction,
        window_hours=body.window_hours,
        sensitivity=body.sensitivity,
        min_posts=body.min_posts,
        min_change=body.min_change,
        delay_hours=body.delay_hours,
    )
    if definition.scope.has_term and not MEASURES[body.measure].of_terms:
        fix = "Leave the term out, or use count, mean_sentiment or a share."
        detail = f"'{body.measure}' is not known of posts with an entity, keyword or hashtag."
        raise invalid_request("contradictory-filter", detail, "/scope", fix=fix)
    return RuleContent(body.name, body.enabled, definition, chosen(body.webhooks, webhooks))


def shown_content(content: RuleContent) -> dict[str, object]:
    """The members of the JSON object that say what a rule says."""
    webhooks = content.webhooks
    return {
        "name": content.name,
        "enabled": content.enabled,
        **content.definition.as_dict(),
        "webhooks": None if webhooks is None else [str(webhook) for webhook in webhooks],
    }


def _check_measure(body: NewAlert) -> None:
    if body.measure not in MEASURES:
        near = difflib.get_close_matches(body.measure[:60], MEASURES, n=1)
        fix = f"Did you mean '{near[0]}'?" if near else "Use one that OpenAPI lists."
        detail = f"{quote(body.measure)} is no measure."
        raise invalid_request("unknown-value", detail, "/measure", fix=fix)


def _scope(body: ScopeBody) -> AlertScope:
    terms = [name for name in ("entity", "keyword", "hashtag") if getattr(body, name) is not None]
    if len(terms) > 1 or (body.author is not None and body.tag is not None):
        pair = terms if len(terms) > 1 else ["author", "tag"]
        detail = f"'{pair[0]}' and '{pair[1]}' do not go together."
        raise invalid_request("contradictory-filter", detail, "/scope", fix="Leave one out.")
    hashtag = body.hashtag and body.hashtag.lstrip("#＃")
    scope = AlertScope(body.author, body.tag, body.entity, body.keyword, hashtag)
    for name in terms:
        if not folded(getattr(scope, name)):
            raise invalid_request("blank-text", f"'{name}' is blank.", f"/scope/{name}")
    return scope
