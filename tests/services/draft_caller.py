"""Somebody who types into a draft channel, over a real connection."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from serve_app.api.draft_channel import KEY_PREFIX, PATH, SUBPROTOCOL

Message = dict[str, Any]
_TIMEOUT_S = 20


def protocols(key: str) -> list[Subprotocol]:
    """What a page offers, its key among it."""
    encoded = base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
    return [Subprotocol(SUBPROTOCOL), Subprotocol(KEY_PREFIX + encoded)]


class DraftCaller:
    """One channel."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, id: int, text: str, **options: object) -> None:
        self.connection.send(orjson.dumps({"id": id, "text": text, **options}).decode())

    def next(self) -> Message:
        message: Message = orjson.loads(self.connection.recv(_TIMEOUT_S))
        return message

    def until_done(self, id: int) -> list[Message]:
        """All messages up to the one that ends the answer to this text."""
        messages = [self.next()]
        while not (messages[-1]["id"] == id and messages[-1].keys() & {"done", "problem"}):
            messages.append(self.next())
        return messages

    def closed(self) -> Close | None:
        """The close frame of the service, whatever is said before it."""
        try:
            while True:
                self.connection.recv(_TIMEOUT_S)
        except ConnectionClosed as closed:
            return closed.rcvd


@contextmanager
def caller(
    url: str,
    *,
    key: str = "",
    origin: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    path: str = PATH,
) -> Iterator[DraftCaller]:
    """An open channel; raises InvalidStatus where it is refused."""
    with connect(
        url.replace("http", "ws", 1) + path,
        subprotocols=protocols(key) if key else None,
        origin=Origin(origin) if origin else None,
        additional_headers=list(headers),
        proxy=None,
    ) as connection:
        yield DraftCaller(connection)


def answer_of(messages: Sequence[Message], id: int) -> Message:
    """The whole answer that the messages to a text make."""
    own = [message for message in messages if message["id"] == id]
    sections = {m["section"]: m["value"] for m in own if "section" in m}
    rest: Message = dict(own[-1]["done"])
    rest.pop("timings_ms")
    return rest | sections
