"""Requests to the API without HTTP, as the driver's handle makes them, on a real Postgres."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from serve_app.api import direct_requests
from serve_app.api.application import build_api
from serve_app.api.direct_requests import AnswerBrokeOff, AnswerHead, DirectRequest
from serve_app.errors import InvalidRequest
from serve_app.request.post import MAX_BODY_BYTES
from serve_app.rooms import resources
from serve_app.settings import ApiKey
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts

JSON = (("Content-Type", "application/json"),)


class Handle:
    """Asks a service that has a key, without one."""

    def __init__(self, kept: KeptPosts) -> None:
        self.api = build_api(
            kept.service,
            api_keys=[ApiKey.parse("other:secret")],
            resources=resources(kept.rooms),
            on_request=lambda entry: None,
        )

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        request = DirectRequest(method, path, headers=JSON, body=content, **more)
        status, headers, answer = await direct_requests.answer(self.api, request)
        names = dict(headers)
        assert names["x-request-id"]
        return status, names, json.loads(answer) if answer else None


@pytest.fixture
async def handle(database_url: str) -> AsyncIterator[Handle]:
    async with empty_database(database_url) as url, kept_posts(url) as kept:
        yield Handle(kept)


async def test_every_route_answers_for_the_workspace_that_is_named(handle: Handle) -> None:
    status, headers, post = await handle("POST", "/v1/posts", {"text": "Hi."}, workspace="acme")
    assert (status, post["state"]) == (201, "analysed")
    assert headers["etag"]
    path = f"/v1/posts/{post['id']}"
    assert (await handle("GET", path, workspace="acme"))[2]["text"] == "Hi."
    assert (await handle("GET", path))[2]["type"] == "/problems/unknown-post"
    assert (await handle("GET", "/v1/workspace", workspace="acme"))[2]["name"] == "acme"
    status, _, nothing = await handle("DELETE", path, workspace="acme")
    assert (status, nothing) == (204, None)
    status, _, analysis = await handle("POST", "/v1/analyze", {"text": "Hi."})
    assert (status, analysis["sentiment"]["status"]) == (200, "ok")


async def test_over_http_a_key_is_asked_for_all_the_same(handle: Handle) -> None:
    request = DirectRequest("GET", "/v1/workspace")
    scope = {k: v for k, v in request.scope().items() if not k.startswith("postlens.")}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await handle.api(scope, asyncio.Event().wait, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 401


async def test_a_path_may_hold_anything_and_a_query_be_repeated(handle: Handle) -> None:
    author = "Zoë / 100 % ?x#y"
    await handle("POST", "/v1/posts", {"text": "Hi.", "author": author})
    path = "/v1/authors/Zo%C3%AB%20%2F%20100%20%25%20%3Fx%23y"
    assert (await handle("DELETE", path))[2] == {"deleted": 1}
    scope = DirectRequest("get", path, (("tag", "a&b"), ("tag", "c"))).scope()
    assert scope["query_string"] == b"tag=a%26b&tag=c"
    assert scope["method"] == "GET"


async def test_the_limits_of_bodies_hold(handle: Handle) -> None:
    status, _, problem = await handle("POST", "/v1/posts", {"text": "x" * MAX_BODY_BYTES})
    assert (status, problem["type"]) == (413, "/problems/body-too-large")


@pytest.mark.parametrize("name", ["", "Acme", "-a", "a" * 64, "a b", "default\n"])
async def test_what_cannot_be_a_workspace_is_refused(handle: Handle, name: str) -> None:
    with pytest.raises(InvalidRequest, match="no name of a workspace"):
        await handle("GET", "/v1/workspace", workspace=name)


async def test_a_stream_begins_with_its_head_and_comes_as_it_is_made(handle: Handle) -> None:
    posts = {"posts": [{"text": f"Post {number}."} for number in range(64)]}
    headers = (*JSON, ("Accept", "application/x-ndjson"))
    body = json.dumps(posts).encode()
    request = DirectRequest("POST", "/v1/analyze/batch", headers=headers, body=body)
    head, *parts = [part async for part in direct_requests.stream(handle.api, request)]
    assert isinstance(head, AnswerHead)
    assert head.status == 200
    assert len(parts) > 1
    lines = b"".join(part for part in parts if isinstance(part, bytes)).splitlines()
    assert sorted(json.loads(line)["index"] for line in lines) == list(range(64))


class Counting:
    """Sends a part whenever it is taken, and notes how it ended."""

    def __init__(self, fails_after: int = 10**9) -> None:
        self.sent = 0
        self.ended = ""
        self._fails_after = fails_after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while self.sent < self._fails_after:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                self.sent += 1
            raise OSError("it broke")
        except BaseException as error:
            self.ended = type(error).__name__
            raise


async def test_a_stream_that_nobody_reads_is_not_made() -> None:
    api = Counting()
    stream = direct_requests.stream(api, DirectRequest("GET", "/"))
    for _ in range(3):
        await anext(stream)
    await asyncio.sleep(0.05)
    assert api.sent <= 4
    await stream.aclose()
    assert api.ended == "CancelledError"


async def test_a_stream_that_breaks_off_says_so() -> None:
    stream = direct_requests.stream(Counting(fails_after=2), DirectRequest("GET", "/"))
    with pytest.raises(OSError, match="it broke"):
        _ = [part async for part in stream]


async def test_what_is_done_behind_the_answer_is_done() -> None:
    done: list[str] = []

    async def thorough(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"all"})
        await asyncio.sleep(0.01)
        done.append("logged")

    parts = [part async for part in direct_requests.stream(thorough, DirectRequest("GET", "/"))]
    assert (parts, done) == ([AnswerHead(200, []), b"all"], ["logged"])


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    """Ends without the end of its answer, as a streamed answer does that breaks off."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})


async def test_an_answer_without_its_end_is_not_taken_for_whole() -> None:
    request = DirectRequest("GET", "/")
    with pytest.raises(AnswerBrokeOff):
        await direct_requests.answer(silent, request)
    parts = direct_requests.stream(silent, request)
    assert [await anext(parts), await anext(parts)] == [AnswerHead(200, []), b"half"]
    with pytest.raises(AnswerBrokeOff):
        await anext(parts)
