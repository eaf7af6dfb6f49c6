"""How many posts there are, and wait; what was written, as the metrics tell it."""

import pytest

from serve_app.posts import counting
from serve_app.settings import WebhookSettings
from serve_app.store import backlog
from tests.services.databases import empty_database
from tests.services.kept_posts import kept_posts

ROWS = b"\n".join(b'{"id": %d, "text": "Post %d"}' % (n, n) for n in range(5))
NDJSON = {"Content-Type": "application/x-ndjson"}


async def test_what_waits_is_counted_up_to_a_limit(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = WebhookSettings(allow_private=True)
    async with empty_database(database_url) as url, kept_posts(url, webhooks=settings) as kept:
        rooms, client = kept.rooms, kept.client
        await rooms.pending.close()
        await rooms.delivery.close()
        await client.post("/v1/posts:import", content=ROWS, headers=NDJSON)
        hook = {"url": "http://127.0.0.1:9/hook"}
        made = (await client.post("/v1/webhooks", json=hook)).json()
        await client.post(f"/v1/webhooks/{made['id']}:test")
        for each in (rooms.pending_backlog, rooms.delivery_backlog):
            await each.count()
        assert (rooms.pending_backlog.size, rooms.delivery_backlog.size) == (5, 1)
        assert rooms.posts.written == 5
        for most, size in ((6, 5), (5, 5), (4, 4)):
            monkeypatch.setattr(backlog, "MOST", most)
            await rooms.pending_backlog.count()
            assert rooms.pending_backlog.size == size
        await rooms.pending.run_once()
        await rooms.pending_backlog.count()
        assert rooms.pending_backlog.size == 0
        [post, *_] = (await client.get("/v1/posts")).json()["items"]
        await client.patch(f"/v1/posts/{post['id']}", json={"author": "anna"})
        assert rooms.posts.written == 6


async def test_the_posts_of_a_workspace_are_counted_up_to_a_limit(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with empty_database(database_url) as url, kept_posts(url) as kept:
        await kept.client.post("/v1/posts:import", content=ROWS, headers=NDJSON)
        for most, exact in ((5, True), (4, False)):
            monkeypatch.setattr(counting, "MAX_EXACT_COUNT", most)
            shown = (await kept.client.get("/v1/workspace")).json()
            assert shown["posts_exact"] is exact
            assert shown["posts"] == 5 if exact else shown["posts"] >= 5
