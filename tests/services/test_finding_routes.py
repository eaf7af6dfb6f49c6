"""GET /v1/posts over HTTP: parameters, answers and refusals, on a real Postgres."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from serve_app.posts.finding_schemas import DEFAULT_LIMIT, MAX_LIMIT, FoundPosts
from tests.services.asgi_client import problem
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN = {"Authorization": "Bearer own"}
OTHER = {"Authorization": "Bearer other"}
THIRD = {"Authorization": "Bearer third"}

POSTS: list[dict[str, Any]] = [
    {
        "text": f"Proud of our team in Berlin 🎉 number{number}! Thank you, Siemens. #hiring",
        "author": "anna" if number % 2 else "bob",
        "published_at": f"2026-05-{number:02}T12:00:00Z",
        "tags": ["launch"] if number % 3 == 0 else [],
        "language": "en",
    }
    for number in range(1, 13)
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept(database_url: str) -> AsyncIterator[KeptPosts]:
    keys = ("own:own", "another:other", "third:third")
    async with empty_database(database_url) as url, kept_posts(url, keys=keys) as kept:
        for headers in (OWN, OTHER):
            answer = await kept.client.post("/v1/posts", json={"posts": POSTS}, headers=headers)
            assert [item["status"] for item in answer.json()["items"]] == [201] * len(POSTS)
        yield kept


async def get(kept: KeptPosts, query: str, headers: dict[str, str] = OWN) -> httpx.Response:
    return await kept.client.get(f"/v1/posts?{query}", headers=headers)


async def found(kept: KeptPosts, query: str) -> dict[str, Any]:
    response = await get(kept, query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def days(answer: dict[str, Any]) -> list[int]:
    return [int(item["published_at"][8:10]) for item in answer["items"]]


async def test_all_posts_the_newest_first(kept: KeptPosts) -> None:
    answer = await found(kept, "")
    assert days(answer) == list(range(12, 0, -1))
    assert answer["next_cursor"] is None
    assert answer.keys() == {"items", "next_cursor"}
    read = await kept.client.get(f"/v1/posts/{answer['items'][0]['id']}", headers=OWN)
    assert answer["items"][0] == read.json()


async def test_conditions_combine(kept: KeptPosts) -> None:
    query = "author=anna&tag=launch&since=2026-05-04&until=2026-05-12&has=hashtags&language=en"
    assert days(await found(kept, query)) == [9]
    assert days(await found(kept, f"{query}&q=number9")) == [9]
    assert days(await found(kept, f"{query}&q=number5")) == []
    # A plus sign that nobody encoded.
    assert days(await found(kept, "since=2026-05-11T14:00:00+02:00&sort=time")) == [11, 12]


async def test_pages_and_their_cursors(kept: KeptPosts) -> None:
    first = await found(kept, "limit=5&sort=time&count=true")
    assert days(first) == [1, 2, 3, 4, 5]
    assert first["count"] == {"value": 12, "exact": True}
    second = await found(kept, f"limit=5&sort=time&cursor={first['next_cursor']}")
    assert days(second) == [6, 7, 8, 9, 10]
    third = await found(kept, f"limit=5&sort=time&cursor={second['next_cursor']}")
    assert days(third) == [11, 12]
    assert third["next_cursor"] is None


async def test_a_cursor_leads_on_in_its_own_list_alone(kept: KeptPosts) -> None:
    cursor = (await found(kept, "limit=2"))["next_cursor"]
    for query in ("author=anna", "sort=time", "sort=ease"):
        problem(await get(kept, f"{query}&cursor={cursor}"), "invalid-cursor")
    problem(await get(kept, f"cursor={cursor}", OTHER), "invalid-cursor")
    problem(await get(kept, f"cursor={cursor[:-2]}"), "invalid-cursor")
    problem(await get(kept, "cursor=%F0%9F%9A%80"), "invalid-cursor")


async def test_words_are_marked_in_code_points(kept: KeptPosts) -> None:
    answer = await found(kept, "q=siemens+number7&view=summary")
    [item] = answer["items"]
    marked = [item["text"][each["start"] : each["end"]] for each in item["matches"]]
    assert marked == ["number7", "Siemens"]
    assert "analysis" not in item
    assert "matches" not in (await found(kept, "limit=1"))["items"][0]


async def test_what_is_left_out_is_not_marked(kept: KeptPosts) -> None:
    """Of a phrase that is left out, each word may stand in a post by itself."""
    post = {"text": "Zero doubts: the net result is good, Lisbon.", "language": "en"}
    await kept.client.post("/v1/posts", json={**post, "tags": ["x"]}, headers=THIRD)
    for q, words in (
        ('lisbon -"net zero"', ["Lisbon"]),
        ("lisbon net -unheard", ["net", "Lisbon"]),
        ('"good lisbon" -"zero result"', ["good", "Lisbon"]),
        ('lisbon or unheard -"net zero"', ["Lisbon"]),
        ('-"net zero"', []),
    ):
        answer = (await get(kept, urlencode({"q": q, "tag": "x"}), THIRD)).json()
        [[*marks]] = [item["matches"] for item in answer["items"]]
        assert [post["text"][each["start"] : each["end"]] for each in marks] == words, q


async def test_an_apostrophe_is_found_however_it_is_set(kept: KeptPosts) -> None:
    for text in ("Merci à L’Oréal.", "Merci à L'Oréal."):
        post = (await kept.client.post("/v1/posts", json={"text": text}, headers=THIRD)).json()
        said = {"post_id": post["id"], "kind": "entity", "value": "ORG", "start": 8, "end": 15}
        answer = await kept.client.post("/v1/corrections", json=said, headers=THIRD)
        assert answer.status_code == 201, answer.text
    for name in ("l’oréal", "L'ORÉAL:ORG"):
        answer = (await get(kept, urlencode({"entity": name}), THIRD)).json()
        assert len(answer["items"]) == 2, name


async def test_answers_are_as_the_document_says(kept: KeptPosts) -> None:
    validator = Draft202012Validator(FoundPosts.model_json_schema())
    for query in ("", "q=team&count=true", "view=summary&limit=1", "q=unheard", "tag=none"):
        validator.validate(await found(kept, query))


async def test_workspaces_do_not_see_each_other(kept: KeptPosts) -> None:
    own = {item["id"] for item in (await found(kept, ""))["items"]}
    other = {item["id"] for item in (await get(kept, "", OTHER)).json()["items"]}
    assert len(own) == len(other) == len(POSTS)
    assert not own & other


async def test_the_limit_at_its_edges(kept: KeptPosts) -> None:
    assert len((await found(kept, f"limit={MAX_LIMIT}"))["items"]) == len(POSTS) < DEFAULT_LIMIT
    for limit in (0, MAX_LIMIT + 1, -1):
        problem(await get(kept, f"limit={limit}"), "out-of-range")
    problem(await get(kept, "limit=many"), "wrong-type")


@pytest.mark.parametrize(
    ("query", "slug", "words"),
    [
        ("autor=anna", "unknown-field", "Did you mean 'author'"),
        ("tags=launch", "unknown-field", "Did you mean 'tag'"),
        ("author=a&author=b", "repeated-field", "author"),
        ("sort=time&sort=-time", "repeated-field", "sort"),
        ("emotion=joi>=0.4", "unknown-value", "Did you mean 'joy'"),
        ("view=short", "unknown-value", "summary"),
        ("sort=sentimant", "unknown-value", "Did you mean 'sentiment'"),
        ("sort=relevance", "contradictory-filter", "'q'"),
        ("sentiment_min=0.5&sentiment_max=0.4", "contradictory-filter", "sentiment_max"),
        ("state=pending&sort=ease", "contradictory-filter", "ease"),
        ("has=links&has_not=links", "contradictory-filter", "has=links"),
        ("q=!!!", "unsearchable-query", "word"),
        ("sentiment_min=high", "wrong-type", "sentiment_min"),
        ("ease_max=101", "out-of-range", "ease_max"),
        ("author=%00", "nul-character", "author"),
        ("q=", "out-of-range", "q"),
        ("mixed=perhaps", "wrong-type", "mixed"),
        (f"author={'x' * 201}", "out-of-range", "author"),
    ],
)
async def test_what_is_wrong_is_said(kept: KeptPosts, query: str, slug: str, words: str) -> None:
    content = problem(await get(kept, query), slug)
    assert words in f"{content['detail']} {content['fix']}"
    assert content["pointer"] is None


async def test_every_promised_problem_has_been_met(kept: KeptPosts) -> None:
    document = (await kept.client.get("/openapi.json")).json()
    operation = document["paths"]["/v1/posts"]["get"]
    promised = {
        slug
        for status, response in operation["responses"].items()
        if status != "200"
        for slug in response["content"]["application/problem+json"]["examples"]
    }
    elsewhere = {
        "internal", "unauthorized", "forbidden", "no-database", "store-unavailable", "not-ready",
    }  # fmt: skip
    met = {
        "unknown-field", "repeated-field", "wrong-type", "unknown-value", "out-of-range",
        "nul-character", "contradictory-filter", "unsearchable-query", "invalid-cursor",
    }  # fmt: skip
    assert promised == elsewhere | met


async def test_the_document_has_every_parameter_with_its_words(kept: KeptPosts) -> None:
    document = (await kept.client.get("/openapi.json")).json()
    parameters = {
        each["name"]: each for each in document["paths"]["/v1/posts"]["get"]["parameters"]
    }
    assert len(parameters) == 28
    assert all(each["description"].endswith(".") for each in parameters.values())
