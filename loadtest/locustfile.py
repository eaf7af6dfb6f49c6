"""Load on a running service: single posts and batches, hot and cold.

    locust -f loadtest/locustfile.py --headless -u 16 -r 8 -t 30s --host http://127.0.0.1:8000

A hot post is one of the samples, answered from the cache after its first time; a cold one
is a sample with a line of its own, which no cache can know. The table tells the four apart.
"""

import os
import random
import uuid
from typing import Any

from locust import FastHttpUser, constant, task

from serve_app.samples import sample_posts

_TEXTS = [post.text for post in sample_posts()]
_BATCH_POSTS = 20


def hot() -> str:
    """A text that was asked for before."""
    return random.choice(_TEXTS)


def cold() -> str:
    """A text that was never asked for."""
    return f"{random.choice(_TEXTS)}\nReference {uuid.uuid4()}."


class Reader(FastHttpUser):
    """A caller who asks again as soon as it is answered, mostly for posts seen before."""

    wait_time = constant(0)
    key = os.environ.get("POSTLENS_API_KEY")
    default_headers = {"Authorization": f"Bearer {key}"} if key else {}

    @task(12)
    def hot_post(self) -> None:
        """One post from the cache."""
        self._send("/v1/analyze", {"text": hot()}, "one post, hot")

    @task(3)
    def cold_post(self) -> None:
        """One post through all analyses."""
        self._send("/v1/analyze", {"text": cold()}, "one post, cold")

    @task(2)
    def hot_batch(self) -> None:
        """A batch from the cache."""
        self._send("/v1/analyze/batch", _batch(hot), f"{_BATCH_POSTS} posts, hot")

    @task(1)
    def cold_batch(self) -> None:
        """A batch through all analyses."""
        self._send("/v1/analyze/batch", _batch(cold), f"{_BATCH_POSTS} posts, cold")

    def _send(self, path: str, body: dict[str, Any], name: str) -> None:
        with self.client.post(path, json=body, name=name, catch_response=True) as response:
            if response.status_code != 200:
                response.failure(f"status {response.status_code}: {response.text[:200]}")
                return
            answer = response.json()
            results = (
                [item["result"] for item in answer["items"]] if "items" in answer else [answer]
            )
            if lacking := [name for result in results for name in _lacking(result)]:
                response.failure(f"sections without a result: {sorted(set(lacking))}")


def _batch(text: Any) -> dict[str, Any]:
    return {"posts": [{"text": text()} for _ in range(_BATCH_POSTS)]}


def _lacking(result: dict[str, Any]) -> list[str]:
    final = ("ok", "unsupported_language")
    return [
        f"{name} {part['status']}"
        for name, part in result.items()
        if isinstance(part, dict) and part.get("status", "ok") not in final
    ]
