"""A receiver of webhooks: a real HTTP server that answers as it is told, and remembers."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with ``answers`` in their order, then with 204; None hangs."""

    port: int = 0
    answers: list[bytes | None] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def wait_for(self, requests: int, *, timeout_s: float = 10) -> None:
        """Until so many requests have come."""
        async with asyncio.timeout(timeout_s), self.arrived:
            await self.arrived.wait_for(lambda: len(self.requests) >= requests)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, whatever becomes of it."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            try:
                await self.handle(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        async with self.arrived:
            self.requests.append(Received(head[0].split()[1], headers, body))
            self.arrived.notify_all()
        reply = self.answers.pop(0) if self.answers else OK
        if reply is None:
            await reader.read()  # until the sender has had enough
        else:
            writer.write(reply)
            await writer.drain()


@asynccontextmanager
async def receiving(
    *answers: bytes | None,
    tls: ssl.SSLContext | None = None,
    make: Callable[[], Receiver] = Receiver,
) -> AsyncIterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = make()
    receiver.answers = list(answers)
    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(receiver.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
