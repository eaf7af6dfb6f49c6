"""Rules over the API, on a real Postgres: previewed, put in force, applied backwards, undone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest

from serve_app.corrections.fields import MAX_PHRASE_CHARACTERS, MAX_RULE_PHRASES
from serve_app.corrections.phrases import MAX_NESTED
from serve_app.corrections.rule_book import MAX_PHRASES, MAX_RULES
from tests.services.asgi_client import problem
from tests.services.corrected_posts import contents, ended, strays, untouched
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts
from tests.services.test_trends import Post as CountedPost
from tests.services.test_trends import recomputed, stored

NEUTRAL = {"kind": "sentiment", "phrases": ["War Zone"], "value": "neutral"}
SAD = "Sorry about War Zone in Berlin."
KEYS = ("acme:a", "beta:b")
ACME, BETA = ({"Authorization": f"Bearer {key}"} for key in "ab")


@pytest.fixture
async def url(database_url: str) -> AsyncIterator[str]:
    async with empty_database(database_url) as url:
        yield url


async def write(kept: KeptPosts, *texts: str, **options: Any) -> list[dict[str, Any]]:
    headers = options.pop("headers", None)
    posts = [{"text": text, **options} for text in texts]
    response = await kept.client.post("/v1/posts", json={"posts": posts}, headers=headers)
    return [item["post"] for item in response.json()["items"]]


async def read(kept: KeptPosts, post: dict[str, Any], headers: Any = None) -> dict[str, Any]:
    response = await kept.client.get(f"/v1/posts/{post['id']}", headers=headers)
    body: dict[str, Any] = response.json()
    return body


async def put_in_force(
    kept: KeptPosts, rule: dict[str, Any], headers: Any = None
) -> dict[str, Any]:
    response = await kept.client.post("/v1/rules", json=rule, headers=headers)
    assert response.status_code == 201, response.text
    return await ended(kept, response.json()["id"], headers)


async def withdraw(kept: KeptPosts, rule: dict[str, Any], headers: Any = None) -> dict[str, Any]:
    response = await kept.client.delete(f"/v1/rules/{rule['id']}", headers=headers)
    assert response.status_code == 202
    return await ended(kept, rule["id"], headers)


async def test_a_rule_is_applied_backwards_and_undone_exactly(kept: KeptPosts, url: str) -> None:
    posts = await write(kept, SAD, "Sorry about the war.", "War Zone opened.", "Nothing here.")
    before = await contents(url, 1)
    preview = (await kept.client.post("/v1/rules:preview", json=NEUTRAL)).json()
    assert preview["candidates"] == {"value": 2, "exact": True}
    assert preview["changed"] == {"value": 2, "exact": True}
    assert await contents(url, 1) == before  # nothing is in force yet
    rule = await put_in_force(kept, NEUTRAL)
    assert (rule["state"], rule["candidates"], rule["looked_at"], rule["changed"]) == (
        "in_force", 2, 2, 2,
    )  # fmt: skip
    shown = await read(kept, posts[0])
    assert shown["analysis"]["sentiment"]["label"] == "neutral"
    told = shown["analysis"]["sentiment"]["corrected"][0]
    assert (told["rule"], told["model_said"]) == (rule["id"], "negative")
    assert await read(kept, posts[1]) == posts[1]
    assert await strays(kept.rooms.database, 1) == []
    gone = await withdraw(kept, rule)
    assert (gone["state"], gone["changed"]) == ("withdrawn", 2)
    assert await contents(url, 1) == before
    assert [await read(kept, post) for post in posts] == posts


async def test_other_workspaces_stay_as_they_are_to_the_bit(url: str) -> None:
    async with kept_posts(url, keys=KEYS) as kept:
        await write(kept, SAD, headers=ACME)
        await write(kept, SAD, headers=BETA)
        other = await untouched(url, 3)
        assert len(other) == 1
        answer = await kept.client.post("/v1/analyze", json={"text": SAD}, headers=BETA)
        rule = await put_in_force(kept, NEUTRAL, ACME)
        assert await untouched(url, 3) == other
        again = await kept.client.post("/v1/analyze", json={"text": SAD}, headers=BETA)
        assert _without_cache(again) == _without_cache(answer)
        own = await kept.client.post("/v1/analyze", json={"text": SAD}, headers=ACME)
        assert own.json()["sentiment"]["label"] == "neutral"
        problem(await kept.client.get(f"/v1/rules/{rule['id']}", headers=BETA), "unknown-rule")
        problem(await kept.client.delete(f"/v1/rules/{rule['id']}", headers=BETA), "unknown-rule")
        assert (await kept.client.get("/v1/rules", headers=BETA)).json()["items"] == []
        await withdraw(kept, rule, ACME)
        assert await untouched(url, 3) == other


def _without_cache(response: Any) -> bytes:
    return orjson.dumps({k: v for k, v in response.json().items() if k != "cache"})


async def test_new_answers_follow_a_rule_at_once(kept: KeptPosts) -> None:
    await put_in_force(kept, NEUTRAL)
    [post] = await write(kept, SAD)
    assert post["analysis"]["sentiment"]["label"] == "neutral"
    batch = {"posts": [{"text": SAD, "id": "1"}, {"text": "Sorry."}, {"text": ""}]}
    items = (await kept.client.post("/v1/analyze/batch", json=batch)).json()["items"]
    labels = [item.get("result", {}).get("sentiment", {}).get("label") for item in items]
    assert labels == ["neutral", "negative", None]
    assert items[0]["result"]["id"] == "1"
    lines = await kept.client.post(
        "/v1/analyze/batch", json=batch, headers={"Accept": "application/x-ndjson"}
    )
    by_index = {each["index"]: each for each in map(orjson.loads, lines.content.splitlines())}
    assert by_index[0]["result"]["sentiment"]["label"] == "neutral"
    assert "corrected" not in by_index[1]["result"]["sentiment"]


async def test_an_answer_is_shown_as_it_was_asked_for(kept: KeptPosts) -> None:
    text = "🚀 Berlin met Target in Paris. Target grows."
    asked = {"text": text, "offsets": "utf16", "top_n": 1, "analyses": ["keywords", "entities"]}
    plain = (await kept.client.post("/v1/analyze", json=asked)).json()
    await put_in_force(kept, {"kind": "keyword", "phrases": ["grows"], "value": True})
    await put_in_force(kept, {"kind": "entity", "phrases": ["Target"], "value": "ORG"})
    answer = (await kept.client.post("/v1/analyze", json=asked)).json()
    assert answer.keys() == plain.keys()
    [item] = answer["keywords"]["items"]
    units = text.encode("utf-16-le")
    assert units[2 * item["start"] : 2 * item["end"]].decode("utf-16-le") == "grows"
    untouched_text = {"text": "Nothing of this.", "top_n": 3}
    before = await kept.client.post("/v1/analyze", json=untouched_text)
    for rule in (await kept.client.get("/v1/rules")).json()["items"]:
        await withdraw(kept, rule)
    after = await kept.client.post("/v1/analyze", json=untouched_text)
    assert _without_cache(after) == _without_cache(before)
    assert "corrected" not in (await kept.client.post("/v1/analyze", json=asked)).text


async def test_another_replica_follows_within_a_second(url: str) -> None:
    async with kept_posts(url) as one, kept_posts(url) as other:
        await put_in_force(one, NEUTRAL)
        [post] = await write(other, SAD)  # what is written follows at once
        assert post["analysis"]["sentiment"]["label"] == "neutral"
        async with asyncio.timeout(5):
            while True:
                answer = (await other.client.post("/v1/analyze", json={"text": SAD})).json()
                if answer["sentiment"]["label"] == "neutral":
                    break
                await asyncio.sleep(0.05)


async def test_posts_that_are_written_meanwhile_follow_too(url: str) -> None:
    """Writers on two replicas, rules that come and go: in the end each post is as it should be."""
    async with kept_posts(url) as one, kept_posts(url) as other:

        async def keep_writing(kept: KeptPosts) -> None:
            for number in range(15):
                posts = await write(kept, f"Sorry, War Zone {number}.", f"Sorry, Target {number}.")
                patch = {"text": f"Sorry, Target and War Zone {number}."}
                await kept.client.patch(f"/v1/posts/{posts[0]['id']}", json=patch)

        async def keep_changing_rules() -> None:
            made = []
            for number, word in enumerate(("War Zone", "Target", "Sorry", "Zone", "and War")):
                rule = {
                    "kind": "sentiment",
                    "phrases": [word],
                    "value": ("neutral", "positive")[number % 2],
                }
                response = await one.client.post("/v1/rules", json=rule)
                made.append(response.json()["id"])
                await asyncio.sleep(0.03)
            for rule_id in made[::2]:
                await other.client.delete(f"/v1/rules/{rule_id}")
                await asyncio.sleep(0.03)

        await asyncio.gather(keep_writing(one), keep_writing(other), keep_changing_rules())
        for rule in (await one.client.get("/v1/rules")).json()["items"]:
            await ended(one, rule["id"])
        assert await strays(one.rooms.database, 1) == []


async def test_what_rules_say_of_items_is_applied_backwards_too(kept: KeptPosts, url: str) -> None:
    await write(kept, "Anna met Shell in Berlin.", "shell Shell.com", "The L’Oréal Team.")
    before = await contents(url, 1)
    rules: list[dict[str, Any]] = [
        {"kind": "entity", "phrases": ["Shell"], "value": None},
        {"kind": "entity", "phrases": ["L'Oréal"], "value": "BRAND"},
        {"kind": "keyword", "phrases": ["Berlin", "L'Oréal Team"], "value": False},
        {"kind": "keyword", "phrases": ["met"], "value": True},
    ]
    made = []
    for rule in rules:
        preview = (await kept.client.post("/v1/rules:preview", json=rule)).json()
        made.append(await put_in_force(kept, rule))
        assert preview["changed"] == {"value": made[-1]["changed"], "exact": True}
        assert await strays(kept.rooms.database, 1) == []
    assert made[0]["changed"] == 2
    for rule in made:
        await withdraw(kept, rule)
        assert await strays(kept.rooms.database, 1) == []
    assert await contents(url, 1) == before


async def test_a_phrase_of_stop_words_is_found_by_looking_through(kept: KeptPosts) -> None:
    """No index has "the who", and in English none has "us"."""
    posts = await write(kept, "Sorry, The Who left the US.", "Sorry, us too.", "Sorry for it.")
    rule = {"kind": "entity", "phrases": ["US", "The Who"], "value": "BAND"}
    assert (await put_in_force(kept, rule))["changed"] == 1
    names = [each["text"] for each in (await read(kept, posts[0]))["analysis"]["entities"]["items"]]
    assert {"US", "The Who"} <= set(names)
    assert await strays(kept.rooms.database, 1) == []


async def test_a_preview_shows_examples_and_looks_at_no_more_than_it_says(
    kept: KeptPosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(kept, *(f"Sorry about War Zone {number}." for number in range(12)))
    monkeypatch.setattr("serve_app.corrections.preview.MAX_COUNTED", 10)
    monkeypatch.setattr("serve_app.corrections.preview.MAX_LOOKED_AT", 5)
    monkeypatch.setattr("serve_app.corrections.preview._PAGE_POSTS", 5)
    preview = (await kept.client.post("/v1/rules:preview?examples=2", json=NEUTRAL)).json()
    assert preview["candidates"] == {"value": 10, "exact": False}
    assert preview["looked_at"] == 5
    assert preview["changed"] == {"value": 5, "exact": False}
    assert preview["flips"] == [
        {"field": "label", "from": "negative", "to": "neutral", "posts": 5},
        {"field": "sentence", "from": "negative", "to": "neutral", "posts": 5},
    ]
    assert len(preview["examples"]) == 2
    example = preview["examples"][0]
    assert example["excerpt"] == "Sorry about War Zone 11."
    assert example["excerpt"][example["start"] : example["end"]] == "War Zone"


SORRY = "Sorry, Target."
PROUD = "Proud of War Zone and Target in Berlin."


async def test_trends_and_filters_follow(kept: KeptPosts) -> None:
    async def changed_by_each() -> list[list[str]]:
        found = [await _found(kept, f"sort=time&rule={rule['id']}") for rule in made]
        return [[post["text"] for post in posts] for posts in found]

    await write(kept, SAD, SORRY, author="anna", tags=["launch"])
    await write(kept, PROUD, "Later.")
    made = [
        await put_in_force(kept, rule)
        for rule in (
            NEUTRAL,
            {"kind": "entity", "phrases": ["Target"], "value": "BRAND"},
            {"kind": "keyword", "phrases": ["Berlin"], "value": False},
        )
    ]
    await _hold_trends_to_posts(kept)
    assert len(await _found(kept, "entity=target:BRAND")) == 2
    assert await _found(kept, "keyword=berlin") == []
    assert len(await _found(kept, "has=corrected&sentiment=neutral")) == 2
    assert len(await _found(kept, "has_not=corrected")) == 1
    assert await changed_by_each() == [[SAD, PROUD], [SORRY, PROUD], [SAD, PROUD]]
    assert len(await _found(kept, f"rule={made[1]['id']}&entity=berlin")) == 1
    assert await _found(kept, f"rule={uuid4()}") == []
    for rule in made:
        await withdraw(kept, rule)
    await _hold_trends_to_posts(kept)
    assert await _found(kept, "has=corrected") == []
    assert await changed_by_each() == [[], [], []]
    assert len(await _found(kept, "keyword=berlin")) == 2


async def _found(kept: KeptPosts, query: str) -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = (await kept.client.get(f"/v1/posts?{query}")).json()["items"]
    return posts


async def _hold_trends_to_posts(kept: KeptPosts) -> None:
    posts = [
        CountedPost(
            datetime.fromisoformat(post["published_at"]),
            post["author"],
            tuple(post["tags"]),
            {name: part for name, part in post["analysis"].items() if name != "digest"},
        )
        for post in await _found(kept, "limit=200")
    ]
    assert await stored(kept.rooms.database, 1) == recomputed(posts)


async def test_rules_that_contradict_each_other_are_refused(kept: KeptPosts) -> None:
    rule = await put_in_force(kept, {"kind": "entity", "phrases": ["Target"], "value": "ORG"})
    other = {"kind": "entity", "phrases": ["Shell", "target"], "value": None, "match_case": False}
    for path in ("/v1/rules", "/v1/rules:preview"):
        refused = problem(await kept.client.post(path, json=other), "contradicting-rule")
        assert rule["id"] in refused["detail"]
        assert refused["pointer"] == "/phrases/1"
    for fine in (
        {"kind": "entity", "phrases": ["target"], "value": None},  # another word, by its case
        {"kind": "keyword", "phrases": ["Target"], "value": False},
        {"kind": "entity", "phrases": ["Target"], "value": "ORG", "author": "anna"},
    ):
        await put_in_force(kept, fine)
    await withdraw(kept, rule)
    [german] = [{"kind": "entity", "phrases": ["Ziel"], "value": "ORG", "language": "de"}]
    await put_in_force(kept, german)
    await put_in_force(kept, german | {"value": "LOC", "language": "en"})


async def test_of_two_contradicting_rules_at_one_time_one_is_refused(url: str) -> None:
    async with kept_posts(url) as one, kept_posts(url) as other:
        statuses = await asyncio.gather(
            *(
                kept.client.post("/v1/rules", json=NEUTRAL | {"value": value})
                for kept, value in ((one, "neutral"), (other, "positive"))
            )
        )
        assert sorted(response.status_code for response in statuses) == [201, 409]


@pytest.mark.parametrize(
    ("change", "slug", "pointer"),
    [
        ({"kind": "mood"}, "unknown-value", "/kind"),
        ({"kind": 1}, "unknown-value", "/kind"),
        ({"phrases": []}, "out-of-range", "/phrases"),
        ({"phrases": [""]}, "out-of-range", "/phrases/0"),
        ({"phrases": ["x" * (MAX_PHRASE_CHARACTERS + 1)]}, "out-of-range", "/phrases/0"),
        ({"phrases": [f"x{n}" for n in range(MAX_RULE_PHRASES + 1)]}, "out-of-range", "/phrases"),
        ({"phrases": ["ok", "!?"]}, "unsearchable-phrase", "/phrases/1"),
        ({"phrases": [" War Zone"]}, "unsearchable-phrase", "/phrases/0"),
        ({"phrases": ["War\tZone"]}, "unsearchable-phrase", "/phrases/0"),
        ({"phrases": [1]}, "wrong-type", "/phrases/0"),
        ({"value": "sad"}, "unknown-value", "/value"),
        ({"value": None}, "unknown-value", "/value"),
        ({"match_case": 1}, "wrong-type", "/match_case"),
        ({"tag": ""}, "out-of-range", "/tag"),
        ({"author": "a\u0000b"}, "nul-character", "/author"),
        ({"phrase": "x"}, "unknown-field", "/phrase"),
    ],
)
async def test_what_is_no_rule_is_refused(
    kept: KeptPosts, change: dict[str, Any], slug: str, pointer: str
) -> None:
    refused = problem(await kept.client.post("/v1/rules", json=NEUTRAL | change), slug)
    assert refused["pointer"] == pointer


async def test_the_edges_of_what_a_rule_may_have(kept: KeptPosts) -> None:
    longest = ["x" * MAX_PHRASE_CHARACTERS, *(f"x{n}" for n in range(MAX_RULE_PHRASES - 1))]
    rule = await put_in_force(kept, NEUTRAL | {"phrases": longest})
    assert len(rule["phrases"]) == MAX_RULE_PHRASES
    words = [" ".join(["so"] * count) for count in range(1, MAX_NESTED + 1)]
    await put_in_force(kept, NEUTRAL | {"phrases": words})
    one_more = NEUTRAL | {"phrases": [" ".join(["so"] * (MAX_NESTED + 1))]}
    problem(await kept.client.post("/v1/rules", json=one_more), "too-many-rules")


async def test_the_edges_of_what_a_workspace_may_have(kept: KeptPosts) -> None:
    database = kept.rooms.database
    insert = (
        "INSERT INTO rules (workspace, id, created_at, kind, phrases, value, match_case, state) "
        "SELECT 1, gen_random_uuid(), now(), 'keyword', array_agg('word ' || n || ' ' || r), "
        "'true', false, 'in_force' FROM generate_series(1, $1) r, generate_series(1, $2) n "
        "GROUP BY r"
    )
    async with database.transaction(1) as connection:
        await connection.execute("SELECT next_rule_version(1)")
        await connection.execute(insert, MAX_RULES - 1, 1)
    rule = await put_in_force(kept, NEUTRAL)
    other = NEUTRAL | {"phrases": ["other"]}
    problem(await kept.client.post("/v1/rules", json=other), "too-many-rules")
    await withdraw(kept, rule)
    await put_in_force(kept, other)
    async with database.transaction(1) as connection:
        await connection.execute("DELETE FROM rules WHERE workspace = 1")
        await connection.execute(insert, 1, MAX_PHRASES - 1)
    problem(
        await kept.client.post("/v1/rules", json=NEUTRAL | {"phrases": ["a1", "b1"]}),
        "too-many-rules",
    )
    await put_in_force(kept, NEUTRAL)


async def test_rules_are_listed_page_by_page(kept: KeptPosts) -> None:
    made = [
        (await put_in_force(kept, NEUTRAL | {"phrases": [f"phrase {n}"]}))["id"] for n in range(5)
    ]
    await withdraw(kept, {"id": made[0]})
    listed: list[str] = []
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        query = f"?limit=2{page['next_cursor'] and '&cursor=' + page['next_cursor']}"
        page = (await kept.client.get(f"/v1/rules{query}")).json()
        listed += [rule["id"] for rule in page["items"]]
    assert listed == made[::-1]
    withdrawn = (await kept.client.get("/v1/rules?state=withdrawn")).json()["items"]
    assert [rule["id"] for rule in withdrawn] == made[:1]
    for query in ("limit=0", "limit=201", "cursor=x", "state=new"):
        assert (await kept.client.get(f"/v1/rules?{query}")).status_code == 422
    problem(await kept.client.get("/v1/rules/x"), "unknown-rule")
    problem(await kept.client.delete("/v1/rules/x"), "unknown-rule")
    again = await kept.client.delete(f"/v1/rules/{made[0]}")
    assert again.json()["state"] == "withdrawn"


async def test_a_deleted_workspace_leaves_no_rules(url: str) -> None:
    async with kept_posts(url, keys=KEYS) as kept:
        await write(kept, SAD, headers=ACME)
        await put_in_force(kept, NEUTRAL, ACME)
        assert (await kept.client.delete("/v1/workspace", headers=ACME)).status_code == 204
        async with kept.rooms.database.transaction(None) as connection:
            for table in ("rules", "rule_versions", "corrections"):
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
        assert (await kept.client.get("/v1/rules", headers=ACME)).json()["items"] == []
