"""Which pages of other sites may read answers: CORS (Fetch, 3.2), none unless they are named.

Keys travel in a header that a page sets itself, so no credentials of the browser are ever allowed.
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Send

from serve_app.api.headers import header

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS = (
    "Accept, Authorization, Content-Encoding, Content-Type, Idempotency-Key, If-Match, "
    "If-None-Match, Prefer, X-Request-Id"
)
#: Beyond those that every page may read (Fetch, 2.2.6: CORS-safelisted response-header).
_EXPOSED = (
    "Accept-Encoding, Allow, Content-Disposition, ETag, Location, Preference-Applied, RateLimit, "
    "RateLimit-Policy, Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id"
)
_MAX_AGE_S = 7_200  # the most that Chromium keeps a permission for


class CrossOrigin:
    """Lets the pages of some origins use the service from a browser."""

    def __init__(self, origins: Sequence[str]) -> None:
        """Of these origins, ``scheme://host[:port]``, and no others."""
        self._origins = frozenset(origin.lower() for origin in origins)

    def origin_of(self, request: Request) -> str | None:
        """The origin of the page that the request comes from, if it is one of them."""
        origin = header(request, b"origin")
        return origin if origin and origin.lower() in self._origins else None

    def preflight(self, request: Request) -> Response | None:
        """The answer to what a browser asks before a page's request; None for all else."""
        if request.method != "OPTIONS" or not header(request, b"access-control-request-method"):
            return None
        headers = {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _REQUEST_HEADERS,
            "Access-Control-Max-Age": str(_MAX_AGE_S),
        }
        return Response(status_code=204, headers=headers)

    def allowing(self, origin: str | None, send: Send) -> Send:
        """Sends an answer that pages of this origin may read; of None, no page may."""
        headers = [(b"vary", b"origin")]
        if origin:
            headers += [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-expose-headers", _EXPOSED.encode()),
                (b"timing-allow-origin", origin.encode("latin-1")),
            ]

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        return send_allowed
