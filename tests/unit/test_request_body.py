"""A body that arrives in parts is waited for, but not for ever."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from serve_app.api import request_body
from serve_app.api.body_memory import BodyMemory
from serve_app.api.request_body import HELD_BODY, read_json_body
from serve_app.errors import InvalidRequest
from serve_app.request.post import MAX_BODY_BYTES


async def _read(*parts: bytes, whole: bool = True) -> bytes:
    """What is read of a body that comes in these parts, and perhaps never ends."""
    remaining = list(parts)

    async def receive() -> Message:
        if not remaining:
            await asyncio.Event().wait()
        more = len(remaining) > 1 or not whole
        return {"type": "http.request", "body": remaining.pop(0), "more_body": more}

    with BodyMemory(limit_bytes=MAX_BODY_BYTES, limit_requests=1).hold() as body:
        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "headers": headers, HELD_BODY: body}
        return await read_json_body(Request(scope, receive))


async def test_parts_are_put_together() -> None:
    assert await _read(b"{}") == b"{}"
    assert await _read(b'{"text"', b"", b':"A"', b"}") == b'{"text":"A"}'


@pytest.mark.parametrize("parts", [[b"{"], [b"{", b" ", b" "]])
async def test_one_that_never_ends_is_given_up(
    monkeypatch: pytest.MonkeyPatch, parts: list[bytes]
) -> None:
    monkeypatch.setattr(request_body, "BODY_TIMEOUT_S", 0.05)
    with pytest.raises(InvalidRequest) as caught:
        await _read(*parts, whole=False)
    assert caught.value.problem.type.slug == "incomplete-request"


async def test_the_limit_holds_for_all_parts_together() -> None:
    half = b" " * (MAX_BODY_BYTES // 2)
    assert len(await _read(half, half)) == MAX_BODY_BYTES
    with pytest.raises(InvalidRequest) as caught:
        await _read(half, half, b" ")
    assert caught.value.problem.type.slug == "body-too-large"
