"""Server-Sent Events as they come: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from collections.abc import AsyncIterator

_FIELD = b"data:"


async def event_data(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each event of an answer in parts; of one that breaks off nothing."""
    rest = b""
    async for part in parts:
        *events, rest = (rest + part).split(b"\n\n")
        for event in events:
            lines = [line for line in event.split(b"\n") if line.startswith(_FIELD)]
            if lines:  # a comment has none: it keeps the connection alive
                yield b"\n".join(line.removeprefix(_FIELD).removeprefix(b" ") for line in lines)
