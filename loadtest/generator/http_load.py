"""HTTP load: requests sent by clients or at a rate, each on its own connection, and judged.

Every load is bounded in requests and in time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

import uvloop

from loadtest.generator.connection import HttpConnection
from loadtest.generator.load_result import LoadRecorder, LoadResult, ResponseCheck
from loadtest.generator.loops import Sender, closed_loop, open_loop


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server listens, and how its responses are checked."""

    host: str
    port: int
    check: ResponseCheck


def post_request(address: ServerAddress, path: str, body: bytes) -> bytes:
    """A whole HTTP request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def closed_http_load(
    address: ServerAddress,
    requests: Sequence[bytes],
    *,
    clients: int,
    limit_s: float,
    keep: Collection[int] = (),
) -> LoadResult:
    """Send the requests in turn from so many clients.

    Args:
        address: the server.
        requests: whole HTTP requests.
        clients: how many are on their way at a time.
        limit_s: what is not answered by then has failed.
        keep: numbers of requests whose response bodies are collected.
    """
    recorder = LoadRecorder(address.check, keep)

    async def send_all(senders: Sequence[Sender]) -> None:
        try:
            async with asyncio.timeout(limit_s):
                await closed_loop(senders, range(len(requests)))
        except TimeoutError:
            recorder.fail_rest(len(requests), f"no answer within the load's {limit_s:.0f} s")

    return _run(address, requests, recorder, min(clients, len(requests)), send_all)


def open_http_load(
    address: ServerAddress,
    requests: Sequence[bytes],
    *,
    rate_per_s: float,
    connections: int,
    grace_s: float,
) -> LoadResult:
    """Send the requests at a fixed rate; see :func:`loadtest.generator.loops.open_loop`."""
    recorder = LoadRecorder(address.check)
    count = len(requests)

    async def send_all(senders: Sequence[Sender]) -> None:
        recorder.deadline = time.perf_counter() + count / rate_per_s
        await open_loop(senders, count, rate_per_s=rate_per_s, grace_s=grace_s)
        recorder.fail_rest(count, f"no answer {grace_s:.0f} s after the last arrival")

    return _run(address, requests, recorder, connections, send_all)


def _run(
    address: ServerAddress,
    requests: Sequence[bytes],
    recorder: LoadRecorder,
    connections: int,
    send_all: Callable[[Sequence[Sender]], Awaitable[None]],
) -> LoadResult:
    """Open the connections, send, close them; connecting is not part of the time."""

    async def load() -> None:
        clients = [_HttpClient(address, requests, recorder) for _ in range(connections)]
        await asyncio.gather(*(client.connect() for client in clients))
        recorder.start()
        await send_all([client.send for client in clients])
        for client in clients:
            client.close()

    cpu_s = time.process_time()
    uvloop.run(load())
    return recorder.result(time.process_time() - cpu_s)


class _HttpClient:
    """One client's connection, opened again when the server has closed it."""

    def __init__(
        self, address: ServerAddress, requests: Sequence[bytes], recorder: LoadRecorder
    ) -> None:
        self._address = address
        self._requests = requests
        self._recorder = recorder
        self._connection: HttpConnection | None = None

    async def connect(self) -> None:
        """Open the connection."""
        loop = asyncio.get_running_loop()
        host, port = self._address.host, self._address.port
        _, self._connection = await loop.create_connection(HttpConnection, host, port)

    async def send(self, number: int, due_at: float) -> None:
        """Send the request of this number and note what comes of it."""
        try:
            if self._connection is None or not self._connection.open:
                await self.connect()
            assert self._connection
            response = await self._connection.send(self._requests[number])
        except (OSError, ValueError) as error:
            self._recorder.failed(f"{type(error).__name__}: {error}")
            return
        self._recorder.answered(number, response, due_at, time.perf_counter())

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()
