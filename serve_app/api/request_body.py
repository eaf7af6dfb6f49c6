"""A request's body, read within its limit, once its headers announce JSON."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from serve_app.api.body_memory import HeldBody
from serve_app.api.headers import header
from serve_app.errors import InvalidRequest
from serve_app.problems import problem, quote
from serve_app.request.post import MAX_BODY_BYTES

#: Seconds for a whole body: 8 MiB at 1.1 Mbit/s. HAProxy drops who pauses, and this who trickles.
BODY_TIMEOUT_S = 60.0
#: Where in ASGI's scope the request's :class:`HeldBody` is.
HELD_BODY = "postlens.body"


async def read_json_body(request: Request) -> bytes:
    """The whole body.

    Its type has to be announced: without, or with another type, a page of any site may send
    a request from its reader's browser unasked (Fetch, 4.9: CORS-preflight).

    Raises:
        InvalidRequest: the headers do not announce JSON, or the body is too large or too slow.
        ClientDisconnect: the caller went away before its end.
        ServiceOverloaded: the bodies of others leave no room for it.
    """
    _check_media_type(header(request, b"content-type"))
    _check_encoding(header(request, b"content-encoding") or "identity")
    announced = header(request, b"content-length") or ""
    if announced.isdecimal() and _exceeds(announced):
        raise _too_large()
    chunk, more = await _chunk(request)
    return await _read_rest(request, chunk) if more else chunk


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


def _check_encoding(encoding: str) -> None:
    if encoding.lower() != "identity":
        detail = f"The body is announced with Content-Encoding {quote(encoding)}."
        fix = "Send the body uncompressed."
        raise InvalidRequest(problem("wrong-media-type", detail, fix=fix))


def _too_large() -> InvalidRequest:
    detail = f"The body is larger than {MAX_BODY_BYTES:,} bytes."
    return InvalidRequest(problem("body-too-large", detail))
