"""Encoded posts put together into bodies ``{"posts": [...]}`` that the service takes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from serve_app.problems import PROBLEM_TYPES, problem
from serve_app.request.post import MAX_BODY_BYTES

T = TypeVar("T")

#: The service takes at most so many posts in one request.
BATCH_LIMIT_POSTS = 1_000

_OPENING, _CLOSING = b'{"posts":[', b"]}"


def join(posts: Sequence[bytes]) -> bytes:
    """The body that holds these posts."""
    return _OPENING + b",".join(posts) + _CLOSING


def size_bytes(posts: Sequence[bytes]) -> int:
    """Of the body that :func:`join` gives."""
    return len(_OPENING) + sum(map(len, posts)) + len(posts) - 1 + len(_CLOSING)


def bodies(posts: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The posts in order, in as few bodies as the limit allows; one too large comes alone."""
    body: list[bytes] = []
    size = size_bytes(body)
    for post in posts:
        if body and size + len(post) + 1 > MAX_BODY_BYTES:
            yield body
            body, size = [], size_bytes([])
        body.append(post)
        size += len(post) + 1  # and the comma before it
    if body:
        yield body


def is_too_large(posts: Sequence[bytes]) -> bool:
    """Whether no body can hold these posts, of which there is one then."""
    return size_bytes(posts) > MAX_BODY_BYTES


def too_large() -> dict[str, Any]:
    """The problem of a post that no body can hold."""
    detail = f"The post alone takes more than {MAX_BODY_BYTES:,} bytes as JSON."
    fix = PROBLEM_TYPES["text-too-long"].fix
    return problem("body-too-large", detail, pointer="/text", fix=fix).as_dict(None)


def portions(items: Iterable[T], most: int) -> Iterator[list[T]]:
    """The items in order, so many at a time."""
    remaining = iter(items)
    while portion := list(islice(remaining, most)):
        yield portion


def check_batch_posts(batch_posts: int) -> None:
    """Refuse a number of posts that no request may have.

    Raises:
        ValueError: it is one.
    """
    if not 1 <= batch_posts <= BATCH_LIMIT_POSTS:
        raise ValueError(f"batch_posts is {batch_posts}; it must be 1..{BATCH_LIMIT_POSTS}.")


def with_pointer_into_post(refusal: Mapping[str, Any]) -> dict[str, Any]:
    """The problem of a post with its pointer into the post: the caller never saw the batches."""
    pointer = re.sub(r"^/posts/\d+", "", refusal.get("pointer") or "")
    return {**refusal, "pointer": pointer}
