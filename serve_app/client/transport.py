"""What the client needs of a way to a service: JSON objects in, JSON objects out."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Transport(Protocol):
    """A way to a service, in JSON objects; used from one event loop."""

    async def analyze(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one post."""
        ...

    async def analyze_many(self, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """One item ``{"status", "id", "result" | "error"}`` for each request, in order."""
        ...

    async def find(self, digest: str) -> dict[str, Any] | None:
        """What is stored for a digest, or None."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
