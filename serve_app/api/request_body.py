"""A request's body, read within its limit, once its headers announce JSON."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from serve_app.api.body_memory import HeldBody
from serve_app.api.headers import header
from serve_app.api.packed_bodies import check_coding, unpacked
from serve_app.errors import InvalidRequest
from serve_app.problems import problem, quote
from serve_app.request.post import MAX_BODY_BYTES

#: Seconds for a whole body: 8 MiB at 1.1 Mbit/s. HAProxy drops who pauses, and this who trickles.
BODY_TIMEOUT_S = 60.0
#: Where in ASGI's scope the request's :class:`HeldBody` is.
HELD_BODY = "postlens.body"


async def read_json_body(request: Request) -> bytes:
    """The whole body, unpacked if it was sent packed.

    Its type has to be announced: without, or with another type, a page of any site may send
    a request from its reader's browser unasked (Fetch, 4.9: CORS-preflight).

    Raises:
        InvalidRequest: the headers do not announce JSON, or the body is too large, packed or
            unpacked, too slow, or damaged.
        ClientDisconnect: the caller went away before its end.
        ServiceOverloaded: the bodies of others leave no room for it.
    """
    _check_media_type(header(request, b"content-type"))
    coding = header(request, b"content-encoding") or "identity"
    check_coding(coding)
    announced = header(request, b"content-length") or ""
    if announced.isdecimal() and _exceeds(announced):
        raise _too_large()
    chunk, more = await _chunk(request)
    body = await _read_rest(request, chunk) if more else chunk
    return body if coding == "identity" else _unpacked(request, body, coding)


def _unpacked(request: Request, packed: bytes, coding: str) -> bytes:
    # Not in a thread: it takes less than reading the JSON afterwards.
    held: HeldBody = request.scope[HELD_BODY]
    body = bytearray()
    for piece in unpacked(packed, coding):
        held.grow(len(piece))
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise _too_large("The unpacked body")
    return bytes(body)


async def _read_rest(request: Request, first: bytes) -> bytes:
    """The whole body, whose first part is there, and not all of it."""
    chunks, more = [first], True
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while more:
                chunk, more = await _chunk(request)
                chunks.append(chunk)
    except TimeoutError:
        detail = f"The body took longer than {BODY_TIMEOUT_S:g} s."
        raise InvalidRequest(problem("incomplete-request", detail)) from None
    return b"".join(chunks)


async def _chunk(request: Request) -> tuple[bytes, bool]:
    """The next part of the body, and whether there are more."""
    body: HeldBody = request.scope[HELD_BODY]
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    chunk = message.get("body", b"")
    body.grow(len(chunk))
    if body.size_bytes > MAX_BODY_BYTES:
        raise _too_large()
    return chunk, message.get("more_body", False)


def _exceeds(announced: str) -> bool:
    # Python refuses to read integers of thousands of digits.
    return len(announced) > 18 or int(announced) > MAX_BODY_BYTES


def _check_media_type(announced: str | None) -> None:
    if announced == "application/json":
        return
    if announced is None:
        raise InvalidRequest(problem("wrong-media-type", "The request has no Content-Type."))
    media_type, *parameters = [part.strip().lower() for part in announced.split(";")]
    charsets = [part.removeprefix("charset=").strip('"') for part in parameters]
    others = [name for name in charsets if name not in ("utf-8", "utf8", "")]
    if media_type != "application/json" or others:
        detail = f"The body is announced as {quote(announced)}."
        raise InvalidRequest(problem("wrong-media-type", detail))


def _too_large(what: str = "The body") -> InvalidRequest:
    detail = f"{what} is larger than {MAX_BODY_BYTES:,} bytes."
    return InvalidRequest(problem("body-too-large", detail))
