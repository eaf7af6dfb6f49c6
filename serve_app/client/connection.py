"""One service as the parts of a client share it: JSON requests in its own event loop.

Holds how bodies and queries are written and answers are read. Knows no resource.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import orjson

from serve_app.client.answers import content_of
from serve_app.client.background_loop import BackgroundLoop
from serve_app.client.errors import PostLensError, RequestRefused
from serve_app.client.transport import JSON, Answer, Request, Transport

#: A value of the query; several are sent as often.
QueryValue = str | int | float | bool | datetime | UUID | Iterable[str] | None


class ServiceConnection:
    """A transport and the event loop that it is used from.

    Attributes:
        loop: that loop.
        transport: used in it only.
    """

    def __init__(self, transport: Transport, loop: BackgroundLoop | None = None) -> None:
        self.loop = loop or BackgroundLoop()
        self.transport = transport

    async def json(self, method: str, path: str, **parts: Any) -> Any:
        """The JSON value of an answer; None where it has no body. Takes what :meth:`send` does."""
        return content_of(await self.send(method, path, **parts))

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, QueryValue] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
        timeout_s: float | None = None,
    ) -> Answer:
        """The answer to one request.

        Args:
            method: of HTTP.
            path: see :func:`path_of`.
            query: None is not sent.
            body: encoded as JSON; bytes are JSON already.
            headers: beside that of a JSON body.
            repeatable: whether doing it twice is doing it once.
            timeout_s: how long the answer may take; None is the client's own choice.

        Raises:
            ServiceUnreachable: nobody answered.
        """
        content = encode(body)
        sent = (JSON if content else {}) | dict(headers or {})
        request = Request(
            method,
            path,
            query_pairs(query or {}),
            sent,
            content,
            repeatable=repeatable,
            timeout_s=timeout_s,
        )
        return await self.transport.request(request)

    async def delete(self, path: str, missing: str, **parts: Any) -> bool:
        """Delete something; whether there was anything. Takes what :meth:`send` does.

        Where an answer was lost and it is asked again, it may be gone by our own hand.

        Args:
            path: of it.
            missing: the slug of the problem that says that there is nothing.
            parts: see :meth:`send`.

        Raises:
            PostLensError: see :mod:`serve_app.client.errors`.
        """
        try:
            await self.json("DELETE", path, **parts)
        except RequestRefused as refused:
            if refused.type != f"/problems/{missing}":
                raise
            return False
        return True

    def stream(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, QueryValue] | None = None,
        headers: Mapping[str, str] | None = None,
        parts: AsyncIterator[bytes] | None = None,
    ) -> AsyncIterator[bytes]:
        """The body of the answer in parts.

        Args:
            method: of HTTP.
            path: see :func:`path_of`.
            query: None is not sent.
            headers: of the request.
            parts: of its body.

        Raises:
            PostLensError: see :mod:`serve_app.client.errors`.
        """
        request = Request(method, path, query_pairs(query or {}), dict(headers or {}), parts=parts)
        return self.transport.stream(request)

    async def pages(self, path: str, query: Mapping[str, QueryValue]) -> AsyncIterator[list[Any]]:
        """The items of a list, page by page, by its cursors."""
        cursor: str | None = None
        while True:
            page = await self.json("GET", path, query={**query, "cursor": cursor})
            yield page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def close(self) -> None:
        """Let go of the connections, once."""
        if not self.loop.stopped:
            self.loop.run(self.transport.close())
            self.loop.stop()

    async def close_async(self) -> None:
        """As :meth:`close`."""
        if not self.loop.stopped:
            await self.loop.run_async(self.transport.close())
            self.loop.stop()


class Resource:
    """What a client has of one resource; the base of its parts."""

    def __init__(self, connection: ServiceConnection) -> None:
        self._connection = connection

    @property
    def loop(self) -> BackgroundLoop:
        """Where its calls run."""
        return self._connection.loop


def path_of(*segments: object) -> str:
    """The path of these segments below ``/v1``, each percent-encoded as a whole."""
    return "/v1/" + "/".join(map(_segment, map(str, segments)))


def _segment(value: str) -> str:
    if not value:
        raise PostLensError("An empty name names nothing.")
    # A segment of dots would be taken for a step up (RFC 3986, 5.2.4).
    encoded = quote(value, safe=":", errors="surrogatepass")
    return encoded.replace(".", "%2E") if value in (".", "..") else encoded


def query_pairs(query: Mapping[str, QueryValue]) -> tuple[tuple[str, str], ...]:
    """The parameters as they are sent: repeated for each of several values, without those of None.

    A moment without an offset counts as UTC, as everywhere in the API.
    """
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        several = isinstance(value, Iterable) and not isinstance(value, str)
        values: Iterable[Any] = value if several else [value]  # type: ignore[assignment]
        pairs += [(name, _word(each)) for each in values if each is not None]
    return tuple(pairs)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def encode(body: Any) -> bytes:
    """The body as JSON; empty for None."""
    if body is None or isinstance(body, bytes):
        return body or b""
    try:
        return orjson.dumps(body)
    except TypeError:
        # Lone surrogates have no UTF-8; escaped, they reach the service, which names the place.
        return json.dumps(body, default=_word).encode()


def new_key() -> dict[str, str]:
    """The header that makes a creation repeatable: sent again, it is not done again."""
    return {"Idempotency-Key": str(uuid4())}
