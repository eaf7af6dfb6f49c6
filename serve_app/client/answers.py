"""What an answer means: a JSON value, a refusal, or something that no PostLens answers."""

from typing import Any

import orjson

from serve_app.client.errors import AnalysisProblem, RequestRefused, ServiceFailed
from serve_app.client.transport import Answer


def content_of(answer: Answer) -> Any:
    """The JSON value of a success; None where it has no body.

    Raises:
        RequestRefused: the service refused the request.
        ServiceFailed: it failed, or what answered is no PostLens.
    """
    succeeded = 200 <= answer.status < 300
    if succeeded and not answer.body:
        return None
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise ServiceFailed(_unexpected(answer)) from None
    if succeeded:
        return content
    if not isinstance(content, dict) or "detail" not in content:
        raise ServiceFailed(_unexpected(answer))
    refusal = AnalysisProblem.from_json({"status": answer.status, **content})
    raise RequestRefused(refusal) if answer.status < 500 else ServiceFailed(str(refusal))


def member_of(answer: Answer, name: str) -> str:
    """A member of the problem that an answer holds; empty where it holds none."""
    try:
        return str(orjson.loads(answer.body)[name])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""


def _unexpected(answer: Answer) -> str:
    return (
        f"{answer.source} answered status {answer.status} with "
        f"{answer.headers.get('content-type', 'no content type')}, which is no answer of "
        "PostLens. Check the URL, and what else listens there."
    )
