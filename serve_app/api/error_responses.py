"""Every error as a response in one shape: problem details (RFC 9457).

Errors of the service, FastAPI's validation errors, paths and methods without a route, and
whatever nobody expected are translated here and nowhere else.
"""

import difflib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.errors import InvalidRequest, ServiceError, ServiceOverloaded, StoreUnavailable
from serve_app.logs import request_id
from serve_app.problems import MEDIA_TYPE, PROBLEM_TYPES, Problem, pointer_to, problem, quote

log = logging.getLogger(__name__)

#: Seconds after which a caller may try again: a database restarts in a few.
_RETRY_AFTER_S = {"not-ready": 2, "store-unavailable": 5}
#: nginx's convention for a caller who went away; seen only in logs and metrics.
_CLIENT_CLOSED_REQUEST = 499

#: Problem types of pydantic's error types; every other one is a value of the wrong type.
_VALIDATION_SLUGS = {
    "missing": "missing-field",
    "extra_forbidden": "unknown-field",
    "json_invalid": "not-json",
    "enum": "unknown-value",
    "literal_error": "unknown-value",
    "greater_than": "out-of-range",
    "greater_than_equal": "out-of-range",
    "less_than": "out-of-range",
    "less_than_equal": "out-of-range",
    "string_too_short": "out-of-range",
    "string_too_long": "out-of-range",
    "too_short": "out-of-range",
    "too_long": "out-of-range",
}


def add_error_handlers(app: FastAPI) -> None:
    """Have every error of the application's routes answered by :func:`error_response`."""
    for error_type in (ServiceError, RequestValidationError, HTTPException):
        app.add_exception_handler(error_type, error_response)
    app.add_middleware(_UnexpectedErrorMiddleware)


async def error_response(request: Request, error: Exception) -> Response:
    """The response to a request whose endpoint raised ``error``; an exception handler."""
    if isinstance(error, ClientDisconnect):
        return Response(status_code=_CLIENT_CLOSED_REQUEST)
    return problem_response(_http_problem(request, error) or problem_of(error))


class _UnexpectedErrorMiddleware:
    """Answers an exception without a handler; Starlette's own way would be to raise it again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            response = await error_response(Request(scope), error)
            await response(scope, receive, send)


def problem_response(
    problem: Problem, *, extensions: Mapping[str, object] | None = None
) -> Response:
    """The problem as RFC 9457 wants it, with the headers that belong to it.

    Args:
        problem: becomes the JSON object, with the request id of the context.
        extensions: further members of the JSON object.
    """
    body = problem.as_dict(request_id.get()) | dict(extensions or {})
    headers = dict(problem.headers)
    if problem.type.slug in _RETRY_AFTER_S:
        headers["Retry-After"] = str(_RETRY_AFTER_S[problem.type.slug])
    return Response(orjson.dumps(body), problem.type.status, headers, MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """What to tell the caller about an error of the service; its cause is for the log alone."""
    if isinstance(error, InvalidRequest):
        return error.problem
    if isinstance(error, ServiceOverloaded):
        retry_after = (("Retry-After", str(error.retry_after_s)),)
        detail = PROBLEM_TYPES["overloaded"].example
        return problem("overloaded", detail, headers=retry_after)
    if isinstance(error, StoreUnavailable):
        return _general_problem("store-unavailable")
    log.error("request failed", exc_info=error)
    return _general_problem("internal")


def _general_problem(slug: str) -> Problem:
    return problem(slug, PROBLEM_TYPES[slug].example)


def _http_problem(request: Request, error: Exception) -> Problem | None:
    """The problem of an error that FastAPI or Starlette raised; None for any other."""
    if isinstance(error, RequestValidationError):
        return _validation_problem(error.errors()[0])
    if not isinstance(error, HTTPException):
        return None
    if error.status_code == 404:
        return _not_found(_path(request), request.app.state.paths)
    if error.status_code == 405:
        return _wrong_method(request, (error.headers or {})["Allow"])
    return None


def _not_found(path: str, paths: Sequence[str]) -> Problem:
    near = difflib.get_close_matches(path[:100], paths, n=1)
    fix = f"Did you mean {near[0]}? The routes are listed at /docs." if near else None
    return problem("not-found", f"No route is at {quote(path)}.", fix=fix)


def _wrong_method(request: Request, allow: str) -> Problem:
    allow = f"{allow}, HEAD" if allow == "GET" else allow
    method = request.scope["postlens.method"]
    detail = f"{_path(request)} answers {allow}, not {quote(method)}."
    return problem("wrong-method", detail, headers=(("Allow", allow),))


def _path(request: Request) -> str:
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))


def _validation_problem(error: Mapping[str, Any]) -> Problem:
    """The problem of one of pydantic's errors, as FastAPI gives them.

    Args:
        error: with ``type``, ``loc`` (its first item is ``body``, ``path``, ``query``...) and
            ``msg``.
    """
    source, *location = error["loc"]
    slug = _VALIDATION_SLUGS.get(error["type"], "wrong-type")
    if source == "body":
        location = [] if slug == "not-json" else location
        pointer = "".join(pointer_to(str(name)) for name in location)
        return problem(slug, f"{error['msg']}.", pointer=pointer)
    name = ".".join(map(str, location))
    return problem(slug, f"{error['msg']}, in the {source} parameter {quote(name)}.")
