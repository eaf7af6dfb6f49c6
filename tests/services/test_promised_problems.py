"""Every problem that the OpenAPI document promises to an operation is really answered there."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from serve_app.api.application import build_api
from serve_app.api.error_responses import add_error_handlers
from serve_app.problems import PROBLEM_TYPES
from serve_app.request.batch import MAX_POSTS
from serve_app.request.post import MAX_BODY_BYTES, MAX_CHARACTERS
from serve_app.rooms import resources
from serve_app.settings import ApiKey
from tests.services.asgi_client import client_of, problem
from tests.services.rule_service import RuleService

#: Method, path, body and headers of a request.
ProvokingRequest = tuple[str, str, bytes | None, dict[str, str]]

JSON = {"Content-Type": "application/json"}

#: Request bodies that are refused by POST /v1/analyze and POST /v1/analyze/batch alike.
BODIES = {
    "not-json": b"{",
    "invalid-utf8": b'"\xff"',
    "body-too-large": b" " * (MAX_BODY_BYTES + 1),
    "wrong-type": b"[]",
    "missing-field": b"{}",
    "unknown-field": b'{"mood":1}',
    "repeated-field": b'{"top_n":1,"top_n":1}',
    "unknown-analysis": b'{"analyses":["mood"]}',
    "duplicate-analysis": b'{"analyses":["tone","tone"]}',
    "unknown-value": b'{"offsets":"utf32"}',
    "out-of-range": b'{"top_n":0}',
    "empty-list": b'{"analyses":[]}',
}
POST_BODIES = BODIES | {
    "blank-text": b'{"text":" "}',
    "text-too-long": orjson.dumps({"text": "x" * (MAX_CHARACTERS + 1)}),
    "lone-surrogate": b'{"text":"\\ud83d"}',
    "nul-character": b'{"text":"\\u0000"}',
}
BATCH_BODIES = BODIES | {
    "batch-too-large": orjson.dumps({"posts": [{"text": "a"}] * (MAX_POSTS + 1)}),
}


def _posts(path: str, bodies: dict[str, bytes]) -> dict[str, ProvokingRequest]:
    """For each problem a request by POST that provokes it."""
    requests: dict[str, ProvokingRequest] = {
        slug: ("POST", path, body, JSON) for slug, body in bodies.items()
    }
    return requests | {"wrong-media-type": ("POST", path, b"{}", {"Content-Type": "text/plain"})}


#: By operation and problem, a request that provokes it.
PROVOKED: dict[str, dict[str, ProvokingRequest]] = {
    "analyze": _posts("/v1/analyze", POST_BODIES),
    "analyzeBatch": _posts("/v1/analyze/batch", BATCH_BODIES),
    "findAnalysis": {
        "invalid-digest": ("GET", "/v1/analyses/abc", None, {}),
        "unknown-analysis-digest": ("GET", f"/v1/analyses/{'0' * 64}", None, {}),
    },
    "problem": {"not-found": ("GET", "/problems/none", None, {})},
}

#: What a test of its own provokes (test_api.py, test_routes.py, test_overload.py, test_quotas.py,
#: and below).
PROVOKED_ELSEWHERE = {
    "analyze": {"overloaded", "rate-limited", "quota-exhausted"},
    "analyzeBatch": {"overloaded", "rate-limited", "quota-exhausted"},
    "findAnalysis": {"store-unavailable"},
    "ready": {"not-ready"},
}
#: Promised to every operation, and to every operation that needs a key.
EVERYWHERE = {"internal", "unauthorized", "forbidden"}


def _promised(document: dict[str, Any]) -> dict[str, set[str]]:
    """The slugs that the document promises, by operation."""
    operations = [op for methods in document["paths"].values() for op in methods.values()]
    return {
        operation["operationId"]: {
            slug
            for status, response in operation["responses"].items()
            if status >= "400"
            for media in response["content"].values()
            for slug in media["examples"]
        }
        for operation in operations
    }


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(build_api(RuleService())) as client:
        yield client


@pytest.mark.parametrize(
    ("operation", "slug"), [(name, slug) for name, slugs in PROVOKED.items() for slug in slugs]
)
async def test_it_is_answered(client: httpx.AsyncClient, operation: str, slug: str) -> None:
    method, path, body, headers = PROVOKED[operation][slug]
    problem(await client.request(method, path, content=body, headers=headers), slug)


async def test_nothing_else_is_promised() -> None:
    async with client_of(build_api(RuleService(), api_keys=(ApiKey.parse("k"),))) as client:
        promised = _promised((await client.get("/openapi.json")).json())
    by_proxy = {"not-ready", "incomplete-request"}  # test_haproxy.py
    for operation, slugs in promised.items():
        provoked = PROVOKED.get(operation, {}).keys() | PROVOKED_ELSEWHERE.get(operation, set())
        assert slugs - EVERYWHERE - by_proxy == provoked - by_proxy, operation
    assert promised["analyze"] >= EVERYWHERE


async def test_every_problem_type_is_promised_or_of_no_single_route() -> None:
    with_resources = build_api(RuleService(), resources=resources(None))
    async with client_of(with_resources) as client:
        promised = _promised((await client.get("/openapi.json")).json())
    # Paths and methods without a route; an item of a batch or of a job; a row of a file, which only
    # 'postlens analyze' meets; what a web page may not do, on whatever route.
    of_no_route = {"wrong-method", "unauthorized", "deadline-passed", "unreadable-row"}
    of_no_route |= {"unknown-host", "foreign-origin", "analysis-failed", "upgrade-required"}
    assert set().union(*promised.values()) | of_no_route == PROBLEM_TYPES.keys()


class Job(BaseModel, extra="forbid"):
    name: str
    priority: int


@pytest.fixture
async def jobs() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with a body and a query parameter for FastAPI to validate."""
    app = FastAPI()
    add_error_handlers(app)

    @app.post("/jobs")
    async def create(job: Job, limit: int = 10) -> Job:
        return job

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.mark.parametrize(
    ("body", "slug", "pointer"),
    [
        (b'{"name":"a"}', "missing-field", "/priority"),
        (b'{"name":"a","priority":"high"}', "wrong-type", "/priority"),
        (b'{"name":"a","priority":1,"a/b":1}', "unknown-field", "/a~1b"),
        (b"{", "not-json", ""),
    ],
)
async def test_what_fastapi_refuses_in_a_body_has_the_same_shape(
    jobs: httpx.AsyncClient, body: bytes, slug: str, pointer: str
) -> None:
    response = await jobs.post("/jobs", content=body, headers=JSON)
    content = response.json()
    assert response.status_code == PROBLEM_TYPES[slug].status
    assert response.headers["content-type"] == "application/problem+json"
    assert (content["type"], content["pointer"]) == (f"/problems/{slug}", pointer)


async def test_what_fastapi_refuses_in_a_parameter_names_it(jobs: httpx.AsyncClient) -> None:
    body = {"name": "a", "priority": 1}
    content = (await jobs.post("/jobs", params={"limit": "x"}, json=body)).json()
    assert (content["type"], content["pointer"]) == ("/problems/wrong-type", None)
    assert "'limit'" in content["detail"]
