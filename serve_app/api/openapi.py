"""The OpenAPI 3.1 document, made of the routes, the schemas and the table of problems."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson

from serve_app import __version__
from serve_app.api.route import Operation, Route
from serve_app.api.schemas import ref, schemas
from serve_app.problems import KINDS, MEDIA_TYPE, Kind, problem

_DESCRIPTION = """\
Sentiment, tone, keywords, entities and readability of professional posts, in one call.

Text is taken exactly as sent and read to its end. Every refusal is a problem after RFC 9457: \
what is wrong (`detail`), where (`pointer`) and what to do (`fix`).

Bodies are JSON in UTF-8, up to 8 MiB, sent as `Content-Type: application/json`; without that \
header they are taken as JSON all the same. Send `X-Request-Id` to find \
a request in the logs again; without it, one is made.
"""
_TAGS = (
    ("analyses", "Posts in, analyses out."),
    ("health", "For probes and monitors; never needs a key."),
    ("problems", "What the types of problems mean."),
)
_EXAMPLE_REQUEST_ID = "b2f1c9de0c5b4b6f9a77d1c7b1f0a3e4"


def describe(routes: Iterable[Route], *, locked: bool) -> dict[str, Any]:
    """The document.

    Args:
        routes: those with an operation are described.
        locked: whether routes that can need an API key do.
    """
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in routes:
        if route.operation:
            needs_key = locked and route.locked
            paths[route.path][route.method.lower()] = _operation(route.operation, needs_key)
    components: dict[str, Any] = {"schemas": schemas()}
    if locked:
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PostLens",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": name, "description": text} for name, text in _TAGS],
        "paths": dict(paths),
        "components": components,
    }


def _operation(operation: Operation, needs_key: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": {"200": _answer(operation)} | _refusals(operation, needs_key),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.parameters:
        described["parameters"] = list(operation.parameters)
    if operation.request:
        described["requestBody"] = _request_body(operation.request)
    if needs_key:
        described["security"] = [{"key": []}]
    return described


def _answer(operation: Operation) -> dict[str, Any]:
    content = {media_type: _media(schema) for media_type, schema in operation.answer.items()}
    return {"description": operation.summary, "content": content}


def _request_body(schema: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": _media(schema)}}


def _media(schema: str | dict[str, Any]) -> dict[str, Any]:
    """A component by name, with its examples; or a schema as it is."""
    if isinstance(schema, dict):
        return {"schema": schema}
    examples = _examples().get(schema)
    return {"schema": ref(schema)} | ({"examples": examples} if examples else {})


@cache
def _examples() -> dict[str, Any]:
    """``examples.json``: by schema and name, OpenAPI example objects.

    A test holds them to the schemas, and their offsets to the text.
    """
    content: dict[str, Any] = orjson.loads(Path(__file__).with_name("examples.json").read_bytes())
    return content


def _refusals(operation: Operation, needs_key: bool) -> dict[str, Any]:
    slugs = (*operation.problems, "internal", *(["unauthorized"] if needs_key else []))
    by_status: dict[int, list[Kind]] = defaultdict(list)
    for slug in slugs:
        by_status[KINDS[slug].status].append(KINDS[slug])
    return {str(status): _refusal(by_status[status]) for status in sorted(by_status)}


def _refusal(kinds: Sequence[Kind]) -> dict[str, Any]:
    examples = {kind.slug: {"summary": kind.title, "value": _example(kind)} for kind in kinds}
    headers = (
        {"Retry-After": _RETRY_AFTER} if kinds[0].status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    )
    content = {MEDIA_TYPE: {"schema": ref("Problem"), "examples": examples}}
    phrase = HTTPStatus(kinds[0].status).phrase
    return {"description": phrase, "content": content} | ({"headers": headers} if headers else {})


_RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}


def _example(kind: Kind) -> dict[str, Any]:
    return problem(kind.slug, kind.example).as_dict(_EXAMPLE_REQUEST_ID)
