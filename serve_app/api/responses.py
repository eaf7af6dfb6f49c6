"""Answers as Starlette responses: JSON that is encoded already, and problems."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from serve_app.errors import InvalidRequest, NotReady, Overloaded, ServiceError, StoreUnavailable
from serve_app.logs import request_id
from serve_app.problems import KINDS, MEDIA_TYPE, Problem, problem

#: Seconds after which a caller may try again: a queue drains and a database restarts in a few.
_RETRY_AFTER_S = {"overloaded": 1, "not-ready": 2, "store-unavailable": 5}

_SLUGS: Mapping[type[ServiceError], str] = {
    Overloaded: "overloaded",
    NotReady: "not-ready",
    StoreUnavailable: "store-unavailable",
}


class JsonAnswer(Response):
    """JSON that is encoded already, without what Starlette does to find out as much."""

    def __init__(self, body: bytes) -> None:
        self.status_code = 200
        self.body = body
        self.background = None
        size = str(len(body)).encode()
        self.raw_headers = [(b"content-length", size), (b"content-type", b"application/json")]


def problem_answer(refusal: Problem, *, extensions: Mapping[str, object] | None = None) -> Response:
    """The problem as RFC 9457 wants it, with the headers that belong to it.

    Args:
        refusal: what to say.
        extensions: further members of the JSON object.
    """
    body = refusal.as_dict(request_id.get()) | dict(extensions or {})
    headers = dict(refusal.headers)
    if refusal.kind.slug in _RETRY_AFTER_S:
        headers["Retry-After"] = str(_RETRY_AFTER_S[refusal.kind.slug])
    return Response(orjson.dumps(body), refusal.kind.status, headers, MEDIA_TYPE)


def problem_of(error: ServiceError) -> Problem:
    """What to tell the caller about an error of the service."""
    if isinstance(error, InvalidRequest):
        return error.problem
    slug = next((slug for kind, slug in _SLUGS.items() if isinstance(error, kind)), "internal")
    return plain_problem(slug)


def plain_problem(slug: str) -> Problem:
    """The problem of that kind in general words: nothing of its cause is shown to the caller."""
    return problem(slug, KINDS[slug].example)
