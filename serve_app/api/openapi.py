"""The OpenAPI 3.1 document: FastAPI's, completed.

FastAPI describes the routes and the models it encodes. From here come the schemas of bodies
that it neither decodes nor encodes, examples, and the problems of each operation, which a
route declares with :func:`may_answer`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.responses import Response

from serve_app import __version__
from serve_app.api.analysis_schemas import analysis_schemas
from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.schemas import body_schemas, ref
from serve_app.problems import MEDIA_TYPE, PROBLEM_TYPES, ProblemType, problem

_DESCRIPTION = """\
Sentiment, tone, keywords, entities and readability of professional posts, in one call.

Text is taken exactly as sent and read to its end. Every refusal is a problem after RFC 9457: \
what is wrong (`detail`), where (`pointer`) and what to do (`fix`).

Bodies are JSON in UTF-8, up to 8 MiB, sent as `Content-Type: application/json`, perhaps with \
`Content-Encoding: gzip` or `zstd`. Send \
`X-Request-Id`, 1 to 128 characters of `A-Z a-z 0-9 . _ : -`, to find a request in the logs again; \
instead of any other, and without it, one is made. Every answer carries it.

Without API keys the service answers to IP addresses, `localhost`, names without a dot and its \
`allowed_hosts`; another `Host` is refused (`unknown-host`), and so is a page of another site \
(`foreign-origin`).
"""
_TAGS = (
    ("analyses", "Posts in, analyses out."),
    ("posts", "Posts that are kept with their analyses, found again and compared."),
    ("jobs", "Many posts, analysed beside the requests."),
    ("trends", "How posts change over time."),
    ("alerts", "Rules that watch a trend."),
    ("webhooks", "Receivers of signed messages, and what was delivered to them."),
    ("corrections", "What people put right, for one post or for all of a workspace."),
    ("workspace", "The wall between the clients of one installation."),
    ("corrections", "What people put right, and rules for all posts."),
    ("health", "For probes and monitors; never needs a key."),
    ("problems", "What the types of problems mean."),
)
_EXAMPLE_REQUEST_ID = "b2f1c9de0c5b4b6f9a77d1c7b1f0a3e4"
_RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}

#: Models of bodies that FastAPI does not read itself, by the name of their component.
_BODY_MODELS: dict[str, type[BaseModel]] = {}
#: Where a route keeps the slugs of its problems until the document is completed.
_PROBLEMS = "x-problems"


def may_answer(*slugs: str, body: str | type[BaseModel] | None = None) -> dict[str, Any]:
    """The ``openapi_extra`` of a route.

    Args:
        slugs: its problems, beside ``internal``, which every route has, and ``unauthorized``.
            ``not-ready`` of another route than that of readiness is answered by the proxy
            (:mod:`serve_app.standalone.haproxy_config`) while no replica is up.
        body: the component that describes the request's body, or the model of which one is made,
            where FastAPI does not know it.
    """
    extra: dict[str, Any] = {_PROBLEMS: list(slugs)}
    if isinstance(body, type):
        _BODY_MODELS[body.__name__] = body
        body = body.__name__
    if body:
        extra["requestBody"] = {"required": True, "content": json_content(body)}
    return extra


def json_content(component: str) -> dict[str, Any]:
    """The ``content`` of a JSON body that a component describes."""
    return {"application/json": {"schema": ref(component)}}


def openapi_router(app: FastAPI) -> APIRouter:
    """GET /openapi.json, written when it is first asked for."""
    encoded = cache(lambda: orjson.dumps(openapi_document(app)))
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi() -> Response:
        return EncodedJsonResponse(encoded())

    return router


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The document of all routes of the application that are part of the schema."""
    document = get_openapi(
        title="PostLens",
        version=__version__,
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=app.routes,
    )
    used = {tag for operation in _operations(document) for tag in operation["tags"]}
    document["tags"] = [{"name": n, "description": text} for n, text in _TAGS if n in used]
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["schemas"] = _without_titles(
        schemas | analysis_schemas() | body_schemas() | _model_schemas(document)
    )
    for operation in _operations(document):
        _complete(operation)
    return document


def _model_schemas(document: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas of the bodies that the document's operations take, with the models in them."""
    schemas: dict[str, Any] = {}
    bodies = str([operation.get("requestBody") for operation in _operations(document)])
    for name, model in _BODY_MODELS.items():
        if f"{ref(name)['$ref']}'" in bodies:
            schema = model.model_json_schema(ref_template=ref("{model}")["$ref"])
            schemas |= schema.pop("$defs", {}) | {name: schema}
    return schemas


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def _without_titles(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of names; they only repeat them."""
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_titles(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }


def _complete(operation: dict[str, Any]) -> None:
    """Add what FastAPI does not know: examples, and the operation's problems."""
    successes = {
        status: {"description": operation["summary"]} | _told(response)
        for status, response in operation["responses"].items()
        if status < "400"
    }
    slugs = [*operation.pop(_PROBLEMS), "internal"]
    slugs += ["unauthorized", "forbidden"] if "security" in operation else []
    operation["responses"] = successes | _problem_responses(slugs)
    for message in (operation.get("requestBody"), *successes.values()):
        for media in (message or {}).get("content", {}).values():
            _add_examples(media)
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_titles(parameter["schema"])


def _told(response: Mapping[str, Any]) -> dict[str, Any]:
    """A response without the words that FastAPI puts where a route has none."""
    if response["description"] in ("Successful Response", "OK", "Created", "Accepted"):
        return {key: value for key, value in response.items() if key != "description"}
    return dict(response)


def _add_examples(media: dict[str, Any]) -> None:
    component = media["schema"].get("$ref", "").rpartition("/")[2]
    if component in _examples():
        media["examples"] = _examples()[component]


@cache
def _examples() -> dict[str, Any]:
    """``examples.json``: by schema and name, OpenAPI example objects.

    A test holds them to the schemas, and their offsets to the text.
    """
    content: dict[str, Any] = orjson.loads(Path(__file__).with_name("examples.json").read_bytes())
    return content


def _problem_responses(slugs: Iterable[str]) -> dict[str, Any]:
    by_status: dict[int, list[ProblemType]] = defaultdict(list)
    for slug in slugs:
        by_status[PROBLEM_TYPES[slug].status].append(PROBLEM_TYPES[slug])
    return {str(status): _problem_response(by_status[status]) for status in sorted(by_status)}


def _problem_response(problem_types: Sequence[ProblemType]) -> dict[str, Any]:
    status = HTTPStatus(problem_types[0].status)
    examples = {
        kind.slug: {"summary": kind.title, "value": _example(kind)} for kind in problem_types
    }
    response: dict[str, Any] = {
        "description": status.phrase,
        "content": {MEDIA_TYPE: {"schema": ref("Problem"), "examples": examples}},
    }
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        response["headers"] = {"Retry-After": _RETRY_AFTER}
    return response


def _example(problem_type: ProblemType) -> dict[str, Any]:
    return problem(problem_type.slug, problem_type.example).as_dict(_EXAMPLE_REQUEST_ID)
