"""Posts over the API, on a real Postgres: written, read, changed, deleted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deployments.results import Status
from serve_app.settings import PostsSettings
from tests.services.asgi_client import problem
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts

TEXT = "Proud of our team in Berlin! Thank you. #hiring"
CONTENT = {
    "text": TEXT,
    "external_id": "li-1",
    "author": "anna",
    "url": "https://example.org/1",
    "published_at": "2026-05-31T14:00:00+02:00",
    "language": "en",
    "tags": ["launch", "berlin"],
    "metadata": {"campaign": {"name": "spring", "budget": 12.5}, "n": [1, None, True]},
}


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[KeptPosts]:
    async with empty_database(database_url) as url, kept_posts(url) as kept:
        yield kept


async def _create(kept: KeptPosts, **content: Any) -> dict[str, Any]:
    response = await kept.client.post("/v1/posts", json={"text": TEXT, **content})
    assert response.status_code == 201, response.text
    post: dict[str, Any] = response.json()
    return post


async def test_a_post_is_kept_as_it_was_sent_with_its_analysis(kept: KeptPosts) -> None:
    response = await kept.client.post("/v1/posts", json=CONTENT)
    assert response.status_code == 201
    post = response.json()
    assert {name: post[name] for name in CONTENT} == {
        **CONTENT, "published_at": "2026-05-31T12:00:00.000000Z",
    }  # fmt: skip
    assert post["state"] == "analysed"
    assert post["analysis"]["sentiment"]["label"] == "positive"
    assert response.headers["location"] == f"/v1/posts/{post['id']}"
    read = await kept.client.get(response.headers["location"])
    assert read.json() == post
    assert read.headers["etag"] == response.headers["etag"]


async def test_the_answer_says_how_long_the_store_took(kept: KeptPosts) -> None:
    computed = await kept.client.post("/v1/posts", json={"text": TEXT})
    many = await kept.client.post("/v1/posts", json={"posts": [{"text": "One."}, {"text": "Two."}]})
    later = await kept.client.post(
        "/v1/posts", json={"text": "Later."}, headers={"Prefer": "respond-async"}
    )
    for response in (computed, many):
        stages = [entry.split(";")[0] for entry in response.headers["server-timing"].split(", ")]
        assert sorted(stages) == ["heads", "queue", "store", "total"]
    assert later.status_code == 202
    assert later.headers["server-timing"].startswith("store;dur=")


async def test_an_external_id_names_one_post(kept: KeptPosts) -> None:
    first = await _create(kept, external_id="x")
    again = await kept.client.post("/v1/posts", json={"text": "Sorry.", "external_id": "x"})
    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert again.json()["revision"] == 2
    assert again.json()["analysis"]["sentiment"]["label"] == "negative"
    taken = await kept.client.post("/v1/posts", json={"text": "Other."})
    refused = await kept.client.patch(f"/v1/posts/{taken.json()['id']}", json={"external_id": "x"})
    problem(refused, "external-id-taken")


async def test_many_are_answered_in_their_places(kept: KeptPosts) -> None:
    posts = [{"text": "One."}, {"text": " "}, {"text": "Two.", "external_id": "x"}]
    response = await kept.client.post(
        "/v1/posts", json={"posts": [*posts, {"text": "Three.", "external_id": "x"}]}
    )
    items = response.json()["items"]
    assert [item["status"] for item in items] == [201, 422, 201, 201]
    assert items[1]["error"]["pointer"] == "/posts/1/text"
    # Two with one external id in one request are one post, and the last one counts.
    assert items[2]["post"] == items[3]["post"]
    assert items[3]["post"]["text"] == "Three."


async def test_what_does_not_wait_is_pending_and_ends_by_itself(kept: KeptPosts) -> None:
    response = await kept.client.post(
        "/v1/posts", json={"text": TEXT}, headers={"Prefer": "respond-async"}
    )
    assert response.status_code == 202
    assert response.json()["state"] == "pending"
    post = await _wait_until_ended(kept, response.json()["id"])
    assert post["state"] == "analysed"


async def _wait_until_ended(kept: KeptPosts, post_id: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            post: dict[str, Any] = (await kept.client.get(f"/v1/posts/{post_id}")).json()
            if post["state"] != "pending":
                return post
            await asyncio.sleep(0.05)


async def test_a_text_that_no_analysis_reads_fails_with_its_reason(database_url: str) -> None:
    settings = PostsSettings(attempts=1, wait_s=5)
    async with empty_database(database_url) as url, kept_posts(url, settings=settings) as kept:
        kept.service.statuses = dict.fromkeys(kept.service.statuses, Status.FAILED)
        names = ("sentiment", "tone", "keywords", "entities", "readability")
        kept.service.statuses = dict.fromkeys(names, Status.FAILED)
        response = await kept.client.post("/v1/posts", json={"text": TEXT})
        post = await _wait_until_ended(kept, response.json()["id"])
        assert post["state"] == "failed"
        assert post["failure"]["reason"]
        assert post["analysis"] is None
        kept.service.statuses = {}
        again = await kept.client.put(f"/v1/posts/{post['id']}", json={"text": TEXT})
        assert again.json()["state"] == "analysed"


async def test_a_request_sent_again_is_not_done_again(kept: KeptPosts) -> None:
    headers = {"Idempotency-Key": "k-1"}
    answers = await asyncio.gather(
        *(kept.client.post("/v1/posts", json={"text": TEXT}, headers=headers) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await kept.client.post("/v1/posts", json={"text": "Other."}, headers=headers)
    problem(other, "idempotency-key-reused")


async def test_changes_are_merged_and_checked_against_the_etag(kept: KeptPosts) -> None:
    post = (await kept.client.post("/v1/posts", json=CONTENT)).json()
    path = f"/v1/posts/{post['id']}"
    etag = (await kept.client.get(path)).headers["etag"]
    changed = await kept.client.patch(
        path,
        json={"author": None, "metadata": {"n": None, "campaign": {"name": "fall"}}},
        headers={"If-Match": etag},
    )
    assert changed.status_code == 200
    assert changed.json()["author"] is None
    assert changed.json()["metadata"] == {"campaign": {"name": "fall", "budget": 12.5}}
    assert changed.json()["revision"] == 1
    assert changed.json()["analysis"] == post["analysis"]
    stale = await kept.client.patch(path, json={"author": "b"}, headers={"If-Match": etag})
    problem(stale, "precondition-failed")


async def test_what_is_deleted_is_gone(kept: KeptPosts) -> None:
    post = await _create(kept, external_id="x", author="anna")
    path = f"/v1/posts/{post['id']}"
    assert (await kept.client.delete(path)).status_code == 204
    problem(await kept.client.get(path), "unknown-post")
    problem(await kept.client.delete(path), "unknown-post")
    assert (await _create(kept, external_id="x"))["id"] != post["id"]


async def test_an_author_is_deleted_with_all_posts(kept: KeptPosts) -> None:
    posts = [{"text": f"Post {number}.", "author": "anna/b"} for number in range(600)]
    await kept.client.post("/v1/posts", json={"posts": posts})
    other = await _create(kept, author="ben")
    deleted = await kept.client.delete("/v1/authors/anna%2Fb")
    assert deleted.json() == {"deleted": 600}
    assert (await kept.client.get(f"/v1/posts/{other['id']}")).status_code == 200


async def test_a_workspace_sees_its_own_posts_alone(database_url: str) -> None:
    keys = ("acme:a", "beta:b")
    async with empty_database(database_url) as url, kept_posts(url, keys=keys) as kept:
        own, other = ({"Authorization": f"Bearer {key}"} for key in "ab")
        post = (await kept.client.post("/v1/posts", json=CONTENT, headers=own)).json()
        path = f"/v1/posts/{post['id']}"
        for method in ("GET", "DELETE"):
            problem(await kept.client.request(method, path, headers=other), "unknown-post")
        refused = await kept.client.patch(path, json={"author": "x"}, headers=other)
        problem(refused, "unknown-post")
        twin = await kept.client.post("/v1/posts", json=CONTENT, headers=other)
        assert twin.status_code == 201
        assert (await kept.client.delete("/v1/workspace", headers=own)).status_code == 204
        problem(await kept.client.get(path, headers=own), "unknown-post")
        assert (await kept.client.get(f"/v1/posts/{twin.json()['id']}", headers=other)).is_success
