"""A batch answered line by line (NDJSON), each post as soon as it is done.

Knows the service and how an item is encoded; nothing of routes.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import StreamingResponse

from serve_app.api.content_negotiation import prefers
from serve_app.api.error_responses import problem_of
from serve_app.logs import request_id
from serve_app.request.batch import BatchPost, InvalidPost, encode_lines
from serve_app.service import Service

MEDIA_TYPE = "application/x-ndjson"

# Posts looked up and analysed together: fewer would ask Redis more often, more would make the
# first line wait.
_CHUNK_POSTS = 25


def accepts_lines(request: Request) -> bool:
    """Whether the caller names the media type of lines, and likes JSON no better."""
    accept = ", ".join(request.headers.getlist("accept"))
    return prefers(accept, MEDIA_TYPE, default="application/json")


def lines_response(service: Service, posts: Sequence[BatchPost]) -> StreamingResponse:
    """Lines ``{"index", "status", "id", "result" | "error"}`` in the order of completion."""
    return StreamingResponse(_lines(service, posts, request_id.get()), media_type=MEDIA_TYPE)


async def _lines(
    service: Service, posts: Sequence[BatchPost], request_id: str | None
) -> AsyncIterator[bytes]:
    starts = range(0, len(posts), _CHUNK_POSTS)
    chunks = [range(start, min(start + _CHUNK_POSTS, len(posts))) for start in starts]
    tasks = [asyncio.create_task(_chunk_lines(service, posts, c, request_id)) for c in chunks]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:  # the caller may have gone away
            task.cancel()


async def _chunk_lines(
    service: Service, posts: Sequence[BatchPost], indices: range, request_id: str | None
) -> bytes:
    """The lines of some posts; an error is reported in each of them."""
    chunk = [posts[index] for index in indices]
    valid = [post for post in chunk if not isinstance(post, InvalidPost)]
    try:
        answers = await service.analyze_many(valid) if valid else []
    except Exception as error:  # the status line is long gone: the caller learns it in the lines
        problem = problem_of(error)
        invalid = [p if isinstance(p, InvalidPost) else InvalidPost(p.id, problem) for p in chunk]
        return encode_lines(indices, invalid, [], request_id=request_id)
    return encode_lines(indices, chunk, answers, request_id=request_id)
