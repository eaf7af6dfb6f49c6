"""The HTTP API on a real port, served by uvicorn in a thread, over the test's own service."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from serve_app.api.application import build_api
from serve_app.settings import ApiKey
from tests.services.rule_service import RuleService


@dataclass
class Stumbling:
    """An ASGI application that answers the next requests with ``statuses`` first, and counts."""

    app: ASGIApp
    statuses: list[int] = field(default_factory=list)
    body: bytes = b'{"detail": "not now"}'
    content_type: bytes = b"application/problem+json"
    retry_after: bytes | None = None
    requests: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests.append(scope["path"])
        if not self.statuses:
            await self.app(scope, receive, send)
            return
        headers = [(b"content-type", self.content_type)]
        if self.retry_after is not None:
            headers.append((b"retry-after", self.retry_after))
        start = {"type": "http.response.start", "status": self.statuses.pop(0), "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


@dataclass
class RunningApi:
    """A served API: where it is, what is behind it, what stands in front of it."""

    url: str
    service: RuleService
    front: Stumbling


@contextmanager
def running_api(
    service: RuleService | None = None, *, api_keys: tuple[str, ...] = ()
) -> Iterator[RunningApi]:
    service = service or RuleService()
    keys = [ApiKey.parse(key) for key in api_keys]
    front = Stumbling(build_api(service, api_keys=keys, on_request=lambda entry: None))
    with served(front) as url:
        yield RunningApi(url, service, front)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The application on a real port; gives its URL."""
    with serving(app) as (url, _):
        yield url


@contextmanager
def serving(app: ASGIApp) -> Iterator[tuple[str, uvicorn.Server]]:
    """As :func:`served`, with the server that may be told to end."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started, "uvicorn did not start within 10 s"
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", server
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
