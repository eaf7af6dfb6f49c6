"""The resource of the product: posts in, analyses out."""

import re

from starlette.requests import Request
from starlette.responses import Response

from serve_app.api.backend import BackendSource
from serve_app.api.ndjson import MEDIA_TYPE, line_answer, wants_lines
from serve_app.api.request_body import read_json_body
from serve_app.api.responses import JsonAnswer
from serve_app.api.route import Operation, Route
from serve_app.errors import InvalidRequest
from serve_app.logs import request_id
from serve_app.problems import problem
from serve_app.request.batch import Refused, encode_batch, parse_batch
from serve_app.request.post import parse_post

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_JSON = "application/json"

_BODY_PROBLEMS = (
    "not-json", "invalid-utf8", "body-too-large", "wrong-media-type", "wrong-type",
    "missing-field", "unknown-field", "unknown-analysis", "duplicate-analysis", "unknown-value",
    "out-of-range", "empty-list", "overloaded", "not-ready",
)  # fmt: skip
_TEXT_PROBLEMS = ("blank-text", "text-too-long", "lone-surrogate", "nul-character")

_ANALYZE = Operation(
    id="analyze",
    tag="analyses",
    summary="Analyse one post",
    description="Each section has its own `status`: one that fails or comes too late does not "
    "keep the others from being answered.",
    request="Post",
    answer={_JSON: "Analysis"},
    problems=_BODY_PROBLEMS + _TEXT_PROBLEMS,
)
_ANALYZE_BATCH = Operation(
    id="analyzeBatch",
    tag="analyses",
    summary="Analyse up to 1,000 posts",
    description="Items come in the order of the posts. A post that is refused has its problem "
    "in its place; the others are answered. Options beside `posts` hold for each post that does "
    "not say otherwise. `timeout_ms` counts from the arrival of the batch.\n\n"
    "With `Accept: application/x-ndjson` each item is a line of its own with its `index` in the "
    "batch, sent as soon as it is done, whatever stands before it; `timeout_ms` then counts from "
    "when its turn comes.",
    request="Batch",
    answer={_JSON: "BatchAnswer", MEDIA_TYPE: {"type": "string"}},
    problems=(*_BODY_PROBLEMS, "batch-too-large"),
)
_FIND = Operation(
    id="findAnalysis",
    tag="analyses",
    summary="What is stored for a text",
    description="The text itself is not stored, and not shown. Offsets are code points.",
    answer={_JSON: "Analysis"},
    parameters=(
        {
            "name": "digest",
            "in": "path",
            "required": True,
            "description": "The `digest` of an answer.",
            "schema": {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
        },
    ),
    problems=("invalid-digest", "unknown-analysis-digest", "store-unavailable", "not-ready"),
)


class Analyses:
    """Endpoints under /v1/analyze and /v1/analyses."""

    def __init__(self, backend: BackendSource) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        return [
            Route("POST", "/v1/analyze", self.analyze, _ANALYZE, locked=True),
            Route("POST", "/v1/analyze/batch", self.analyze_batch, _ANALYZE_BATCH, locked=True),
            Route("GET", "/v1/analyses/{digest}", self.find, _FIND, locked=True),
        ]

    async def analyze(self, request: Request) -> Response:
        """POST /v1/analyze."""
        post = parse_post(await read_json_body(request))
        return JsonAnswer(await self._backend().analyze(post))

    async def analyze_batch(self, request: Request) -> Response:
        """POST /v1/analyze/batch."""
        items = parse_batch(await read_json_body(request))
        if wants_lines(request):
            return line_answer(self._backend(), items)
        posts = [item for item in items if not isinstance(item, Refused)]
        answers = await self._backend().analyze_many(posts) if posts else []
        return JsonAnswer(encode_batch(items, answers, request_id=request_id.get()))

    async def find(self, request: Request) -> Response:
        """GET /v1/analyses/{digest}."""
        digest = request.path_params["digest"]
        if not _DIGEST.fullmatch(digest):
            detail = f"A digest is 64 hexadecimal digits; this has {len(digest):,} characters."
            if len(digest) == 64:
                detail = "A digest is 64 hexadecimal digits; this has other characters."
            raise InvalidRequest(problem("invalid-digest", detail))
        answer = await self._backend().find(digest.lower())
        if answer is None:
            detail = "Nothing is stored under this digest."
            raise InvalidRequest(problem("unknown-analysis-digest", detail))
        return JsonAnswer(answer)
