"""What the client needs of a way to a service: requests as HTTP has them, and their answers.

Knows neither HTTP nor Ray, and no resource.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

#: Of requests with a body.
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whichever way it goes.

    Attributes:
        method: of HTTP.
        path: percent-encoded, without the query.
        query: the parameters; a name may stand more than once.
        headers: beside those of the transport.
        body: all of it.
        parts: the body in parts, in place of ``body``; only for :meth:`Transport.stream`.
        repeatable: whether doing it twice is doing it once. Of others nothing is sent again that
            may have been done.
        timeout_s: how long its answer may take; None is the client's own choice.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts: AsyncIterator[bytes] | None = None
    repeatable: bool = True
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP.
        headers: with names in lower case.
        body: all of it.
        source: what answered, for messages.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    source: str


class Transport(Protocol):
    """A way to a service; used from one event loop."""

    async def request(self, request: Request) -> Answer:
        """The answer, also one that is a refusal; what passes by itself is tried again.

        Raises:
            ServiceUnreachable: nobody answered, or only "not now".
        """
        ...

    def stream(self, request: Request) -> AsyncIterator[bytes]:
        """The body of the answer in parts, as they come; it is not tried again.

        Raises:
            RequestRefused, ServiceFailed: the answer is no success.
            ServiceUnreachable: nobody answered, or the answer broke off.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
