"""Posts created with their analyses by a whole service, beside its analyses alone."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from loadtest.generator.posts import PostGenerator

_CLIENTS = 8
_AT_ONCE = 20
_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class CreatingSpeed:
    """Posts a second of one service, texts that it has not seen.

    Attributes:
        analysed_per_s: by ``POST /v1/analyze/batch``, which keeps none.
        created_per_s: by ``POST /v1/posts``, answered with their analyses.
        pending: of those created, answered without.
    """

    analysed_per_s: float
    created_per_s: float
    pending: int


async def measure_creating(url: str, *, posts: int) -> CreatingSpeed:
    """Send so many posts to each route, from several clients.

    Raises:
        httpx.HTTPStatusError: a request was refused.
    """
    texts = PostGenerator(int(time.time())).take(2 * posts)
    limits = httpx.Limits(max_connections=_CLIENTS)
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, limits=limits) as client:
        analysed_s, _ = await _send(client, "/v1/analyze/batch", texts[:posts])
        created_s, items = await _send(client, "/v1/posts", texts[posts:])
    pending = sum(item["post"]["state"] == "pending" for item in items)
    return CreatingSpeed(posts / analysed_s, posts / created_s, pending)


async def _send(
    client: httpx.AsyncClient, path: str, texts: Sequence[str]
) -> tuple[float, list[dict[str, dict[str, str]]]]:
    """Seconds for all of them, and the items of the answers."""
    batches = iter([texts[n : n + _AT_ONCE] for n in range(0, len(texts), _AT_ONCE)])
    items = []

    async def send_some() -> None:
        for batch in batches:
            body = {"posts": [{"text": text} for text in batch]}
            response = await client.post(path, json=body)
            response.raise_for_status()
            items.extend(response.json().get("items", ()))

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(_CLIENTS):
            tasks.create_task(send_some())
    return time.perf_counter() - began, items
