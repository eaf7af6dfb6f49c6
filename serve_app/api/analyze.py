"""POST /v1/analyze and POST /v1/analyze/batch: posts in, analyses out.

These are the hot routes. :mod:`serve_app.api.application` calls their endpoints itself; the
router declares the same endpoints to FastAPI, for the OpenAPI document and for every method
but POST. No dependency is injected and no model validated here: a FastAPI route costs about
three times what such an endpoint does.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from serve_app.answer_progress import AnswerProgress
from serve_app.api.authentication import workspace_of
from serve_app.api.batch_lines import MEDIA_TYPE, LinesResponse, accepts_lines
from serve_app.api.counted_posts import LIMIT_PROBLEMS, count_posts
from serve_app.api.encoded_json import EncodedJsonResponse
from serve_app.api.openapi import json_content, may_answer
from serve_app.api.preference import LENIENT, has_preference, prefer_parameter
from serve_app.api.request_body import read_json_body
from serve_app.api.section_events import EVENT_STREAM, accepts_events, section_events
from serve_app.api.server_timing import server_timing
from serve_app.logs import request_id
from serve_app.request.batch import InvalidPost, encode_batch, parse_batch
from serve_app.request.post import PostRequest, parse_post
from serve_app.service import Answering, Service

#: The service as the callers of a workspace see it, by its name.
SeenFrom = Callable[[Answering, str], Answering]

_BODY_PROBLEMS = (
    "incomplete-request", "not-json", "invalid-utf8", "body-too-large", "wrong-media-type",
    "wrong-type", "missing-field", "unknown-field", "repeated-field", "unknown-analysis",
    "duplicate-analysis", "unknown-value", "out-of-range", "empty-list", "not-ready", "overloaded",
)  # fmt: skip
_TEXT_PROBLEMS = ("blank-text", "text-too-long", "lone-surrogate", "nul-character")

_BATCH_DESCRIPTION = (
    "Items come in the order of the posts. A post that is refused has its problem "
    "in its place; the others are answered. Options beside `posts` hold for each post that does "
    "not say otherwise. `timeout_ms` counts from the arrival of the batch.\n\n"
    "With `Accept: application/x-ndjson` each item is a line of its own with its `index` in the "
    "batch, sent as soon as it is done, whatever stands before it; `timeout_ms` then counts from "
    "when its turn comes."
)
_ANALYSIS_DESCRIPTION = (
    "Each section has its own `status`: one that fails or comes too late does not keep the others "
    "from being answered.\n\n"
    "With `Prefer: handling=lenient` a service that has too much waiting answers 200 in place of "
    "503, with what needs no encoder (readability); the other sections are `shed`, and "
    "`Retry-After` says when to ask for them.\n\n"
    "With `Accept: text/event-stream` each section is an event `section` as soon as it is there, "
    "its data the section with its `name`; the event `done` has the rest of the answer."
)
_PREFER = prefer_parameter("`handling=lenient`: part of an answer rather than none.")
_EVENTS_CONTENT = {EVENT_STREAM: {"schema": {"type": "string"}}}
_LINES_CONTENT = {MEDIA_TYPE: {"schema": {"type": "string"}}}


class AnalyzeEndpoints:
    """The endpoints that take posts."""

    def __init__(
        self,
        service: Service,
        salt_of: Callable[[str], bytes] = lambda workspace: b"",
        seen_from: SeenFrom = lambda service, workspace: service,
    ) -> None:
        """For a service.

        Args:
            service: answers the posts.
            salt_of: of a workspace that shares no cache with others; empty for all others.
            seen_from: the service with what holds in a workspace laid over its answers.
        """
        self._service = service
        self._salt_of = salt_of
        self._seen_from = seen_from

    async def analyze(self, request: Request) -> Response:
        """POST /v1/analyze."""
        post = parse_post(await read_json_body(request))
        await count_posts(request, 1, len(post.text))
        workspace = workspace_of(request)
        if salt := self._salt_of(workspace):
            post = replace(post, salt=salt)
        service = self._seen_from(self._service, workspace)
        if accepts_events(request):
            return await section_events(request, service, post)
        started_at = time.perf_counter()
        progress = AnswerProgress(lenient=has_preference(request, LENIENT))
        response = EncodedJsonResponse(await service.analyze(post, progress))
        if progress.retry_after_s is not None:
            response.headers["Retry-After"] = str(progress.retry_after_s)
            response.headers["Preference-Applied"] = LENIENT
        if progress.stages:  # a cached answer takes less than to say so
            response.raw_headers.append(server_timing(progress.stages, started_at))
        return response

    async def analyze_batch(self, request: Request) -> Response:
        """POST /v1/analyze/batch."""
        posts = parse_batch(await read_json_body(request))
        lengths = [len(post.text) for post in posts if not isinstance(post, InvalidPost)]
        await count_posts(request, len(lengths), sum(lengths))
        workspace = workspace_of(request)
        service = self._seen_from(self._service, workspace)
        if salt := self._salt_of(workspace):
            posts = [replace(p, salt=salt) if isinstance(p, PostRequest) else p for p in posts]
        if accepts_lines(request):
            return LinesResponse(service, posts)
        valid = [post for post in posts if not isinstance(post, InvalidPost)]
        answers = await service.analyze_many(valid) if valid else []
        return EncodedJsonResponse(encode_batch(posts, answers, request_id=request_id.get()))

    def router(self) -> APIRouter:
        """The endpoints as FastAPI routes."""
        router = APIRouter(tags=["analyses"])
        router.add_api_route(
            "/v1/analyze",
            self.analyze,
            methods=["POST"],
            operation_id="analyze",
            summary="Analyse one post",
            description=_ANALYSIS_DESCRIPTION,
            responses={200: {"content": json_content("Analysis") | _EVENTS_CONTENT}},
            openapi_extra=may_answer(*_BODY_PROBLEMS, *_TEXT_PROBLEMS, *LIMIT_PROBLEMS, body="Post")
            | {"parameters": [_PREFER]},
        )
        router.add_api_route(
            "/v1/analyze/batch",
            self.analyze_batch,
            methods=["POST"],
            operation_id="analyzeBatch",
            summary="Analyse up to 1,000 posts",
            description=_BATCH_DESCRIPTION,
            responses={200: {"content": json_content("BatchAnswer") | _LINES_CONTENT}},
            openapi_extra=may_answer(
                *_BODY_PROBLEMS, "batch-too-large", *LIMIT_PROBLEMS, body="Batch"
            ),
        )
        return router
