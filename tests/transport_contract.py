"""What every transport of the client must do, whichever way it reaches the service.

A test class inherits :class:`TransportContract` and gives the fixture ``transport``, and
``unreachable``: a call that finds no service. The service keeps posts.
"""

import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from deployments.results import ANALYSES
from deployments.text.document import digest
from serve_app.client.analyses import Analyses
from serve_app.client.answers import content_of
from serve_app.client.background_loop import BackgroundLoop
from serve_app.client.connection import ServiceConnection
from serve_app.client.errors import RequestRefused, ServiceUnreachable
from serve_app.client.transport import JSON, Answer, Request, Transport
from serve_app.problems import PROBLEM_TYPES

POST = "We are proud to open our office in Lisbon 🎉. Thank you to Ana Prado! #hiring"
_LONE_SURROGATE = "half an emoji \ud83d"


def unique_post() -> str:
    """A post that no service has seen."""
    return f"{POST} {uuid.uuid4().hex}"


async def each_of(parts: list[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def joined(parts: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in parts])


class TransportContract:
    """The cases; a transport is used from one event loop that keeps running."""

    @pytest.fixture
    def loop(self) -> Iterator[BackgroundLoop]:
        loop = BackgroundLoop()
        yield loop
        loop.stop()

    @pytest.fixture
    def analyses(self, transport: Transport) -> Analyses:
        return Analyses(ServiceConnection(transport))

    @pytest.fixture
    def analyze(self, loop: BackgroundLoop, analyses: Analyses) -> Callable[..., dict[str, Any]]:
        return lambda **request: loop.run(analyses.analyze(request))

    @pytest.fixture
    def analyze_many(
        self, loop: BackgroundLoop, analyses: Analyses
    ) -> Callable[..., list[dict[str, Any]]]:
        return lambda *requests: loop.run(analyses.analyze_many(requests))

    @pytest.fixture
    def find(
        self, loop: BackgroundLoop, analyses: Analyses
    ) -> Callable[[str], dict[str, Any] | None]:
        return lambda digest: loop.run(analyses.find(digest))

    @pytest.fixture
    def send(self, loop: BackgroundLoop, transport: Transport) -> Callable[..., Answer]:
        return lambda *parts, **more: loop.run(transport.request(Request(*parts, **more)))

    def test_one_post_has_its_id_its_digest_and_all_sections(
        self, analyze: Callable[..., dict[str, Any]]
    ) -> None:
        text = unique_post()
        answer = analyze(text=text, id="a-1")
        assert (answer["id"], answer["digest"]) == ("a-1", digest(text))
        assert {answer[name]["status"] for name in ANALYSES} == {"ok"}
        assert (answer["cache"], analyze(text=text)["cache"]) == ("miss", "hit")

    def test_options_travel_with_the_post(self, analyze: Callable[..., dict[str, Any]]) -> None:
        answer = analyze(text=POST, analyses=["keywords"], top_n=2, offsets="utf16")
        assert set(ANALYSES) & answer.keys() == {"keywords"}
        assert len(answer["keywords"]["items"]) == 2
        [hashtag] = answer["signals"]["hashtags"]
        assert hashtag["start"] == POST.index("#hiring") + 1  # the emoji is two UTF-16 units

    def test_many_come_back_in_order(
        self, analyze_many: Callable[..., list[dict[str, Any]]]
    ) -> None:
        requests = [{"id": str(n), "text": f"Post number {n} is here."} for n in range(25)]
        items = analyze_many(*requests)
        assert [(item["status"], item["id"]) for item in items] == [
            ("ok", r["id"]) for r in requests
        ]
        assert [i["result"]["digest"] for i in items] == [digest(r["text"]) for r in requests]

    def test_refused_posts_are_in_their_places_with_a_pointer(
        self, analyze_many: Callable[..., list[dict[str, Any]]]
    ) -> None:
        first, blank, misspelt, surrogate, number, last = analyze_many(
            {"id": "a", "text": POST},
            {"id": "b", "text": " "},
            {"id": "c", "txt": "misspelt"},
            {"id": "d", "text": _LONE_SURROGATE},
            {"text": 5},
            {"id": "f", "text": POST},
        )
        assert [i["result"]["id"] for i in (first, last)] == ["a", "f"]
        refused = [blank, misspelt, surrogate, number]
        assert [i.get("id") for i in refused] == ["b", "c", "d", None]
        assert [(i["error"]["type"], i["error"]["pointer"]) for i in refused] == [
            ("/problems/blank-text", "/posts/1/text"),
            ("/problems/unknown-field", "/posts/2/txt"),
            ("/problems/lone-surrogate", "/posts/3/text"),
            ("/problems/wrong-type", "/posts/4/text"),
        ]
        assert all(item["error"]["fix"] for item in refused)

    def test_no_posts_are_no_items(self, analyze_many: Callable[..., list[dict[str, Any]]]) -> None:
        assert analyze_many() == []

    @pytest.mark.parametrize(
        "request_, kind, pointer",
        [
            ({"text": "   "}, "blank-text", "/text"),
            ({"text": _LONE_SURROGATE}, "lone-surrogate", "/text"),
            ({}, "missing-field", ""),
            ({"text": POST, "top_n": 0}, "out-of-range", "/top_n"),
            ({"text": POST, "analyses": ["tone", "mood"]}, "unknown-analysis", "/analyses/1"),
        ],
    )
    def test_a_refused_request_tells_what_where_and_what_to_do(
        self,
        analyze: Callable[..., dict[str, Any]],
        request_: dict[str, Any],
        kind: str,
        pointer: str,
    ) -> None:
        with pytest.raises(RequestRefused) as refused:
            analyze(**request_)
        error = refused.value
        assert (error.type, error.pointer) == (f"/problems/{kind}", pointer)
        assert error.status == PROBLEM_TYPES[kind].status
        assert error.detail
        assert error.fix in str(error)

    def test_an_analysed_text_is_found_by_its_digest_in_any_case(
        self,
        analyze: Callable[..., dict[str, Any]],
        find: Callable[[str], dict[str, Any] | None],
    ) -> None:
        text = unique_post()
        assert find(digest(text)) is None
        answer = analyze(text=text)
        for spelling in (digest(text), digest(text).upper()):
            stored = find(spelling)
            assert stored is not None
            assert stored["digest"] == digest(text)
            assert stored["sentiment"] == answer["sentiment"]

    @pytest.mark.parametrize("malformed", ["abc", "g" * 64, "é" * 64, "0" * 65])
    def test_a_malformed_digest_is_refused(
        self, find: Callable[[str], dict[str, Any] | None], malformed: str
    ) -> None:
        with pytest.raises(RequestRefused, match="64 hexadecimal") as refused:
            find(malformed)
        assert (refused.value.type, refused.value.status) == ("/problems/invalid-digest", 422)

    def test_any_route_answers_with_status_headers_and_body(
        self, send: Callable[..., Answer]
    ) -> None:
        body = json.dumps({"text": unique_post(), "tags": ["a"]}).encode()
        created = send("POST", "/v1/posts", headers=JSON, body=body)
        assert created.status == 201
        post = content_of(created)
        read = send("GET", created.headers["location"])
        assert (content_of(read), read.headers["etag"]) == (post, created.headers["etag"])
        deleted = send("DELETE", f"/v1/posts/{post['id']}", headers={"If-Match": '"99"'})
        assert (deleted.status, json.loads(deleted.body)["type"]) == (
            412,
            "/problems/precondition-failed",
        )
        gone = send("DELETE", f"/v1/posts/{post['id']}")
        assert (gone.status, gone.body, content_of(gone)) == (204, b"", None)

    def test_a_key_makes_a_creation_repeatable(self, send: Callable[..., Answer]) -> None:
        body = json.dumps({"text": unique_post()}).encode()
        headers = JSON | {"Idempotency-Key": uuid.uuid4().hex}
        first, again = (send("POST", "/v1/posts", headers=headers, body=body) for _ in range(2))
        assert content_of(first)["id"] == content_of(again)["id"]

    def test_a_path_and_a_query_may_hold_anything(self, send: Callable[..., Answer]) -> None:
        deleted = send("DELETE", "/v1/authors/Zo%C3%AB%20%2F%20100%20%25%3F%23")
        assert content_of(deleted) == {"deleted": 0}
        unknown = send("GET", "/v1/nothing%20here", query=(("a", "ü&="), ("a", "#")))
        assert "'/v1/nothing here'" in json.loads(unknown.body)["detail"]

    def test_an_answer_comes_in_parts(self, loop: BackgroundLoop, transport: Transport) -> None:
        posts = [{"text": f"Post number {n} is here."} for n in range(40)]
        headers = JSON | {"Accept": "application/x-ndjson"}
        body = json.dumps({"posts": posts}).encode()
        request = Request("POST", "/v1/analyze/batch", headers=headers, body=body)
        lines = loop.run(joined(transport.stream(request))).splitlines()
        assert sorted(json.loads(line)["index"] for line in lines) == list(range(40))

    def test_a_body_goes_in_parts(self, loop: BackgroundLoop, transport: Transport) -> None:
        lines = [json.dumps({"text": unique_post()}).encode() + b"\n" for _ in range(40)]
        headers = {"Content-Type": "application/x-ndjson"}
        request = Request("POST", "/v1/posts:import", headers=headers, parts=each_of(lines))
        *rows, end = loop.run(joined(transport.stream(request))).splitlines()
        assert [json.loads(row)["status"] for row in rows] == [201] * 40
        assert json.loads(end)["imported"] == 40

    def test_a_refused_stream_is_refused(self, loop: BackgroundLoop, transport: Transport) -> None:
        request = Request("GET", f"/v1/posts/{uuid.uuid4()}")
        with pytest.raises(RequestRefused, match="There is no post"):
            loop.run(joined(transport.stream(request)))

    def test_no_service_is_unreachable_with_the_remedy(
        self, loop: BackgroundLoop, unreachable: Callable[[BackgroundLoop], None]
    ) -> None:
        with pytest.raises(ServiceUnreachable, match="postlens serve"):
            unreachable(loop)

    def test_closing_twice_is_closing_once(
        self, loop: BackgroundLoop, transport: Transport
    ) -> None:
        loop.run(transport.close())
        loop.run(transport.close())
