"""Posts in, analyses out, as JSON objects.

Asks again for posts whose turn did not come; :mod:`serve_app.client.postlens` gives them types.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.client.batches import bodies, is_too_large, join, too_large
from serve_app.client.connection import ServiceConnection, encode, path_of
from serve_app.client.errors import RequestRefused, ServiceFailed
from serve_app.problems import PROBLEM_TYPES


class Analyses:
    """The analyses of one service; nothing that is asked here changes anything."""

    def __init__(self, connection: ServiceConnection) -> None:
        self._connection = connection

    async def analyze(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one post.

        Raises:
            PostLensError: see :mod:`serve_app.client.errors`.
        """
        answer: dict[str, Any] = await self._connection.json(
            "POST", path_of("analyze"), body=dict(request)
        )
        return answer

    async def analyze_many(self, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """One item ``{"status", "id", "result" | "error"}`` for each request, in order.

        Posts whose turn did not come in the service's own time are asked for again.
        """
        send = self._batch if any("timeout_ms" in r for r in requests) else self._whole_batch
        encoded = [encode(dict(request)) for request in requests]
        items: list[dict[str, Any]] = []
        for body in bodies(encoded):
            if is_too_large(body):
                items.append(_too_large(requests[len(items)]))
            else:
                items += await send(body)
        return items

    async def find(self, digest: str) -> dict[str, Any] | None:
        """What is stored for a digest, or None."""
        try:
            answer: dict[str, Any] = await self._connection.json("GET", path_of("analyses", digest))
        except RequestRefused as refused:
            if refused.type != PROBLEM_TYPES["unknown-analysis-digest"].uri:
                raise
            return None
        return answer

    async def _whole_batch(self, posts: list[bytes]) -> list[dict[str, Any]]:
        """As :meth:`_batch`, until no post is late, or all are."""
        items = await self._batch(posts)
        late = [index for index, item in enumerate(items) if _is_late(item)]
        while late:
            again = await self._batch([posts[index] for index in late])
            for index, item in zip(late, again, strict=True):
                items[index] = item
            remaining = [index for index in late if _is_late(items[index])]
            if len(remaining) == len(late):
                break
            late = remaining
        return items

    async def _batch(self, posts: list[bytes]) -> list[dict[str, Any]]:
        content = join(posts)
        answer = await self._connection.json("POST", path_of("analyze", "batch"), body=content)
        items: list[dict[str, Any]] = answer["items"]
        if len(items) != len(posts):
            raise ServiceFailed(f"{len(posts)} posts were sent, {len(items)} answers came back.")
        return items


def _is_late(item: Mapping[str, Any]) -> bool:
    return "error" in item and item["error"]["type"] == PROBLEM_TYPES["deadline-passed"].uri


def _too_large(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": "error", "id": request.get("id"), "error": too_large()}
