"""Many posts in one request: each is answered or refused by itself.

Knows no HTTP; see :mod:`serve_app.request.post` for the validation of one post.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from serve_app.errors import InvalidRequest
from serve_app.problems import Problem
from serve_app.request.fields import invalid_request, json_type_of, validate_fields
from serve_app.request.json_body import decode_json
from serve_app.request.post import OPTION_VALIDATORS, PostRequest, validate_post

MAX_POSTS = 1_000


@dataclass(frozen=True, slots=True)
class InvalidPost:
    """A post of a batch that cannot be analysed, and why."""

    id: str | None
    problem: Problem


BatchPost = PostRequest | InvalidPost


def parse_batch(body: bytes | Mapping[str, object]) -> list[BatchPost]:
    """The posts asked for, each validated by itself, in their order.

    Args:
        body: ``{"posts": [...], "analyses"?, "offsets"?, "top_n"?, "timeout_ms"?}``; what
            stands beside ``posts`` holds for each post that does not say otherwise.

    Raises:
        InvalidRequest: the batch as a whole is not such a body.
    """
    content = decode_json(body) if isinstance(body, bytes) else body
    options = validate_fields(
        content, {"posts": _validate_posts, **OPTION_VALIDATORS}, object_name="batch"
    )
    if "posts" not in options:
        raise invalid_request("missing-field", "'posts' is missing.", "")
    posts = options.pop("posts")
    return [_validate_item(post, index, options) for index, post in enumerate(posts)]


def encode_items(
    items: Sequence[BatchPost], answers: Sequence[bytes | Problem], *, request_id: str | None
) -> list[bytes]:
    """One JSON object for each post of a batch, answered or refused, in order.

    Args:
        items: what :func:`parse_batch` gave.
        answers: JSON answers to the valid ones among them, in their order, or why there is none.
        request_id: of the batch; each refusal carries it.
    """
    remaining = iter(answers)
    return [
        orjson.dumps(
            _problem_item(item, request_id)
            if isinstance(item, InvalidPost)
            else _answer_item(item, next(remaining), request_id)
        )
        for item in items
    ]


def encode_batch(
    items: Sequence[BatchPost], answers: Sequence[bytes | Problem], *, request_id: str | None
) -> bytes:
    """The JSON answer to a batch: ``{"items": [...]}`` of :func:`encode_items`."""
    encoded = encode_items(items, answers, request_id=request_id)
    return b'{"items":[' + b",".join(encoded) + b"]}"


def encode_lines(
    indices: Sequence[int],
    items: Sequence[BatchPost],
    answers: Sequence[bytes | Problem],
    *,
    request_id: str | None,
) -> bytes:
    """A line for each post: what :func:`encode_items` gives, with its place in the batch."""
    encoded = encode_items(items, answers, request_id=request_id)
    return b"".join(
        b'{"index":%d,%b\n' % (index, item[1:])
        for index, item in zip(indices, encoded, strict=True)
    )


def _validate_posts(value: object) -> Sequence[object]:
    if not isinstance(value, (list, tuple)):
        detail = f"'posts' must be an array of posts; it is {json_type_of(value)}."
        raise invalid_request("wrong-type", detail, "/posts")
    if not value:
        raise invalid_request("empty-list", "'posts' is empty.", "/posts")
    if len(value) > MAX_POSTS:
        detail = f"The batch holds {len(value):,} posts; the limit is {MAX_POSTS:,}."
        raise invalid_request("batch-too-large", detail, "/posts")
    return value


def _validate_item(post: object, index: int, options: Mapping[str, Any]) -> BatchPost:
    try:
        return validate_post(post, defaults=options)
    except InvalidRequest as error:
        return InvalidPost(id_of(post), error.problem.with_prefix(f"/posts/{index}"))


def id_of(post: object) -> str | None:
    """The id of an invalid post; None where the id itself is invalid."""
    if not isinstance(post, Mapping) or "id" not in post:
        return None
    try:
        return validate_post({"id": post["id"], "text": "-"}).id
    except InvalidRequest:
        return None


def _answer_item(
    post: PostRequest, answer: bytes | Problem, request_id: str | None
) -> dict[str, Any]:
    if isinstance(answer, Problem):
        return _problem_item(InvalidPost(post.id, answer), request_id)
    return {"status": "ok", "id": post.id, "result": orjson.Fragment(answer)}


def _problem_item(post: InvalidPost, request_id: str | None) -> dict[str, Any]:
    return {"status": "error", "id": post.id, "error": post.problem.as_dict(request_id)}
