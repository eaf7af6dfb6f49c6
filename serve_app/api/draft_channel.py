"""GET /v1/drafts: a WebSocket (RFC 6455) for texts that are being typed.

Whoever may not open it is answered with a problem in place of the handshake, as on any other
route: nobody without a key holds a channel. A browser's script cannot set headers there, so its
key comes as a subprotocol; in the URL it would be in every log.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property, partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from serve_app.admission.shares import SharedSlots
from serve_app.api.analyze import SeenFrom
from serve_app.api.authentication import PRINCIPAL, ApiKeyAuthentication, workspace_of
from serve_app.api.counted_posts import count_posts
from serve_app.api.error_responses import error_response, problem_of
from serve_app.drafts.channel import DraftChannel, DraftCounts, DraftServices
from serve_app.drafts.messages import InvalidDraft, parse_draft, problem_message
from serve_app.drafts.pace import TEXTS_PER_SECOND, Pace
from serve_app.errors import InvalidRequest, ServiceOverloaded, StoreUnavailable
from serve_app.logs import request_id
from serve_app.problems import PROBLEM_TYPES, Problem, problem
from serve_app.service import Service

PATH = "/v1/drafts"
#: What the service and its callers speak, offered by whoever also offers a key.
SUBPROTOCOL = "postlens.v1"
#: Before the key in base64url (RFC 4648, 5) without padding: a subprotocol is a token of HTTP.
KEY_PREFIX = "postlens.key."
#: The longest text, each character an escaped surrogate pair, and its options.
MESSAGE_BYTES = 256 * 2**10
_RETRY_AFTER_S = 5

#: Close codes of RFC 6455, 7.4.1 and of its registry.
_NORMAL, _UNSUPPORTED, _POLICY, _TOO_BIG = 1000, 1003, 1008, 1009


class _ClosedError(Exception):
    """The service ends a channel, for this reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class DraftEndpoint:
    """Opens channels and carries their messages.

    Attributes:
        counts: of all channels of the replica.
    """

    def __init__(
        self,
        service: Service,
        authentication: ApiKeyAuthentication,
        *,
        salt_of: Callable[[str], bytes],
        seen_from: SeenFrom,
        most_channels: int,
        idle_s: float,
        counts: DraftCounts | None = None,
    ) -> None:
        """No channel is open.

        Args:
            service: answers the drafts.
            authentication: of the callers.
            salt_of: of a workspace that shares no cache with others; empty for all others.
            seen_from: the service with what holds in a workspace laid over its answers.
            most_channels: open at one time, half of them by one workspace; beyond them the
                answer is 503.
            idle_s: a channel without a text for so long is closed.
            counts: kept up; its own by default.
        """
        self._service = service
        self._authentication = authentication
        self._salt_of = salt_of
        self._seen_from = seen_from
        self._slots = SharedSlots(most_channels, retry_after_s=_RETRY_AFTER_S)
        self._idle_s = idle_s
        self.counts = counts or DraftCounts()

    async def converse(
        self, request: Request, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]
    ) -> Response | None:
        """Hold a channel until its end; where there is to be none, the answer in its place.

        Args:
            request: the handshake, as a request of HTTP; its caller is noted in its scope.
            receive: of ASGI's WebSocket.
            send: likewise.
            headers: of the answer to the handshake.
        """
        offered = request.scope.get("subprotocols", [])
        with ExitStack() as held:
            try:
                self._authenticate(request, offered)
                held.enter_context(self._slots.hold(workspace_of(request)))
            except (InvalidRequest, ServiceOverloaded, StoreUnavailable) as error:
                return await error_response(request, error)
            held.enter_context(self._counted())
            chosen = SUBPROTOCOL if SUBPROTOCOL in offered else None
            with suppress(OSError):  # the caller left during the handshake
                await send({"type": "websocket.accept", "subprotocol": chosen, "headers": headers})
                await self._serve(request, offered, receive, send)
        return None

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.counts.channels += 1
        try:
            yield
        finally:
            self.counts.channels -= 1

    def _authenticate(self, request: Request, offered: list[str]) -> None:
        """Note the caller, whose key is in a header as everywhere, or among the subprotocols."""
        if key := _offered_key(offered):
            named = (b"authorization", b"Bearer " + key)
            others = [each for each in request.scope["headers"] if each[0] != named[0]]
            request.scope["headers"] = [*others, named]
        self._authentication.authenticate(request, "analyze")

    async def _serve(
        self, request: Request, offered: list[str], receive: Receive, send: Send
    ) -> None:
        channel = DraftChannel(
            partial(self._services, workspace_of(request)),
            lambda message: send({"type": "websocket.send", "text": message}),
            # A scope of its own for each: headers about limits are put there.
            lambda characters: count_posts(Request({**request.scope}), 1, characters),
            problem_of,
            self.counts,
        )
        try:
            await self._take_texts(request, channel, receive, send)
        except _ClosedError as closed:
            reason = closed.reason
            await send({"type": "websocket.close", "code": closed.code, "reason": reason})
        finally:
            await channel.close()

    async def _take_texts(
        self, request: Request, channel: DraftChannel, receive: Receive, send: Send
    ) -> None:
        """Hand on each text, until the caller leaves.

        Raises:
            _ClosedError: the caller may say no more.
        """
        pace, newest = Pace(), -1
        while (text := await self._next_text(receive)) is not None:
            if not pace.allows_one():
                reason = f"More than {TEXTS_PER_SECOND} texts a second; send the newest alone."
                raise _ClosedError(_POLICY, reason)
            self._authenticate_again(request)
            try:
                draft = parse_draft(text, newest)
            except InvalidDraft as error:
                message = problem_message(error.id, error.problem, request_id.get())
                await send({"type": "websocket.send", "text": message})
                continue
            newest = draft.id
            channel.take(draft)

    async def _next_text(self, receive: Receive) -> str | None:
        """What comes next; None where the caller has left."""
        try:
            async with asyncio.timeout(self._idle_s):
                message = await receive()
                while message["type"] == "websocket.connect":
                    message = await receive()
        except TimeoutError:
            reason = f"No text for {self._idle_s:g} s; open it again with the next."
            raise _ClosedError(_NORMAL, reason) from None
        if message["type"] == "websocket.disconnect":
            return None
        return _text_of(message)

    def _authenticate_again(self, request: Request) -> None:
        """Whether the key is still in force.

        Raises:
            _ClosedError: it is not.
        """
        scope = {name: value for name, value in request.scope.items() if name != PRINCIPAL}
        try:
            self._authentication.authenticate(Request(scope), "analyze")
        except InvalidRequest as error:
            raise _ClosedError(_POLICY, error.problem.detail) from None

    @cached_property
    def _sentences(self) -> Service:
        """Answers parts of texts that are being typed."""
        return self._service.keeping_nothing()

    def _services(self, workspace: str) -> DraftServices:
        return DraftServices(
            self._seen_from(self._service, workspace),
            self._seen_from(self._sentences, workspace),
            self._salt_of(workspace),
        )


def handshake(scope: Scope, receive: Receive) -> Request:
    """The opening of a WebSocket as the request of HTTP that it is (RFC 6455, 4.1)."""
    return Request({**scope, "type": "http", "method": "GET"}, receive)


async def deny(scope: Scope, send: Send, response: Response) -> None:
    """Answer the handshake without a channel; servers that cannot, close it (403)."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return

    async def no_message() -> Message:
        raise RuntimeError("a refused handshake has no body")

    await response(scope, no_message, send)


#: What the access log says of a handshake that opened a channel.
SWITCHED = int(HTTPStatus.SWITCHING_PROTOCOLS)


def upgrade_required() -> Problem:
    """The problem with whoever comes by HTTP alone (RFC 9110, 15.5.22)."""
    detail = PROBLEM_TYPES["upgrade-required"].example
    return problem("upgrade-required", detail, headers=(("Upgrade", "websocket"),))


def no_route(path: str) -> InvalidRequest:
    """The exception for a WebSocket anywhere else."""
    detail = f"No WebSocket is at {path[:100]!r}."
    return InvalidRequest(problem("not-found", detail, fix=f"Open {PATH}."))


def _offered_key(offered: list[str]) -> bytes:
    """The key among the subprotocols; empty where there is none, or none that can be read."""
    for each in offered:
        if each.startswith(KEY_PREFIX):
            encoded = each[len(KEY_PREFIX) :]
            with suppress(binascii.Error, ValueError):
                padded = encoded + "=" * (-len(encoded) % 4)
                return base64.b64decode(padded, altchars=b"-_", validate=True)
            return encoded.encode("latin-1", "replace")  # refused as no key of the service
    return b""


def _text_of(message: Mapping[str, object]) -> str:
    text = message.get("text")
    if not isinstance(text, str):
        raise _ClosedError(_UNSUPPORTED, "Messages are JSON in text frames, not in binary ones.")
    if len(text) > MESSAGE_BYTES or len(text.encode()) > MESSAGE_BYTES:
        raise _ClosedError(_TOO_BIG, f"A message has at most {MESSAGE_BYTES:,} bytes.")
    return text
