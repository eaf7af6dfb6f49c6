"""The load generator: a number of clients, or a rate of arrivals.

Closed loop: each of N clients sends its next request when the last is answered.
Open loop: requests are due at even intervals whatever the server does, and a latency counts
from when its request was due: a server that stalls cannot hide the requests that it delayed
("coordinated omission"). Every load is bounded in requests and in time.
"""

import asyncio
import time
from collections.abc import Collection, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from loadtest.generator.connection import Connection
from loadtest.generator.load_result import Judge, Load, Recorder


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and how its answers are judged."""

    host: str
    port: int
    judge: Judge


def post_request(address: Address, path: str, body: bytes) -> bytes:
    """A whole HTTP request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def closed_loop(
    address: Address,
    requests: Sequence[bytes],
    *,
    clients: int,
    limit_s: float,
    keep: Collection[int] = (),
) -> Load:
    """Send the requests in turn from so many clients, each on its own connection.

    Args:
        address: the server.
        requests: whole HTTP requests.
        clients: how many are in flight at a time.
        limit_s: what is not answered by then has failed.
        keep: numbers of requests whose answers are kept.
    """
    recorder = Recorder(address.judge, keep)
    return _timed(_ClosedLoop(address, requests, recorder).run(clients, limit_s), recorder)


def open_loop(
    address: Address,
    requests: Sequence[bytes],
    *,
    rate_per_s: float,
    connections: int,
    grace_s: float,
) -> Load:
    """Send the requests at a fixed rate, whether or not earlier ones are answered.

    Args:
        address: the server.
        requests: whole HTTP requests; their number and the rate give the duration.
        rate_per_s: arrivals a second, evenly spaced.
        connections: how many requests are with the server at most; others wait here, and
            their wait counts as latency.
        grace_s: what is not answered so long after the last arrival has failed.
    """
    recorder = Recorder(address.judge)
    loop = _OpenLoop(address, requests, recorder)
    return _timed(loop.run(rate_per_s, connections, grace_s), recorder)


def _timed(run: Coroutine[Any, Any, float], recorder: Recorder) -> Load:
    cpu_s = time.process_time()
    seconds = uvloop.run(run)
    return recorder.load(seconds, time.process_time() - cpu_s)


class _Sender:
    """One client's connection, opened again when the server has closed it."""

    def __init__(self, address: Address, recorder: Recorder) -> None:
        self._address = address
        self._recorder = recorder
        self._connection: Connection | None = None

    async def connect(self) -> None:
        """Open the connection."""
        loop = asyncio.get_running_loop()
        host, port = self._address.host, self._address.port
        _, self._connection = await loop.create_connection(Connection, host, port)

    async def send(self, number: int, request: bytes, since: float | None = None) -> None:
        """Send a request and note what comes of it; its latency counts from ``since`` or now."""
        since = since or time.perf_counter()
        try:
            if self._connection is None or not self._connection.open:
                await self.connect()
            assert self._connection
            response = await self._connection.send(request)
        except (OSError, ValueError) as error:
            self._recorder.failed(f"{type(error).__name__}: {error}")
            return
        self._recorder.answered(number, response, since, time.perf_counter())

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()


class _ClosedLoop:
    def __init__(self, address: Address, requests: Sequence[bytes], recorder: Recorder) -> None:
        self._address = address
        self._requests = requests
        self._recorder = recorder
        self._numbers: Iterator[int] = iter(range(len(requests)))
        self._settled = 0

    async def run(self, clients: int, limit_s: float) -> float:
        """Send everything; seconds from the first request to the last answer."""
        count = min(clients, len(self._requests))
        senders = [_Sender(self._address, self._recorder) for _ in range(count)]
        await asyncio.gather(*(sender.connect() for sender in senders))
        started = time.perf_counter()
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.gather(*map(self._client, senders))
        except TimeoutError:
            unsettled = len(self._requests) - self._settled
            self._recorder.failed(f"no answer within the load's {limit_s:.0f} s", unsettled)
        seconds = time.perf_counter() - started
        for sender in senders:
            sender.close()
        return seconds

    async def _client(self, sender: _Sender) -> None:
        for number in self._numbers:
            await sender.send(number, self._requests[number])
            self._settled += 1


class _OpenLoop:
    def __init__(self, address: Address, requests: Sequence[bytes], recorder: Recorder) -> None:
        self._address = address
        self._requests = requests
        self._recorder = recorder
        self._due: asyncio.Queue[tuple[int, float] | None] = asyncio.Queue()
        self._settled = 0
        self._last = 0.0

    async def run(self, rate_per_s: float, connections: int, grace_s: float) -> float:
        """Send everything when it is due; seconds from the first arrival to the last answer."""
        senders = [_Sender(self._address, self._recorder) for _ in range(connections)]
        await asyncio.gather(*(sender.connect() for sender in senders))
        started = self._last = time.perf_counter()
        self._recorder.deadline = started + len(self._requests) / rate_per_s
        workers = [asyncio.create_task(self._worker(sender)) for sender in senders]
        await self._arrivals(started, rate_per_s)
        for _ in senders:
            self._due.put_nowait(None)
        _, late = await asyncio.wait(workers, timeout=grace_s)
        for worker in late:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if unsettled := len(self._requests) - self._settled:
            self._recorder.failed(f"no answer {grace_s:.0f} s after the last arrival", unsettled)
        for sender in senders:
            sender.close()
        return self._last - started

    async def _arrivals(self, started: float, rate_per_s: float) -> None:
        for number in range(len(self._requests)):
            due = started + number / rate_per_s
            ahead_s = due - time.perf_counter()
            if ahead_s > 0:  # never for a late one: what is due together leaves together
                await asyncio.sleep(ahead_s)
            self._due.put_nowait((number, due))

    async def _worker(self, sender: _Sender) -> None:
        while (arrival := await self._due.get()) is not None:
            number, due = arrival
            await sender.send(number, self._requests[number], due)
            self._settled += 1
            self._last = time.perf_counter()
