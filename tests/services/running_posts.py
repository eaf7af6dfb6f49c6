"""The API with its posts on a real port, over a real Postgres and analyses without models."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from serve_app.settings import UploadSettings
from tests.services.databases import empty_database
from tests.services.kept_posts import kept_posts
from tests.services.rule_service import RuleService
from tests.services.running_api import RunningApi, Stumbling

_START_TIMEOUT_S = 60


@contextmanager
def running_posts(
    server_url: str,
    *,
    keys: Sequence[str] = (),
    service: RuleService | None = None,
    uploads: UploadSettings | None = None,
) -> Iterator[RunningApi]:
    """One replica on an empty database, served by uvicorn in a thread with a loop of its own.

    Args:
        server_url: of a Postgres.
        keys: ``WORKSPACE:KEY``; without any, all work in the workspace ``default``.
        service: analyses the posts.
        uploads: of files that are sent or fetched.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="api", daemon=True)
    thread.start()
    context = _serving(server_url, keys, service or RuleService(), uploads)
    try:
        running = asyncio.run_coroutine_threadsafe(context.__aenter__(), loop)
        yield running.result(_START_TIMEOUT_S)
    finally:
        ended = context.__aexit__(None, None, None)
        asyncio.run_coroutine_threadsafe(ended, loop).result(_START_TIMEOUT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@asynccontextmanager
async def _serving(
    server_url: str,
    keys: Sequence[str],
    service: RuleService,
    uploads: UploadSettings | None,
) -> AsyncIterator[RunningApi]:
    listening = socket.create_server(("127.0.0.1", 0))
    async with (
        empty_database(server_url) as database_url,
        kept_posts(database_url, keys=keys, service=service, uploads=uploads) as kept,
    ):
        front = Stumbling(kept.api)
        server = uvicorn.Server(uvicorn.Config(front, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:  # what connects before it accepts waits in the socket's queue
            yield RunningApi(f"http://127.0.0.1:{listening.getsockname()[1]}", kept.service, front)
        finally:
            server.should_exit = True
            await serving
            listening.close()
