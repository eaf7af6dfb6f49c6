"""A batch answered line by line (NDJSON), each post as soon as it is done.

Knows the service and how an item is encoded; nothing of routes.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import ExitStack, aclosing

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from serve_app.api.content_negotiation import prefers
from serve_app.api.error_responses import problem_of
from serve_app.logs import request_id
from serve_app.request.batch import BatchPost, InvalidPost, encode_lines
from serve_app.request.post import MAX_CHARACTERS, PostRequest
from serve_app.service import Answering, Turns

MEDIA_TYPE = "application/x-ndjson"

# Posts looked up and analysed together, of no more characters than one post may have: fewer would
# ask Redis more often, more would make the first line wait.
_CHUNK_POSTS = 25


def accepts_lines(request: Request) -> bool:
    """Whether the caller names the media type of lines, and likes JSON no better."""
    accept = ", ".join(request.headers.getlist("accept"))
    return prefers(accept, MEDIA_TYPE, default="application/json")


class LinesResponse(StreamingResponse):
    """Lines ``{"index", "status", "id", "result" | "error"}`` in the order of completion."""

    def __init__(self, service: Answering, posts: Sequence[BatchPost]) -> None:
        """Take on the posts.

        Raises:
            ServiceOverloaded: too much is waiting.
        """
        self._taken_on = ExitStack()
        turns = self._taken_on.enter_context(service.take_on(_valid(posts)))
        self._lines = _lines(service, posts, turns, request_id.get())
        super().__init__(self._lines, media_type=MEDIA_TYPE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        # A caller who leaves while a line is sent would else leave the work behind.
        with self._taken_on:
            async with aclosing(self._lines):
                await super().__call__(scope, receive, send)


def _valid(posts: Sequence[BatchPost]) -> list[PostRequest]:
    return [post for post in posts if not isinstance(post, InvalidPost)]


async def _lines(
    service: Answering, posts: Sequence[BatchPost], turns: Turns, request_id: str | None
) -> AsyncGenerator[bytes, None]:
    tasks = [
        asyncio.create_task(_chunk_lines(service, posts, chunk, turns, request_id))
        for chunk in _chunks(posts)
    ]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:  # the caller may have gone away
            task.cancel()


def _chunks(posts: Sequence[BatchPost]) -> Iterator[range]:
    """The indices of the posts that are answered together, in order."""
    start, characters = 0, 0
    for index, post in enumerate(posts):
        size = 0 if isinstance(post, InvalidPost) else len(post.text)
        if index > start and (index - start == _CHUNK_POSTS or characters + size > MAX_CHARACTERS):
            yield range(start, index)
            start, characters = index, 0
        characters += size
    yield range(start, len(posts))


async def _chunk_lines(
    service: Answering,
    posts: Sequence[BatchPost],
    indices: range,
    turns: Turns,
    request_id: str | None,
) -> bytes:
    """The lines of some posts; an error is reported in each of them."""
    chunk = [posts[index] for index in indices]
    try:
        answers = await service.analyze_in_turn(_valid(chunk), turns)
    except Exception as error:  # the status line is long gone: the caller learns it in the lines
        problem = problem_of(error)
        invalid = [p if isinstance(p, InvalidPost) else InvalidPost(p.id, problem) for p in chunk]
        return encode_lines(indices, invalid, [], request_id=request_id)
    return encode_lines(indices, chunk, answers, request_id=request_id)
