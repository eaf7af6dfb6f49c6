"""Schemathesis over the whole OpenAPI document: whatever it makes up is answered as promised."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from serve_app.api.analyze import AnalyzeEndpoints
from serve_app.api.application import fastapi_app
from serve_app.api.dependencies import process_metrics
from serve_app.api.openapi import openapi_document
from serve_app.rooms import resources
from tests.services.databases import database_for_threads
from tests.services.rule_service import RuleService
from tests.services.served_posts import served_posts


def _says_more_than_schemas(response: Any) -> bool:
    """Whether it refuses what JSON Schema has no words for."""
    if response.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
        return False
    problem = response.json()
    is_out_of_range = problem["type"] == "/problems/out-of-range"
    days = "'since'" in problem["detail"]
    times = is_out_of_range and (days or "_at" in (problem["pointer"] or ""))
    of_no_posts = problem["type"] == "/problems/empty-list" and not problem["pointer"]  # a file
    return times or of_no_posts or problem["type"] in UNSPEAKABLE


def _operations() -> list[str]:
    service = RuleService()
    app = fastapi_app(service, process_metrics, AnalyzeEndpoints(service), None, resources(None))
    paths = openapi_document(app)["paths"].values()
    return [operation["operationId"] for methods in paths for operation in methods.values()]


#: Problems of valid bodies: nothing visible, half a character, a NUL, what depends on others, bytes
#: that are no file of posts, URLs that give none, what excludes each other, addresses that are not
#: public.
UNSPEAKABLE = {
    f"/problems/{slug}"
    for slug in (
        "blank-text", "lone-surrogate", "nul-character", "idempotency-key-reused",
        "unreadable-file", "unreadable-url", "contradictory-filter", "refused-url",
        "unsearchable-phrase", "unsearchable-query", "invalid-cursor",
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def schema(database_url: str) -> Iterator[Any]:
    with database_for_threads(database_url) as database, served_posts(database) as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")


@pytest.mark.parametrize("operation", _operations())
def test_an_operation_keeps_to_its_document(schema: Any, operation: str) -> None:
    @settings(
        max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(case=schema.find_operation_by_id(operation).as_strategy())
    def check(case: Any) -> None:
        response = case.call()
        excluded = [positive_data_acceptance] if _says_more_than_schemas(response) else []
        case.validate_response(response, excluded_checks=excluded)

    check()
