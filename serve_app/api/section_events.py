"""One post's answer as server-sent events: each section as soon as it is there.

``event: section`` with the section and its name, for each; then ``event: done`` with what is left
of the answer. An answer without ``done`` broke off.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from serve_app.answer_parts import SectionPart, answer_parts
from serve_app.api.content_negotiation import prefers
from serve_app.api.headers import headers
from serve_app.api.streamed import StreamedResponse
from serve_app.request.post import PostRequest
from serve_app.service import Answering

EVENT_STREAM = "text/event-stream"
#: Neither a cache nor a proxy that gathers answers may hold events back (nginx has the second).
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def accepts_events(request: Request) -> bool:
    """Whether the caller names the media type of events, and likes JSON no better."""
    accepted = headers(request, b"accept")
    # Looked for first: few ask for events, and the header costs more to take apart.
    if not any("event-stream" in each.lower() for each in accepted):
        return False
    return prefers(", ".join(accepted), EVENT_STREAM, default="application/json")


async def section_events(request: Request, service: Answering, post: PostRequest) -> Response:
    """The answer to a post, begun with its first event.

    Raises:
        ServiceOverloaded: too much is waiting to begin with it.
        ClientDisconnect: the caller went away before the first event.
    """
    beginning = StreamedResponse.begun(_events(service, post), EVENT_STREAM, _HEADERS)
    return await _while_connected(request, beginning)


async def _events(service: Answering, post: PostRequest) -> AsyncGenerator[bytes, None]:
    async with aclosing(answer_parts(service, post)) as parts:
        async for part in parts:
            if isinstance(part, SectionPart):
                yield _section_event(*part)
            else:
                yield b"event: done\ndata: " + orjson.dumps(part) + b"\n\n"


def _section_event(name: str, body: bytes) -> bytes:
    # JSON as it is encoded here has no line break, which would end the field.
    return b'event: section\ndata: {"name":"%b",%b\n\n' % (name.encode(), body[1:])


async def _while_connected(
    request: Request, work: Coroutine[Any, Any, StreamedResponse]
) -> StreamedResponse:
    """What the work gives; it is cancelled when the caller goes away."""
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return await working
    finally:
        working.cancel()
        leaving.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
