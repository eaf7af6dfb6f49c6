"""Answers that are read while they are sent, however long: refused before they begin, or whole.

What goes wrong later ends the connection without the answer's end: nobody takes it for whole.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Self

from starlette.responses import StreamingResponse
from starlette.types import Send

from serve_app.errors import StoreUnavailable

log = logging.getLogger(__name__)


class StreamedResponse(StreamingResponse):
    """An answer that has no end where it breaks off."""

    @classmethod
    async def begun(
        cls,
        pieces: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """The answer of these pieces; what the first one raises is raised here."""
        first = await anext(pieces, b"")
        return cls(_chained(first, pieces), headers=headers, media_type=media_type)

    async def stream_response(self, send: Send) -> None:
        """Send it; returning without its end, the server closes the connection."""
        try:
            await super().stream_response(send)
        except StoreUnavailable as error:  # as where the workspace was deleted meanwhile
            log.warning("A streamed answer broke off: %s", error)
        except Exception:
            log.exception("A streamed answer broke off.")


async def _chained(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece
