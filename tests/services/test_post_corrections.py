"""Corrections of single posts over the API, on a real Postgres."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from tests.services.asgi_client import problem
from tests.services.corrected_posts import contents, ended, strays
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts

TEXT = "Sorry about Target in Berlin. Proud of net zero."


@pytest.fixture
async def url(database_url: str) -> AsyncIterator[str]:
    async with empty_database(database_url) as url:
        yield url


@pytest.fixture
async def post(kept: KeptPosts) -> dict[str, Any]:
    response = await kept.client.post("/v1/posts", json={"text": TEXT, "author": "anna"})
    body: dict[str, Any] = response.json()
    return body


async def read(kept: KeptPosts, post: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = (await kept.client.get(f"/v1/posts/{post['id']}")).json()
    return body


async def correct(kept: KeptPosts, post: dict[str, Any], **said: Any) -> dict[str, Any]:
    response = await kept.client.post("/v1/corrections", json={"post_id": post["id"], **said})
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.mark.parametrize(
    ("said", "section", "field", "now"),
    [
        ({"kind": "sentiment", "value": "negative"}, "sentiment", "label", "negative"),
        ({"kind": "mixed", "value": False}, "sentiment", "mixed", False),
        ({"kind": "tone", "value": "humorous"}, "tone", "dominant", "humorous"),
    ],
)
async def test_a_field_is_corrected_and_had_back(
    kept: KeptPosts, post: dict[str, Any], url: str, said: Any, section: str, field: str, now: Any
) -> None:
    before = await contents(url, 1)
    was = post["analysis"][section][field]
    if was == now:
        said, now = {**said, "value": not now if isinstance(now, bool) else "positive"}, None
    made = await correct(kept, post, **said)
    shown = (await read(kept, post))["analysis"][section]
    assert shown[field] == said["value"]
    [entry] = [each for each in shown["corrected"] if each["field"] == field]
    assert (entry["correction"], entry["model_said"]) == (made["id"], was)
    assert await strays(kept.rooms.database, 1) == []
    taken_back = await kept.client.delete(f"/v1/corrections/{made['id']}")
    assert taken_back.status_code == 204
    assert await read(kept, post) == post
    assert await contents(url, 1) == before
    problem(await kept.client.delete(f"/v1/corrections/{made['id']}"), "unknown-correction")


async def test_sentences_names_and_keywords_are_corrected(
    kept: KeptPosts, post: dict[str, Any], url: str
) -> None:
    before = await contents(url, 1)
    start = TEXT.index("Target")
    target = {"kind": "entity", "start": start, "end": start + 6}
    keyword = post["analysis"]["keywords"]["items"][0]["text"]
    sentence = post["analysis"]["sentiment"]["sentences"][0]
    made = [
        await correct(kept, post, **target, value="ORG"),
        await correct(kept, post, kind="keyword", phrase="Net Zero", value=True),
        await correct(kept, post, kind="keyword", phrase=keyword, value=False),
        await correct(
            kept, post, kind="sentence", start=0, end=sentence["end"], value="neutral"
        ),
    ]  # fmt: skip
    analysis = (await read(kept, post))["analysis"]
    assert ("Target", "ORG") in [(e["text"], e["label"]) for e in analysis["entities"]["items"]]
    keywords = [each["text"] for each in analysis["keywords"]["items"]]
    assert keywords[0] == "net zero"
    assert keyword not in keywords
    assert analysis["sentiment"]["sentences"][0]["label"] == "neutral"
    assert await strays(kept.rooms.database, 1) == []
    # Said again of the same, it is the same correction.
    again = await correct(kept, post, **target, value="PRODUCT")
    assert again["id"] == made[0]["id"]
    query = f"/v1/corrections?post_id={post['id']}"
    listed = (await kept.client.get(query)).json()["items"]
    assert {each["id"] for each in listed} == {each["id"] for each in made}
    one = (await kept.client.get(f"/v1/corrections/{again['id']}")).json()
    assert one == again
    for each in made:
        await kept.client.delete(f"/v1/corrections/{each['id']}")
    assert await read(kept, post) == post
    assert await contents(url, 1) == before


async def test_what_no_answer_shows_cannot_be_corrected(
    kept: KeptPosts, post: dict[str, Any]
) -> None:
    for said in (
        {"kind": "sentence", "start": 1, "end": 5, "value": "neutral"},
        {"kind": "entity", "start": 0, "end": 3, "value": None},
        {"kind": "entity", "start": 40, "end": 400, "value": "ORG"},
        {"kind": "entity", "start": 5, "end": 6, "value": "ORG"},
        {"kind": "keyword", "phrase": "elsewhere", "value": True},
        {"kind": "keyword", "phrase": "elsewhere", "value": False},
    ):
        refused = await kept.client.post("/v1/corrections", json={"post_id": post["id"], **said})
        problem(refused, "nothing-to-correct")
    pending = await kept.client.post(
        "/v1/posts", json={"text": "Later."}, headers={"Prefer": "respond-async"}
    )
    if pending.json()["state"] == "pending":
        said = {"kind": "sentiment", "value": "negative", "post_id": pending.json()["id"]}
        assert (await kept.client.post("/v1/corrections", json=said)).status_code in (201, 409)


@pytest.mark.parametrize(
    ("said", "slug", "pointer"),
    [
        ({"kind": "mood"}, "unknown-value", "/kind"),
        ({}, "missing-field", "/kind"),
        ({"kind": "sentiment", "value": "sad"}, "unknown-value", "/value"),
        ({"kind": "tone", "value": "sad"}, "unknown-value", "/value"),
        ({"kind": "entity", "start": 5, "end": 5, "value": "ORG"}, "nothing-to-correct", "/end"),
        ({"kind": "entity", "start": -1, "end": 5, "value": "ORG"}, "out-of-range", "/start"),
        ({"kind": "keyword", "phrase": "x" * 201, "value": True}, "out-of-range", "/phrase"),
        ({"kind": "sentiment", "value": "negative", "start": 0}, "unknown-field", "/start"),
        ({"kind": "sentiment", "value": "negative", "post_id": "x"}, "invalid-post-id", "/post_id"),
    ],
)
async def test_what_is_no_correction_is_refused(
    kept: KeptPosts, post: dict[str, Any], said: Any, slug: str, pointer: str
) -> None:
    response = await kept.client.post("/v1/corrections", json={"post_id": post["id"], **said})
    assert problem(response, slug)["pointer"] == pointer


async def test_it_is_of_one_text_of_the_post(kept: KeptPosts, post: dict[str, Any]) -> None:
    await correct(kept, post, kind="sentiment", value="negative")
    path = f"/v1/posts/{post['id']}"
    tagged = await kept.client.patch(path, json={"tags": ["x"]})
    assert tagged.json()["analysis"]["sentiment"]["label"] == "negative"
    edited = await kept.client.patch(path, json={"text": "Proud of all."})
    assert "corrected" not in edited.json()["analysis"]["sentiment"]
    assert await strays(kept.rooms.database, 1) == []


async def test_it_goes_with_its_post(kept: KeptPosts, post: dict[str, Any]) -> None:
    made = await correct(kept, post, kind="sentiment", value="negative")
    await kept.client.delete(f"/v1/posts/{post['id']}")
    problem(await kept.client.get(f"/v1/corrections/{made['id']}"), "unknown-correction")
    said = {"kind": "sentiment", "value": "negative", "post_id": post["id"]}
    problem(await kept.client.post("/v1/corrections", json=said), "unknown-post")


async def test_a_workspace_has_its_own(database_url: str) -> None:
    keys = ("acme:a", "beta:b")
    async with empty_database(database_url) as url, kept_posts(url, keys=keys) as kept:
        own, other = ({"Authorization": f"Bearer {key}"} for key in "ab")
        post = (await kept.client.post("/v1/posts", json={"text": TEXT}, headers=own)).json()
        said = {"kind": "sentiment", "value": "negative", "post_id": post["id"]}
        problem(await kept.client.post("/v1/corrections", json=said, headers=other), "unknown-post")
        made = (await kept.client.post("/v1/corrections", json=said, headers=own)).json()
        path = f"/v1/corrections/{made['id']}"
        for method in ("GET", "DELETE"):
            problem(await kept.client.request(method, path, headers=other), "unknown-correction")
        assert (await kept.client.get("/v1/corrections", headers=other)).json()["items"] == []
        assert (await kept.client.get("/v1/corrections:export", headers=other)).content == b""


async def test_corrections_are_exported_as_training_data(
    kept: KeptPosts, post: dict[str, Any]
) -> None:
    was = post["analysis"]["sentiment"]["label"]
    await correct(kept, post, kind="tone", value="humorous")
    await kept.client.patch(f"/v1/posts/{post['id']}", json={"text": "Proud of War Zone."})
    rule = {"kind": "sentiment", "phrases": ["War Zone"], "value": "negative"}
    made = await kept.client.post("/v1/rules", json=rule)
    await ended(kept, made.json()["id"])
    response = await kept.client.get("/v1/corrections:export")
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [orjson.loads(line) for line in response.content.splitlines()]
    by_rule = [line for line in lines if line["by"] == "rule"]
    assert {line["field"] for line in by_rule} == {"label", "sentences"}
    assert by_rule[0]["text"] == "Proud of War Zone."
    assert by_rule[0]["corrected"] == "negative"
    [by_person] = [line for line in lines if line["by"] == "person"]
    assert by_person["text"] == TEXT
    assert by_person["model_said"] == post["analysis"]["tone"]["dominant"]
    assert by_person["model"] == post["analysis"]["tone"]["model"]
    assert was


async def test_a_page_of_corrections_leads_to_the_next(kept: KeptPosts) -> None:
    ids = []
    for number in range(3):
        post = (await kept.client.post("/v1/posts", json={"text": f"Proud {number}."})).json()
        ids.append((await correct(kept, post, kind="sentiment", value="neutral"))["id"])
    first = (await kept.client.get("/v1/corrections?limit=2")).json()
    assert [each["id"] for each in first["items"]] == ids[:0:-1]
    cursor = first["next_cursor"]
    rest = (await kept.client.get(f"/v1/corrections?limit=2&cursor={cursor}")).json()
    assert [each["id"] for each in rest["items"]] == ids[:1]
    assert rest["next_cursor"] is None
