"""Posts exported over the API, on a real Postgres, and imported again."""

import asyncio
import csv
import gzip
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from serve_app.api import streamed
from serve_app.errors import StoreUnavailable
from serve_app.files.post_columns import POST_COLUMNS
from serve_app.posts import scanning, showing
from serve_app.posts.exporting import PostLines
from tests.services.asgi_client import problem
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts
from tests.services.served_posts import served_posts

URL = "/v1/posts:export"
CONTENT_NAMES = (
    "external_id", "author", "url", "published_at", "language", "tags", "metadata", "text",
)  # fmt: skip
POSTS: list[dict[str, Any]] = [
    {
        "external_id": "li-1",
        "text": '=SUM(1,2) is my favourite; "yes"\r\n\nThank you, all! 🎉',
        "author": "@anna",
        "url": "https://example.org/1",
        "published_at": "2026-05-31T12:00:00.123456Z",
        "language": "en",
        "tags": ["launch", "Zug, CH"],
        "metadata": {"n": [1, None, {"a": 1.5}]},
    },
    {"text": "  'quoted'\tand plain  ", "tags": ["launch"]},
    {"text": "Sorry, we lost it.", "external_id": "li-3"},
]


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[KeptPosts]:
    async with empty_database(database_url) as url, kept_posts(url) as kept:
        response = await kept.client.post("/v1/posts", json={"posts": POSTS})
        assert {item["status"] for item in response.json()["items"]} == {201}
        yield kept


async def exported(kept: KeptPosts, **parameters: Any) -> httpx.Response:
    response = await kept.client.get(URL, params=parameters)
    assert response.status_code == 200, response.text
    return response


def content_of(post: dict[str, Any]) -> dict[str, Any]:
    return {name: post[name] for name in CONTENT_NAMES}


async def test_lines_are_the_posts_as_the_api_answers_them(kept: KeptPosts) -> None:
    response = await exported(kept)
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["content-disposition"] == 'attachment; filename="posts.ndjson"'
    posts = [orjson.loads(line) for line in response.content.splitlines()]
    assert [post["text"] for post in posts] == [post["text"] for post in POSTS]
    for post in posts:
        assert post == (await kept.client.get(f"/v1/posts/{post['id']}")).json()
        assert post["state"] == "analysed"


async def test_a_table_has_a_header_and_is_safe_to_open(kept: KeptPosts) -> None:
    response = await exported(kept, format="csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    table = response.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert tuple(rows[0]) == POST_COLUMNS
    assert [row["external_id"] for row in rows] == ["li-1", "", "li-3"]
    assert rows[0]["text"].startswith("'=SUM")
    assert rows[0]["author"] == "'@anna"
    assert rows[2]["sentiment"] == "negative"


async def test_conditions_choose_the_posts(kept: KeptPosts) -> None:
    for parameters, count in (
        ({"tag": "launch"}, 2), ({"tag": ["launch", "Zug, CH"]}, 1), ({"author": "@anna"}, 1),
        ({"sentiment": "negative"}, 1), ({"q": "lost"}, 1), ({"author": "nobody"}, 0),
    ):  # fmt: skip
        response = await exported(kept, **parameters)
        assert len(response.content.splitlines()) == count, parameters


@pytest.mark.parametrize(
    "format, media_type", [("ndjson", "application/x-ndjson"), ("csv", "text/csv")]
)
async def test_what_is_exported_is_imported_again(
    database_url: str, kept: KeptPosts, format: str, media_type: str
) -> None:
    file = (await exported(kept, format=format)).content
    headers = {"Content-Type": media_type}
    async with empty_database(database_url) as url, kept_posts(url) as other:
        answer = await other.client.post(
            "/v1/posts:import", content=file, headers=headers, params={"without_id": "new"}
        )
        end = orjson.loads(answer.content.splitlines()[-1])
        assert end == {"imported": 3, "updated": 0, "refused": 0, "notes": []}
        first, second = await exported(kept), await exported(other)
        before = [content_of(orjson.loads(line)) for line in first.content.splitlines()]
        after = [content_of(orjson.loads(line)) for line in second.content.splitlines()]
        assert after == before
    again = await kept.client.post("/v1/posts:import", content=file, headers=headers)
    end = orjson.loads(again.content.splitlines()[-1])
    assert (end["imported"], end["updated"]) == (1, 2)  # one has no id of its own


async def test_packed_it_is_the_same(kept: KeptPosts) -> None:
    plain = await kept.client.get(URL, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = kept.client.stream("GET", URL, headers={"Accept-Encoding": "br;q=1, gzip;q=0.5"})
    async with packed as response:
        assert response.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in response.headers["vary"].lower()
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert gzip.decompress(raw) == plain.content
    refused = await kept.client.get(URL, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


async def test_a_head_reads_nothing(kept: KeptPosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "as_shown", None)
    response = await kept.client.head(URL, params={"format": "csv"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv")
    assert response.content == b""


async def test_what_is_no_export_is_refused(kept: KeptPosts) -> None:
    for parameters, slug in (
        ({"format": "xml"}, "unknown-value"), ({"tags": "a"}, "unknown-field"),
        ({"limit": "5"}, "unknown-field"), ({"q": " "}, "out-of-range"),
    ):  # fmt: skip
        problem(await kept.client.get(URL, params=parameters), slug)


async def test_each_workspace_exports_its_own(database_url: str) -> None:
    async with (
        empty_database(database_url) as url,
        kept_posts(url, keys=("acme:k1", "other:k2")) as kept,
    ):
        headers = {"Authorization": "Bearer k1"}
        await kept.client.post("/v1/posts", json={"text": "Ours"}, headers=headers)
        assert b"Ours" in (await kept.client.get(URL, headers=headers)).content
        headers = {"Authorization": "Bearer k2"}
        assert (await kept.client.get(URL, headers=headers)).content == b""


async def test_a_database_that_is_away_is_said_before_the_answer_begins(
    kept: KeptPosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(scanning, "as_shown", away)
    problem(await kept.client.get(URL), "store-unavailable")


async def test_an_answer_that_breaks_off_has_no_end(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, calls = showing.as_shown, 0

    async def away_after_a_while(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise StoreUnavailable("away")
        return await shown(*arguments)

    rows = b"\n".join(b'{"id": %d, "text": "Post %d"}' % (n, n) for n in range(1_000))
    async with empty_database(database_url) as url:
        with served_posts(url) as base:
            async with httpx.AsyncClient(base_url=base, timeout=60) as client:
                headers = {"Content-Type": "application/x-ndjson"}
                await client.post("/v1/posts:import", content=rows, headers=headers)
                monkeypatch.setattr(scanning, "as_shown", away_after_a_while)
                with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                    await client.get(URL)
                monkeypatch.setattr(scanning, "as_shown", shown)
                assert len((await client.get(URL)).content.splitlines()) == 1_000


async def test_a_workspace_that_is_deleted_meanwhile_is_one_line_of_the_log(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    encode, calls = PostLines.encode, 0

    def delete_after_a_while(self: PostLines, posts: Any) -> bytes:
        nonlocal calls
        calls += 1
        if calls == 2:
            httpx.delete(f"{base}/v1/workspace", timeout=60).raise_for_status()
        return encode(self, posts)

    rows = b"\n".join(b'{"id": %d, "text": "Post %d"}' % (n, n) for n in range(1_000))
    async with empty_database(database_url) as url:
        with served_posts(url) as base:
            async with httpx.AsyncClient(base_url=base, timeout=60) as client:
                headers = {"Content-Type": "application/x-ndjson"}
                await client.post("/v1/posts:import", content=rows, headers=headers)
                monkeypatch.setattr(PostLines, "encode", delete_after_a_while)
                with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                    await client.get(URL)
    [line] = [each for each in caplog.records if each.name == streamed.__name__]
    assert line.exc_info is None
    assert "workspace is being deleted" in line.getMessage()


async def test_many_posts_leave_the_others_their_turn(kept: KeptPosts) -> None:
    rows = b"\n".join(b'{"id": %d, "text": "Post %d"}' % (n, n) for n in range(5_000))
    headers = {"Content-Type": "application/x-ndjson"}
    await kept.client.post("/v1/posts:import", content=rows, headers=headers)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count_turns())
    response = await exported(kept)
    counting.cancel()
    assert len(response.content.splitlines()) == 5_003
    assert turns > 100
