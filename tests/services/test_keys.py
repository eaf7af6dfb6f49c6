"""API keys: what they allow, how they begin and end, that nothing of them is kept or told."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from serve_app.api.application import build_api
from serve_app.keys.keys import MAX_KEYS
from serve_app.rooms import resources
from tests.services.asgi_client import client_of, problem
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts

ADMIN = {"Authorization": "Bearer root"}
POST = {"text": "Thank you all for coming!"}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """The URL of a database without keys."""
    async with empty_database(database_url) as url:
        yield url


@pytest.fixture
async def kept(database: str) -> AsyncIterator[KeptPosts]:
    """A service whose environment has a key of the workspace acme."""
    async with kept_posts(database, keys=["acme:root"]) as kept:
        await kept.rooms.key_ring.refresh()
        yield kept


async def made(client: httpx.AsyncClient, **content: Any) -> dict[str, Any]:
    """A key as it is answered when it is made, good from now on."""
    response = await client.post("/v1/keys", json={"name": "k", **content}, headers=ADMIN)
    assert response.status_code == 201, response.text
    key: dict[str, Any] = response.json()
    await until_known(client, key["key"])
    return key


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def until_known(client: httpx.AsyncClient, token: str, *, known: bool = True) -> None:
    """Wait, a second at most, until a key is one of the service's, or is not."""
    async with asyncio.timeout(1):
        while True:
            response = await client.get("/v1/posts", headers=bearer(token))
            if (response.status_code != 401) is known:
                return
            await asyncio.sleep(0.01)


async def test_a_key_works_in_the_workspace_that_made_it(kept: KeptPosts) -> None:
    key = await made(kept.client)
    created = await kept.client.post("/v1/posts", json=POST, headers=bearer(key["key"]))
    seen = await kept.client.get(f"/v1/posts/{created.json()['id']}", headers=ADMIN)
    assert seen.json()["text"] == POST["text"]


async def test_a_key_is_good_at_once_where_it_was_made(kept: KeptPosts) -> None:
    for _ in range(20):
        key = (await kept.client.post("/v1/keys", json={"name": "k"}, headers=ADMIN)).json()
        answer = await kept.client.get("/v1/posts", headers=bearer(key["key"]))
        assert answer.status_code == 200
        await kept.client.delete(f"/v1/keys/{key['id']}", headers=ADMIN)
        problem(await kept.client.get("/v1/posts", headers=bearer(key["key"])), "unauthorized")


async def test_a_key_is_kept_and_shown_as_no_more_than_its_beginning(
    kept: KeptPosts, database: str
) -> None:
    key = await made(kept.client)
    token = key["key"]
    assert re.fullmatch(r"plk_[A-Za-z0-9_-]{43}", token)
    assert key["hint"] == token[:10]
    listed = (await kept.client.get("/v1/keys", headers=ADMIN)).text
    read = (await kept.client.get(f"/v1/keys/{key['id']}", headers=ADMIN)).text
    connection = await asyncpg.connect(database)
    rows = await connection.fetch("SELECT * FROM api_keys")
    await connection.close()
    assert token[10:] not in listed + read + repr([dict(row) for row in rows])


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("analyze", "POST", "/v1/analyze", POST),
        ("analyze", "POST", "/v1/analyze/batch", {"posts": [POST]}),
        ("posts:read", "GET", "/v1/posts", None),
        ("posts:read", "HEAD", "/v1/posts", None),
        ("posts:read", "GET", "/v1/workspace", None),
        ("posts:read", "GET", "/v1/webhooks", None),
        ("posts:write", "POST", "/v1/posts", POST),
        ("posts:write", "DELETE", "/v1/authors/anna", None),
        ("admin", "GET", "/v1/keys", None),
        ("admin", "PATCH", "/v1/workspace", {"retention_days": 30}),
    ],
)
async def test_a_route_asks_for_its_scope_and_no_other(
    kept: KeptPosts, scope: str, method: str, path: str, body: Any
) -> None:
    scopes = ["analyze", "posts:read", "posts:write", "jobs", "admin"]
    right = bearer((await made(kept.client, scopes=[scope]))["key"])
    others = [s for s in scopes if s != scope]
    wrong = bearer((await made(kept.client, scopes=others))["key"])
    assert (await kept.client.request(method, path, json=body, headers=right)).is_success
    refused = await kept.client.request(method, path, json=body, headers=wrong)
    assert refused.status_code == 403
    assert f'scope="{scope}"' in refused.headers["WWW-Authenticate"]
    if method != "HEAD":
        answer = problem(refused, "forbidden")
        assert answer["detail"].startswith(f"The API key does not have the scope '{scope}'")


async def test_a_revoked_key_is_refused_by_every_replica_within_a_second(
    kept: KeptPosts, database: str
) -> None:
    async with kept_posts(database, keys=["acme:root"]) as other:
        key = await made(kept.client)
        await until_known(other.client, key["key"])
        revoked = await kept.client.delete(f"/v1/keys/{key['id']}", headers=ADMIN)
        for client in (kept.client, other.client):
            await until_known(client, key["key"], known=False)
    assert not revoked.json()["in_force"]
    again = await kept.client.delete(f"/v1/keys/{key['id']}", headers=ADMIN)
    assert again.json()["revoked_at"] == revoked.json()["revoked_at"]
    rotated = await kept.client.post(f"/v1/keys/{key['id']}:rotate", json={}, headers=ADMIN)
    problem(rotated, "key-ended")


async def test_a_rotated_key_has_a_new_secret_and_the_old_one_for_a_while(kept: KeptPosts) -> None:
    key = await made(kept.client)
    path = f"/v1/keys/{key['id']}:rotate"
    second = (await kept.client.post(path, json={}, headers=ADMIN)).json()
    await until_known(kept.client, second["key"])
    assert (await kept.client.get("/v1/posts", headers=bearer(key["key"]))).status_code == 200
    assert (second["id"], second["previous_until"] is None) == (key["id"], False)
    third = (await kept.client.post(path, json={"overlap_hours": 0}, headers=ADMIN)).json()
    await until_known(kept.client, third["key"])
    for old in (key, second):
        response = await kept.client.get("/v1/posts", headers=bearer(old["key"]))
        problem(response, "unauthorized")


async def test_a_key_ends_by_itself(kept: KeptPosts) -> None:
    key = await made(kept.client, expires_in_days=1 / 86_400)  # a second
    await asyncio.sleep(1)
    problem(await kept.client.get("/v1/posts", headers=bearer(key["key"])), "unauthorized")
    listed = (await kept.client.get("/v1/keys", headers=ADMIN)).json()["items"]
    assert [(item["id"], item["in_force"]) for item in listed] == [(key["id"], False)]


@pytest.mark.parametrize(
    ("content", "slug", "pointer"),
    [
        ({"name": ""}, "out-of-range", "/name"),
        ({"name": "x" * 101}, "out-of-range", "/name"),
        ({"scopes": []}, "out-of-range", "/scopes"),
        ({"scopes": ["everything"]}, "unknown-value", "/scopes/0"),
        ({"expires_in_days": 0}, "out-of-range", "/expires_in_days"),
        ({"expires_in_days": 3_651}, "out-of-range", "/expires_in_days"),
        ({"workspace": "other"}, "forbidden", "/workspace"),
        ({"quota": 1}, "unknown-field", "/quota"),
    ],
)
async def test_what_cannot_be_made_is_refused_with_its_place(
    kept: KeptPosts, content: dict[str, Any], slug: str, pointer: str
) -> None:
    response = await kept.client.post("/v1/keys", json={"name": "k", **content}, headers=ADMIN)
    assert problem(response, slug)["pointer"] == pointer


async def test_limits_hold_at_their_edges(kept: KeptPosts) -> None:
    for content in ({"name": "x" * 100}, {"expires_in_days": 3_650}):
        await made(kept.client, **content)
    for _ in range(MAX_KEYS - 2):
        response = await kept.client.post("/v1/keys", json={"name": "k"}, headers=ADMIN)
        assert response.status_code == 201
    problem(await kept.client.post("/v1/keys", json={"name": "k"}, headers=ADMIN), "limit-reached")
    key = (await kept.client.get("/v1/keys", headers=ADMIN)).json()["items"][0]
    await kept.client.delete(f"/v1/keys/{key['id']}", headers=ADMIN)
    assert (
        await kept.client.post("/v1/keys", json={"name": "k"}, headers=ADMIN)
    ).status_code == 201


async def test_keys_of_other_workspaces_are_not_there(database: str) -> None:
    async with kept_posts(database, keys=["acme:root", "other:theirs"]) as kept:
        key = await made(kept.client)
        theirs = {"Authorization": "Bearer theirs"}
        assert (await kept.client.get("/v1/keys", headers=theirs)).json() == {"items": []}
        path = f"/v1/keys/{key['id']}"
        problem(await kept.client.get(path, headers=theirs), "unknown-key")
        problem(await kept.client.delete(path, headers=theirs), "unknown-key")
        problem(await kept.client.post(f"{path}:rotate", json={}, headers=theirs), "unknown-key")
        assert (await kept.client.get("/v1/posts", headers=bearer(key["key"]))).is_success


async def test_a_workspace_takes_its_keys_with_it(kept: KeptPosts) -> None:
    key = await made(kept.client)
    await kept.client.delete("/v1/workspace", headers=ADMIN)
    await kept.rooms.key_ring.refresh()
    problem(await kept.client.get("/v1/posts", headers=bearer(key["key"])), "unauthorized")


async def test_where_no_key_is_asked_for_one_of_any_workspace_can_be_made(
    database: str,
) -> None:
    async with kept_posts(database) as kept:
        content = {"name": "k", "workspace": "acme"}
        key = (await kept.client.post("/v1/keys", json=content)).json()
        await until_known(kept.client, key["key"])
        answer = await kept.client.get("/v1/workspace", headers=bearer(key["key"]))
        assert answer.json()["name"] == "acme"
        assert (await kept.client.get("/v1/workspace")).json()["name"] == "default"
        problem(await kept.client.get("/v1/posts", headers=bearer("plk_wrong")), "unauthorized")


async def test_a_service_that_requires_keys_is_closed_before_there_are_any(
    database: str,
) -> None:
    async with kept_posts(database) as kept:
        api = build_api(kept.service, require_keys=True, resources=resources(kept.rooms))
        async with client_of(api) as client:
            problem(await client.get("/v1/posts"), "unauthorized")
            problem(await client.post("/v1/analyze", json=POST), "unauthorized")
            assert (await client.get("/v1/health/live")).status_code == 200
