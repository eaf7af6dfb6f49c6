"""A batch as lines: each post as soon as it is done, refused ones in their place."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import orjson
import pytest

from deployments.text.document import digest
from serve_app.api.application import build_api
from serve_app.pending_post import Answer
from serve_app.problems import PROBLEM_TYPES
from serve_app.request.post import PostRequest
from serve_app.service import Turns
from tests.services.asgi_client import POST, client_of
from tests.services.rule_service import RuleService

LINES = {"Accept": "application/x-ndjson"}


def batch(count: int) -> dict[str, Any]:
    posts = [{"text": f"{POST} Number {n}.", "id": str(n)} for n in range(count)]
    return {"posts": posts}


async def streamed(service: RuleService, body: dict[str, Any]) -> list[dict[str, Any]]:
    async with client_of(build_api(service)) as client:
        response = await client.post("/v1/analyze/batch", json=body, headers=LINES)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [orjson.loads(line) for line in response.content.splitlines()]


async def test_every_post_has_its_line() -> None:
    lines = await streamed(RuleService(), batch(60))
    assert sorted(line["index"] for line in lines) == list(range(60))
    for line in lines:
        assert line["status"] == "ok"
        assert line["id"] == str(line["index"])
        assert line["result"]["digest"] == digest(f"{POST} Number {line['index']}.")


async def test_a_line_is_the_item_of_the_whole_answer() -> None:
    service = RuleService()
    body = {"posts": [{"text": POST}, {"text": " "}]}
    async with client_of(build_api(service)) as client:
        whole = (await client.post("/v1/analyze/batch", json=body)).json()["items"]
    for line in await streamed(service, body):
        item = whole[line.pop("index")]
        for each in (item, line):
            each.get("error", {}).pop("request_id", None)
            each.get("result", {}).pop("cache", None)
        assert line == item


class OneSlow(RuleService):
    """Does not answer the first posts before it has answered the last ones."""

    def __init__(self) -> None:
        super().__init__()
        self.last = asyncio.Event()

    async def analyze_in_turn(self, posts: Sequence[PostRequest], turns: Turns) -> list[Answer]:
        if posts[0].id == "0":
            await self.last.wait()
        answers = await super().analyze_in_turn(posts, turns)
        if posts[-1].id == "59":
            self.last.set()
        return answers


async def test_a_slow_post_does_not_hold_up_the_others() -> None:
    lines = await streamed(OneSlow(), batch(60))
    order = [line["index"] for line in lines]
    assert order.index(59) < order.index(0)


async def test_a_failure_is_said_in_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(posts: Sequence[PostRequest], turns: Turns) -> None:
        raise RuntimeError("bug")

    service = RuleService()
    monkeypatch.setattr(service, "analyze_in_turn", fail)
    lines = await streamed(service, {"posts": [{"text": POST, "id": "a"}, {"text": " "}]})
    first, second = sorted(lines, key=lambda line: line["index"])
    assert (first["status"], first["id"]) == ("error", "a")
    assert first["error"]["type"] == "/problems/internal"
    assert "bug" not in orjson.dumps(first).decode()
    assert second["error"]["type"] == "/problems/blank-text"


@pytest.mark.parametrize(
    "accept",
    [
        "application/x-ndjson",
        "Application/X-NDJSON ; Q=0.5",
        "application/x-ndjson, */*",
        "application/json, application/x-ndjson",
        "application/json;q=0.5, application/x-ndjson;q=0.6",
        "application/*;q=0.2, application/x-ndjson;q=0.3, */*",
        'text/html;note="a,b;q=0", application/x-ndjson',
        "application/x-ndjson;charset=utf-8",
    ],
)
async def test_who_prefers_lines_gets_them(accept: str) -> None:
    async with client_of(build_api(RuleService())) as client:
        response = await client.post("/v1/analyze/batch", json=batch(2), headers={"Accept": accept})
    assert response.headers["content-type"].startswith("application/x-ndjson")
    assert len(response.text.splitlines()) == 2


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "*/*",
        "text/html, */*;q=0.8",
        "application/*",
        "application/x-ndjson;q=0",
        "application/x-ndjson;q=0.000, */*",
        "application/x-ndjson ; q=0.4, application/json;q=0.9",
        "application/x-ndjson;q=0.4, */*;q=0.9",
        "application/x-ndjson;q=much",
        "application/x-ndjson;q=1.5",
        "application/x-ndjsonx",
        'text/html;note="application/x-ndjson, application/x-ndjson"',
        "",
        ",;,q=",
    ],
)
async def test_only_who_prefers_lines_gets_them(accept: str) -> None:
    async with client_of(build_api(RuleService())) as client:
        response = await client.post("/v1/analyze/batch", json=batch(2), headers={"Accept": accept})
    assert response.headers["content-type"] == "application/json"
    assert len(response.json()["items"]) == 2


async def test_what_is_wrong_with_the_whole_is_refused_before_any_line() -> None:
    async with client_of(build_api(RuleService())) as client:
        response: httpx.Response = await client.post(
            "/v1/analyze/batch", json={"posts": []}, headers=LINES
        )
    assert response.status_code == PROBLEM_TYPES["empty-list"].status
    assert response.json()["type"] == "/problems/empty-list"
