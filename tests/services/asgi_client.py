"""The API called through ASGI as the ingress mounts it, and the shape of a problem."""

from typing import Any

import httpx
from starlette.types import ASGIApp, Scope

from serve_app.api.application import with_lifespan
from serve_app.problems import PROBLEM_TYPES

POST = "Proud of our team in Berlin! 🎉\r\nThank you. #hiring"
MEMBERS = {"type", "title", "status", "detail", "pointer", "fix", "request_id"}


def client_of(api: ASGIApp) -> httpx.AsyncClient:
    """A client of the mounted API; an exception that leaves the API fails the test."""
    transport = httpx.ASGITransport(app=with_lifespan(api))
    return httpx.AsyncClient(transport=transport, base_url="http://service")


def problem(response: httpx.Response, slug: str) -> dict[str, Any]:
    """The members of the answer, held to the one shape."""
    content: dict[str, Any] = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert content.keys() >= MEMBERS
    assert content["type"] == f"/problems/{slug}"
    assert content["status"] == response.status_code == PROBLEM_TYPES[slug].status
    assert content["request_id"] == response.headers["x-request-id"]
    return content


def scope(method: str, path: str) -> Scope:
    """What a server hands to an ASGI application."""
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [],
    }
