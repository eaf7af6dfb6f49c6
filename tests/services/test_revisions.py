"""The revisions of posts, and what changed between texts, over the API on a real Postgres."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from deployments.results import Status
from serve_app.posts.comparison_schemas import ComparisonBody
from serve_app.posts.repository import MAX_REVISIONS
from serve_app.posts.revision_schemas import ComparedPair, RevisionList
from serve_app.request.post import MAX_CHARACTERS
from tests.services.asgi_client import problem
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts

OPENED = "We opened an office in Berlin. Thank you, @anna. #hiring"
LOST = "Sorry, @anna: we lost an office in Hamburg."


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[KeptPosts]:
    async with empty_database(database_url) as url, kept_posts(url) as kept:
        yield kept


async def _create(kept: KeptPosts, *texts: str, **headers: str) -> str:
    """The path of a post that has had these texts."""
    created = await kept.client.post("/v1/posts", json={"text": texts[0]}, headers=headers)
    assert created.status_code == 201, created.text
    path = f"/v1/posts/{created.json()['id']}"
    for text in texts[1:]:
        changed = await kept.client.patch(path, json={"text": text}, headers=headers)
        assert changed.status_code == 200, changed.text
    return path


def _id(path: str) -> str:
    return path.rpartition("/")[2]


def _body(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def _texts(body: dict[str, Any]) -> tuple[str, str]:
    return body["from"]["text"], body["to"]["text"]


async def test_revisions_come_newest_first_with_their_analyses(kept: KeptPosts) -> None:
    path = await _create(kept, OPENED, LOST)
    post = (await kept.client.get(path)).json()
    body = _body(await kept.client.get(f"{path}/revisions"))
    RevisionList.model_validate(body, strict=True)
    newest, oldest = body["items"]
    assert (newest["revision"], oldest["revision"]) == (2, 1)
    assert (newest["text"], oldest["text"]) == (LOST, OPENED)
    assert newest["analysis"] == post["analysis"]
    assert oldest["analysis"]["sentiment"]["label"] == "positive"
    assert oldest["revised_at"] == post["created_at"] < newest["revised_at"]
    # What is no change of the text is no revision.
    await kept.client.patch(path, json={"author": "anna"})
    assert _body(await kept.client.get(f"{path}/revisions")) == body
    assert _body(await kept.client.get(f"{path}/revisions?limit=1"))["items"] == [newest]


async def test_the_oldest_revisions_are_dropped(kept: KeptPosts) -> None:
    path = await _create(kept, "Text 1.")
    for number in range(2, MAX_REVISIONS + 2):
        await kept.client.patch(path, json={"text": f"Text {number}."})
    items = _body(await kept.client.get(f"{path}/revisions"))["items"]
    assert [item["revision"] for item in items] == list(range(MAX_REVISIONS + 1, 0, -1))
    await kept.client.patch(path, json={"text": "Text 102."})
    items = _body(await kept.client.get(f"{path}/revisions"))["items"]
    assert [item["revision"] for item in items] == list(range(MAX_REVISIONS + 2, 1, -1))
    assert [item["text"] for item in items] == [f"Text {n}." for n in range(102, 1, -1)]
    gone = problem(await kept.client.get(f"{path}/compare?from=1"), "unknown-revision")
    assert "it has 2 to 102" in gone["detail"]
    # Nothing is before the first that is there.
    problem(await kept.client.get(f"{path}/compare?to=2"), "unknown-revision")
    assert _texts(_body(await kept.client.get(f"{path}/compare?from=2"))) == (
        "Text 2.",
        "Text 102.",
    )


async def test_the_latest_two_texts_are_compared_unless_others_are_named(kept: KeptPosts) -> None:
    path = await _create(kept, OPENED, LOST, "Nothing new.")
    compared = _body(await kept.client.get(f"{path}/compare"))
    ComparisonBody.model_validate(compared)
    assert _texts(compared) == (LOST, "Nothing new.")
    assert compared["from"]["post"] == _id(path)
    assert (compared["from"]["revision"], compared["to"]["revision"]) == (2, 3)
    for query, texts in (
        ("from=1", (OPENED, "Nothing new.")),
        ("to=2", (OPENED, LOST)),
        ("from=1&to=2", (OPENED, LOST)),
        ("from=2&to=1", (LOST, OPENED)),
        ("from=2&to=2", (LOST, LOST)),
    ):
        assert _texts(_body(await kept.client.get(f"{path}/compare?{query}"))) == texts


async def test_what_changed_is_told_for_each_section(kept: KeptPosts) -> None:
    path = await _create(kept, OPENED, LOST)
    compared = _body(await kept.client.get(f"{path}/compare"))
    assert compared["sentiment"]["summary"].startswith("Sentiment went from positive to ")
    assert compared["tone"]["emotions"][0]["emotion"] in ("gratitude", "disappointment")
    assert [e["text"] for e in compared["entities"]["gained"]] == ["Hamburg"]
    assert [e["text"] for e in compared["entities"]["lost"]] == ["Berlin"]
    assert compared["signals"]["hashtags"] == {"gained": [], "lost": ["#hiring"]}
    assert compared["readability"]["words"]["difference"] == len(LOST.split()) - 9
    kept_keywords = {item["text"] for item in compared["keywords"]["kept"]}
    assert "office" in kept_keywords
    changed = [
        LOST[change["to"]["start"] : change["to"]["end"]]
        for change in compared["text"]["changes"]
        if change["kind"] != "equal"
    ]
    assert "Hamburg" in changed


async def test_two_posts_are_compared(kept: KeptPosts) -> None:
    path = await _create(kept, OPENED, "Opened. Thank you.")
    other = await _create(kept, LOST, "Sorry. Nothing.")
    queries = {
        f"with={_id(other)}": ("Opened. Thank you.", "Sorry. Nothing."),
        f"with={_id(other)}&from=1": (OPENED, "Sorry. Nothing."),
        f"with={_id(other)}&from=1&to=1": (OPENED, LOST),
    }
    for query, texts in queries.items():
        assert _texts(_body(await kept.client.get(f"{path}/compare?{query}"))) == texts
    body = {"from": {"post": _id(path)}, "to": {"post": _id(other), "revision": 1}}
    compared = _body(await kept.client.post("/v1/posts:compare", json=body))
    assert _texts(compared) == ("Opened. Thank you.", LOST)
    assert compared["to"]["post"] == _id(other)


async def test_a_draft_is_compared_and_not_kept(kept: KeptPosts) -> None:
    path = await _create(kept, LOST)
    body = {"from": {"post": _id(path)}, "to": {"text": OPENED}}
    compared = _body(await kept.client.post("/v1/posts:compare", json=body))
    assert compared["to"] == {"text": OPENED, "post": None, "revision": None, "revised_at": None}
    assert compared["sentiment"]["label"]["to"] == "positive"
    assert compared["text"]["changed"] is True
    drafts = {"from": {"text": "One."}, "to": {"text": "One. Two."}}
    assert (
        _body(await kept.client.post("/v1/posts:compare", json=drafts))["text"]["words_added"] == 1
    )
    assert (await kept.client.get("/v1/workspace")).json()["posts"] == 1


async def test_a_draft_may_be_as_long_as_a_post(kept: KeptPosts) -> None:
    for length, status in ((MAX_CHARACTERS, 200), (MAX_CHARACTERS + 1, 422)):
        body = {"from": {"text": "a"}, "to": {"text": "a" * length}}
        response = await kept.client.post("/v1/posts:compare", json=body)
        assert response.status_code == status
    assert problem(response, "text-too-long")["pointer"] == "/to/text"


async def test_a_text_without_an_analysis_is_compared_by_its_words(kept: KeptPosts) -> None:
    path = await _create(kept, OPENED)
    kept.service.gate.clear()
    changed = await kept.client.patch(
        path, json={"text": LOST}, headers={"Prefer": "respond-async"}
    )
    assert changed.status_code == 202
    compared = _body(await kept.client.get(f"{path}/compare"))
    assert compared["text"]["changed"] is True
    assert compared["sentiment"]["status"] == {"from": "ok", "to": "not_analysed"}
    assert compared["sentiment"]["label"] is None
    kept.service.gate.set()


async def test_a_section_that_is_missing_of_a_draft_says_so(kept: KeptPosts) -> None:
    path = await _create(kept, OPENED)
    kept.service.statuses = {"tone": Status.FAILED}
    body = {"from": {"post": _id(path)}, "to": {"text": LOST}}
    compared = _body(await kept.client.post("/v1/posts:compare", json=body))
    assert compared["tone"]["status"] == {"from": "ok", "to": "failed"}
    assert compared["sentiment"]["status"] == {"from": "ok", "to": "ok"}


async def test_an_edit_between_two_readings_doubles_no_revision(kept: KeptPosts) -> None:
    path = await _create(kept, "Text 1.")

    async def edit() -> None:
        for number in range(2, 30):
            await kept.client.patch(path, json={"text": f"Text {number}."})

    editing = asyncio.create_task(edit())
    while not editing.done():
        items = _body(await kept.client.get(f"{path}/revisions"))["items"]
        numbers = [item["revision"] for item in items]
        assert numbers == list(range(len(numbers), 0, -1))
    await editing


UNKNOWN = str(uuid.UUID(int=7))


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("/revisions?limit=0", "out-of-range"),
        (f"/revisions?limit={MAX_REVISIONS + 2}", "out-of-range"),
        ("/revisions?limit=x", "wrong-type"),
        ("/compare", "unknown-revision"),
        ("/compare?to=1", "unknown-revision"),
        ("/compare?from=1&to=3", "unknown-revision"),
        ("/compare?from=9", "unknown-revision"),
        ("/compare?from=0", "out-of-range"),
        ("/compare?to=2147483648", "out-of-range"),
        ("/compare?from=first", "wrong-type"),
        ("/compare?with=x", "invalid-post-id"),
        (f"/compare?with={UNKNOWN}", "unknown-post"),
    ],
)
async def test_what_cannot_be_compared_is_refused(kept: KeptPosts, query: str, slug: str) -> None:
    path = await _create(kept, OPENED)
    problem(await kept.client.get(path + query), slug)
    if query.startswith("/compare?from=1&"):
        assert _body(await kept.client.get(f"{path}/revisions?limit={MAX_REVISIONS + 1}"))


async def test_posts_that_there_are_not_are_refused(kept: KeptPosts) -> None:
    for query in ("revisions", "compare", "compare?from=1&to=2", f"compare?with={UNKNOWN}"):
        problem(await kept.client.get(f"/v1/posts/{UNKNOWN}/{query}"), "unknown-post")
        problem(await kept.client.get(f"/v1/posts/x/{query}"), "invalid-post-id")


@pytest.mark.parametrize(
    ("body", "slug", "pointer"),
    [
        ([], "wrong-type", ""),
        ({"from": {"text": "a"}}, "missing-field", ""),
        ({"from": {"text": "a"}, "to": {}}, "missing-field", "/to"),
        ({"from": {"text": "a"}, "to": "b"}, "wrong-type", "/to"),
        ({"from": {"text": "a"}, "to": {"text": "b"}, "with": 1}, "unknown-field", "/with"),
        ({"from": {"text": " "}, "to": {"text": "b"}}, "blank-text", "/from/text"),
        ({"from": {"text": "a", "post": UNKNOWN}, "to": {}}, "unknown-field", "/from/post"),
        ({"from": {"text": "a", "revision": 1}, "to": {}}, "unknown-field", "/from/revision"),
        ({"from": {"post": 1}, "to": {}}, "wrong-type", "/from/post"),
        ({"from": {"post": "x"}, "to": {}}, "invalid-post-id", "/from/post"),
        ({"from": {"post": UNKNOWN, "revision": 0}, "to": {}}, "out-of-range", "/from/revision"),
        ({"from": {"post": UNKNOWN, "revision": 2**31}, "to": {}}, "out-of-range",
         "/from/revision"),
        ({"from": {"revision": 1}, "to": {}}, "missing-field", "/from"),
        ({"from": {"text": "a"}, "to": {"post": UNKNOWN}}, "unknown-post", "/to"),
    ],
)  # fmt: skip
async def test_bodies_that_name_no_two_texts_are_refused(
    kept: KeptPosts, body: Any, slug: str, pointer: str
) -> None:
    refused = problem(await kept.client.post("/v1/posts:compare", json=body), slug)
    assert refused["pointer"] == pointer
    if slug not in ("unknown-post", "blank-text", "invalid-post-id") and body != []:
        assert list(Draft202012Validator(ComparedPair.model_json_schema()).iter_errors(body))


async def test_a_revision_that_there_is_not_is_named_in_the_body(kept: KeptPosts) -> None:
    path = await _create(kept, OPENED)
    body = {"from": {"post": _id(path)}, "to": {"post": _id(path), "revision": 2}}
    refused = problem(await kept.client.post("/v1/posts:compare", json=body), "unknown-revision")
    assert refused["pointer"] == "/to"
    assert "it has 1 to 1" in refused["detail"]


async def test_a_name_that_stands_twice_is_refused(kept: KeptPosts) -> None:
    body = b'{"from": {"text": "a", "text": "b"}, "to": {"text": "c"}}'
    headers = {"Content-Type": "application/json"}
    response = await kept.client.post("/v1/posts:compare", content=body, headers=headers)
    assert problem(response, "repeated-field")["pointer"] == "/from/text"


async def test_another_workspace_compares_nothing_of_it(database_url: str) -> None:
    async with (
        empty_database(database_url) as url,
        kept_posts(url, keys=("acme:a", "beta:b")) as kept,
    ):
        own, other = ({"Authorization": f"Bearer {key}"} for key in "ab")
        path = await _create(kept, OPENED, LOST, **own)
        foreign = await _create(kept, OPENED, LOST, **other)
        for query in ("revisions", "compare", "compare?from=1&to=2"):
            problem(await kept.client.get(f"{path}/{query}", headers=other), "unknown-post")
        mixed = f"{foreign}/compare?with={_id(path)}"
        problem(await kept.client.get(mixed, headers=other), "unknown-post")
        body = {"from": {"post": _id(path)}, "to": {"post": _id(foreign)}}
        for headers in (own, other):
            refused = await kept.client.post("/v1/posts:compare", json=body, headers=headers)
            problem(refused, "unknown-post")
