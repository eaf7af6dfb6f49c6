"""Requests to the API from inside the process, as a Python handle of the driver makes them.

The ASGI application answers them as it answers HTTP: each route, each limit and each problem is
there once. Who gets here is in the cluster, and names a workspace in place of a key. Knows no Ray.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote, urlencode

from starlette.types import ASGIApp, Message, Scope

from serve_app.api.authentication import PRINCIPAL, Principal
from serve_app.errors import InvalidRequest
from serve_app.problems import problem, quote
from serve_app.settings import DEFAULT_WORKSPACE, WORKSPACE_NAME

_BROKE_OFF = "The answer broke off."

#: Names with values, each as often as it is given.
Pairs = Sequence[tuple[str, str]]


class AnswerHead(NamedTuple):
    """The beginning of an answer: its HTTP status, and its headers with names in lower case."""

    status: int
    headers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DirectRequest:
    """What HTTP would carry.

    Attributes:
        method: of HTTP.
        path: percent-encoded, without the query.
        query: the parameters.
        headers: with names in any case.
        body: all of it.
        workspace: whose it is.
    """

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""
    workspace: str = DEFAULT_WORKSPACE

    def scope(self) -> Scope:
        """As a server hands it to an ASGI application.

        Raises:
            InvalidRequest: there can be no workspace of this name.
        """
        if not WORKSPACE_NAME.fullmatch(self.workspace):
            detail = f"{quote(self.workspace)} is no name of a workspace."
            fix = "A name has up to 63 small letters, digits and hyphens, no hyphen first."
            raise InvalidRequest(problem("unknown-value", detail, fix=fix))
        return {
            "type": "http",
            # Since 2.4 an application learns by the end of its task that nobody listens.
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "http",
            "method": self.method.upper(),
            "path": unquote(self.path),
            "raw_path": self.path.encode(),
            "root_path": "",
            "query_string": urlencode(self.query).encode(),
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in self.headers],
            "client": None,
            "server": None,
            PRINCIPAL: Principal(self.workspace, is_operator=True),
        }


class AnswerBrokeOff(ConnectionError):
    """The application ended without the end of its answer, as where HTTP's connection closes."""


async def answer(api: ASGIApp, request: DirectRequest) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and the whole body of the application's answer.

    Raises:
        InvalidRequest: see :meth:`DirectRequest.scope`.
        AnswerBrokeOff: the answer has no end.
    """
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    await api(request.scope(), _Body(request.body), send)
    if not messages or not _is_last(messages[-1]):
        raise AnswerBrokeOff(_BROKE_OFF)
    status, headers = _head(messages[0])
    return status, headers, b"".join(message.get("body", b"") for message in messages[1:])


async def stream(api: ASGIApp, request: DirectRequest) -> AsyncGenerator[AnswerHead | bytes, None]:
    """The beginning of the answer, then its body as it comes; no part is made ahead of the reader.

    Raises:
        InvalidRequest: see :meth:`DirectRequest.scope`.
        AnswerBrokeOff: the answer has no end.
    """
    scope = request.scope()
    messages: asyncio.Queue[Message | Exception] = asyncio.Queue(maxsize=1)

    async def run() -> None:
        try:
            await api(scope, _Body(request.body), messages.put)
        except Exception as error:
            await messages.put(error)
        else:
            await messages.put(AnswerBrokeOff(_BROKE_OFF))  # not read behind the last part

    running = asyncio.create_task(run())
    try:
        is_last = False
        while not is_last:
            message = await messages.get()
            if isinstance(message, Exception):
                raise message
            is_last = _is_last(message)
            if message["type"] == "http.response.start":
                yield _head(message)
            elif body := message.get("body", b""):
                yield body
        await running  # what the application does behind its answer
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


class _Body:
    """What an application receives: the body at once, then nothing more, ever."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body

    async def __call__(self) -> Message:
        if self._body is None:
            await asyncio.Event().wait()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _is_last(message: Message) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body", False)


def _head(message: Message) -> AnswerHead:
    headers = [(str(k, "latin-1"), str(v, "latin-1")) for k, v in message["headers"]]
    return AnswerHead(message["status"], headers)
