"""Drafts of a key with limits, over a real Postgres: what counts, and what is refused."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import uvicorn
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect

from serve_app.api.draft_channel import PATH
from tests.services.databases import empty_database
from tests.services.draft_caller import protocols
from tests.services.limited_keys import WallClock, limited_keys, made, usage_of

TEXT = "We are proud. "


@asynccontextmanager
async def channel(api: ASGIApp, key: str) -> AsyncIterator[ClientConnection]:
    """A channel of an API that lives in this event loop."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(api, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve([listening]))
    address = f"ws://127.0.0.1:{listening.getsockname()[1]}{PATH}"
    try:
        async with connect(address, subprotocols=protocols(key), proxy=None) as connection:
            yield connection
    finally:
        server.should_exit = True
        await serving


async def type_on(connection: ClientConnection, id: int, text: str) -> list[dict[str, Any]]:
    """What is answered to a text, until its end."""
    await connection.send(orjson.dumps({"id": id, "text": text}).decode())
    messages: list[dict[str, Any]] = []
    while not messages or not messages[-1].keys() & {"done", "problem"}:
        messages.append(orjson.loads(await connection.recv()))
    return messages


async def test_whole_answers_count_as_posts_and_sentences_do_not(database_url: str) -> None:
    async with empty_database(database_url) as own, limited_keys(own, None, WallClock()) as kept:
        key = await made(kept, posts_per_month=2)
        async with channel(kept.api, key["key"]) as connection:
            assert "done" in (await type_on(connection, 0, TEXT))[-1]
            for id, ending in enumerate(("N", "No", "Now"), start=1):
                await connection.send(orjson.dumps({"id": id, "text": TEXT + ending}).decode())
                assert "draft" in orjson.loads(await connection.recv())
            await type_on(connection, 4, TEXT + "Now.")
            usage = await usage_of(kept, key["id"], 2)
            [marks, refusal] = await type_on(connection, 5, TEXT + "Now. And")
        async with channel(kept.api, key["key"]) as connection:  # which begins without marks
            [first] = await type_on(connection, 0, TEXT)
    characters = len(TEXT) + len(TEXT + "Now.")
    assert usage == {"posts": 2, "characters": characters, "requests": 2}
    assert "draft" in marks
    assert refusal["problem"]["type"] == "/problems/quota-exhausted"
    assert first["problem"]["type"] == "/problems/quota-exhausted"
