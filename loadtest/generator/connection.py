"""One persistent HTTP/1.1 connection, and no more than that costs.

A load generator shares the cores with what it measures. This reads a status, a length
and a body; it knows no redirects, no compression and no pipelining.
"""

import asyncio
from typing import NamedTuple, cast

_LENGTH = b"\r\ncontent-length:"
_RETRY_AFTER = b"\r\nretry-after:"
_CHUNKED = b"\r\ntransfer-encoding: chunked"
_CLOSES = b"\r\nconnection: close"
_LAST_CHUNK = b"\r\n0\r\n\r\n"


class HttpResponse(NamedTuple):
    """What came back; ``retry_after_s`` where the header is there.

    ``closes`` is whether it is the connection's last, as where HAProxy has been started again.
    """

    status: int
    body: bytes
    retry_after_s: int | None = None
    closes: bool = False


class HttpConnection(asyncio.Protocol):
    """Sends one request at a time and gives its response."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._response: asyncio.Future[HttpResponse] | None = None
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's word that it is open."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of no class of asyncio
        self.open = True

    def connection_lost(self, error: Exception | None) -> None:
        """Asyncio's word that it is closed; a request that waits has failed."""
        self.open = False
        if self._response and not self._response.done():
            self._response.set_exception(error or ConnectionResetError("closed without an answer"))

    def send(self, request: bytes) -> asyncio.Future[HttpResponse]:
        """A future of the response to a whole request, head and body."""
        assert self._transport
        self._response = asyncio.get_running_loop().create_future()
        if self.open:
            self._transport.write(request)
        else:
            self._response.set_exception(ConnectionResetError("closed before the request"))
        return self._response

    def close(self) -> None:
        """Close it; to be called when no request waits."""
        if self._transport:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Asyncio's word that something came."""
        received = self._received
        received += data
        try:
            response = read_response(received)
        except ValueError as error:
            self._fail(error)
            return
        if response is None:
            return
        received.clear()
        if response.closes:
            self.open = False
            self.close()
        if self._response and not self._response.done():
            self._response.set_result(response)

    def _fail(self, error: Exception) -> None:
        if self._response and not self._response.done():
            self._response.set_exception(error)
        self.close()


def read_response(received: bytes | bytearray) -> HttpResponse | None:
    """The response that these bytes are; None while they are not all of it.

    Raises:
        ValueError: they are no response that this reader knows.
    """
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(received[: end + 2]).lower()
    status = int(head[9:12])
    start = end + 4
    length, retry_after_s = _number(head, _LENGTH), _number(head, _RETRY_AFTER)
    closes = _CLOSES in head
    if length is not None:
        body = bytes(received[start : start + length])
        return HttpResponse(status, body, retry_after_s, closes) if len(body) == length else None
    if _CHUNKED not in head:
        raise ValueError("an answer with neither a length nor chunks")
    chunks = bytes(received[end + 2 :])
    if not chunks.endswith(_LAST_CHUNK):
        return None
    return HttpResponse(status, _joined(chunks[2:]), retry_after_s, closes)


def _number(head: bytes, name: bytes) -> int | None:
    """The header's whole number; None where the header is not there."""
    at = head.find(name)
    return None if at < 0 else int(head[at + len(name) : head.index(b"\r\n", at + 2)])


def _joined(chunks: bytes) -> bytes:
    """The content of chunks that are all there (RFC 9112, section 7.1)."""
    content, at = bytearray(), 0
    while True:
        line_end = chunks.index(b"\r\n", at)
        length = int(chunks[at:line_end].partition(b";")[0], 16)
        if length == 0:
            return bytes(content)
        content += chunks[line_end + 2 : line_end + 2 + length]
        at = line_end + 2 + length + 2
