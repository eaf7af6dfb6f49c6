"""A batch answered line by line (NDJSON), each post as soon as it is done.

Knows the backend and how an item is written; nothing of routes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import StreamingResponse

from serve_app.api.backend import Backend
from serve_app.api.responses import plain_problem, problem_of
from serve_app.errors import ServiceError
from serve_app.logs import request_id
from serve_app.request.batch import Item, Refused, encode_lines

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/x-ndjson"

# Posts looked up and analysed together: fewer would ask Redis more often, more would make the
# first line wait.
_TOGETHER = 25


def wants_lines(request: Request) -> bool:
    """Whether the caller named the media type of lines among those it accepts."""
    accepted = request.headers.get("accept", "")
    return any(part.split(";")[0].strip().lower() == MEDIA_TYPE for part in accepted.split(","))


def line_answer(backend: Backend, items: Sequence[Item]) -> StreamingResponse:
    """Lines ``{"index", "status", "id", "result" | "error"}`` in the order of completion."""
    return StreamingResponse(_lines(backend, items, request_id.get()), media_type=MEDIA_TYPE)


async def _lines(
    backend: Backend, items: Sequence[Item], request_id: str | None
) -> AsyncIterator[bytes]:
    parts = [range(i, min(i + _TOGETHER, len(items))) for i in range(0, len(items), _TOGETHER)]
    tasks = [asyncio.create_task(_part(backend, items, part, request_id)) for part in parts]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:  # the caller may have gone away
            task.cancel()


async def _part(
    backend: Backend, items: Sequence[Item], part: range, request_id: str | None
) -> bytes:
    """The lines of some posts; what keeps them from being answered is said in each."""
    own = [items[i] for i in part]
    posts = [item for item in own if not isinstance(item, Refused)]
    try:
        answers = list(await backend.analyze_many(posts)) if posts else []
    except ServiceError as error:
        own, answers = [_refused(item, error) for item in own], []
    except Exception:  # the status line is long gone: the caller learns it in the lines
        log.exception("a part of a streamed batch failed")
        own, answers = [_refused(item, None) for item in own], []
    return encode_lines(part, own, answers, request_id=request_id)


def _refused(item: Item, error: ServiceError | None) -> Refused:
    if isinstance(item, Refused):
        return item
    return Refused(item.id, plain_problem("internal") if error is None else problem_of(error))
