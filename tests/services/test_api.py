"""What the API answers and refuses, over an in-memory service; every byte goes through ASGI."""

import logging

import httpx
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deployments.results import ANALYSES, Status
from deployments.text.document import digest
from serve_app.api.application import build_api
from serve_app.errors import NotReady, Overloaded
from serve_app.request.post import MAX_BODY_BYTES
from tests.services.asgi_client import MEMBERS, POST, client_of, problem, scope
from tests.services.memory_backend import MemoryBackend


@pytest.fixture
def backend():
    return MemoryBackend()


@pytest.fixture
async def client(backend):
    async with client_of(build_api(lambda: backend)) as client:
        yield client


async def test_a_post_is_answered_with_all_five_sections(client):
    response = await client.post("/v1/analyze", json={"text": POST, "id": "p1"})
    answer = response.json()
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert (answer["id"], answer["digest"], answer["cache"]) == ("p1", digest(POST), "miss")
    assert [answer[name]["status"] for name in ANALYSES] == ["ok"] * 5
    [tag] = answer["signals"]["hashtags"]
    assert POST[tag["start"] : tag["end"]] == tag["text"] == "#hiring"


async def test_the_options_reach_the_service(client):
    options = {"analyses": ["keywords"], "offsets": "utf16", "top_n": 2}
    answer = (await client.post("/v1/analyze", json={"text": POST, **options})).json()
    assert set(ANALYSES) & answer.keys() == {"keywords"}
    assert len(answer["keywords"]["items"]) == 2
    [tag] = answer["signals"]["hashtags"]
    surface = POST.encode("utf-16-le")[tag["start"] * 2 : tag["end"] * 2].decode("utf-16-le")
    assert surface == "#hiring"


async def test_a_batch_answers_the_good_and_refuses_the_bad_in_place(client):
    posts = [{"text": POST, "id": "a"}, {"text": " ", "id": "b"}, {"text": "Sorry.", "id": "c"}]
    response = await client.post("/v1/analyze/batch", json={"posts": posts})
    first, second, third = response.json()["items"]
    assert response.status_code == 200
    assert (first["status"], first["id"], first["result"]["id"]) == ("ok", "a", "a")
    assert (third["status"], third["result"]["digest"]) == ("ok", digest("Sorry."))
    assert (second["status"], second["id"]) == ("error", "b")
    assert second["error"].keys() == MEMBERS
    assert second["error"]["pointer"] == "/posts/1/text"
    assert second["error"]["request_id"] == response.headers["x-request-id"]


async def test_a_batch_of_bad_posts_asks_nothing_of_the_service(client, backend):
    backend.failure = AssertionError("nothing is to be analysed")
    response = await client.post("/v1/analyze/batch", json={"posts": [{"text": ""}, 5]})
    assert [item["status"] for item in response.json()["items"]] == ["error", "error"]


async def test_what_was_analysed_is_found_by_its_digest(client):
    await client.post("/v1/analyze", json={"text": POST})
    for key in (digest(POST), digest(POST).upper()):
        answer = (await client.get(f"/v1/analyses/{key}")).json()
        assert answer["digest"] == digest(POST)
        assert answer["cache"] == "hit"


async def test_a_digest_that_is_unknown_or_none(client):
    problem(await client.get(f"/v1/analyses/{'0' * 64}"), "unknown-analysis-digest")
    problem(await client.get("/v1/analyses/abc"), "invalid-digest")
    problem(await client.get(f"/v1/analyses/{'g' * 64}"), "invalid-digest")


async def test_without_its_store_the_service_says_when_to_come_again(client, backend):
    backend.store_is_up = False
    response = await client.get(f"/v1/analyses/{'0' * 64}")
    content = problem(response, "store-unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert "refused" not in content["detail"]  # the cause is for the log
    assert (await client.post("/v1/analyze", json={"text": POST})).status_code == 200


@pytest.mark.parametrize(
    ("error", "slug"), [(Overloaded("full"), "overloaded"), (NotReady("soon"), "not-ready")]
)
async def test_what_passes_says_when_to_come_again(client, backend, error, slug):
    backend.failure = error
    response = await client.post("/v1/analyze", json={"text": POST})
    problem(response, slug)
    assert int(response.headers["retry-after"]) > 0


async def test_an_unexpected_failure_is_logged_and_not_shown(client, backend, caplog):
    backend.failure = ValueError("the password is 1234")
    with caplog.at_level(logging.ERROR):
        response = await client.post("/v1/analyze", json={"text": POST})
    problem(response, "internal")
    assert "1234" not in response.text
    assert "1234" in caplog.text


async def test_health(client, backend):
    assert (await client.get("/v1/health/live")).json() == {"status": "live"}
    ready = await client.get("/v1/health/ready")
    assert ready.json() == {"status": "ready", "analyses": dict.fromkeys(ANALYSES, "ok")}
    backend.statuses["tone"] = Status.TIMEOUT
    waiting = await client.get("/v1/health/ready")
    content = problem(waiting, "not-ready")
    assert content["analyses"]["tone"] == "timeout"
    assert "tone (timeout)" in content["detail"]
    assert (await client.get("/v1/health/live")).status_code == 200


async def test_metrics_are_prometheus_text(client):
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "posts 0" in response.text


async def test_before_the_service_has_started(client):
    def starting():
        raise NotReady("starting")

    async with client_of(build_api(starting)) as early:
        assert (await early.get("/v1/health/live")).status_code == 200
        assert (await early.get("/openapi.json")).status_code == 200
        for path in ("/v1/health/ready", "/metrics"):
            problem(await early.get(path), "not-ready")
        problem(await early.post("/v1/analyze", json={"text": POST}), "not-ready")


@pytest.mark.parametrize(
    "media_type",
    [
        None,
        "application/json",
        "Application/JSON; charset=UTF-8",
        'application/json;charset="utf-8"',
    ],
)
async def test_json_is_taken_under_these_names(client, media_type):
    headers = {"Content-Type": media_type} if media_type else {}
    response = await client.post("/v1/analyze", content=b'{"text":"A"}', headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_other_media_types_are_refused(client, headers):
    response = await client.post("/v1/analyze", content=b'{"text":"A"}', headers=headers)
    problem(response, "wrong-media-type")


async def test_a_body_announced_as_too_large_is_not_read(client):
    class Unread(httpx.AsyncByteStream):
        async def __aiter__(self):
            raise AssertionError("read")
            yield b""

    for size in (str(MAX_BODY_BYTES + 1), "9" * 5000):
        request = httpx.Request(
            "POST", "http://service/v1/analyze", headers={"Content-Length": size}, stream=Unread()
        )
        problem(await client.send(request), "body-too-large")


async def test_a_body_that_grows_too_large_is_read_no_further(client):
    sent = []

    async def chunks():
        for _ in range(100):
            sent.append(1)
            yield b" " * 2**20

    problem(await client.post("/v1/analyze/batch", content=chunks()), "body-too-large")
    assert len(sent) <= MAX_BODY_BYTES // 2**20 + 2


async def test_a_body_at_the_limit_is_read(client):
    body = b'{"text":"A"}'.ljust(MAX_BODY_BYTES)
    assert (await client.post("/v1/analyze", content=body)).status_code == 200


@pytest.mark.parametrize(
    ("path", "near"), [("/v1/analyse", "/v1/analyze"), ("/v1/analyze/", "/v1/analyze")]
)
async def test_a_path_that_is_nearly_right(client, path, near):
    assert near in problem(await client.get(path), "not-found")["fix"]


async def test_a_path_of_kilobytes_is_not_repeated(client):
    assert len(problem(await client.get("/" + "x" * 9_000), "not-found")["detail"]) < 200


ANY_BODY = st.binary(max_size=200) | st.dictionaries(
    st.sampled_from(["text", "id", "analyses", "offsets", "top_n", "timeout_ms", "posts"]),
    st.none() | st.integers() | st.text() | st.lists(st.text() | st.sampled_from(ANALYSES)),
).map(lambda value: orjson.dumps(value, default=str) if _fits(value) else b"")


def _fits(value):
    try:
        orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return False
    return True


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["/v1/analyze", "/v1/analyze/batch"]),
    ANY_BODY,
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)
@example("/v1/analyze", b'{"\\ud800":1}', "x")
@example("/v1/analyze/batch", b'{"posts":[{"id":"\\udfff","\\ud800":1}]}', "x")
async def test_nothing_that_is_sent_makes_the_service_fail(path, body, header):
    async with client_of(build_api(MemoryBackend)) as client:
        response = await client.post(path, content=body, headers={"X-Request-Id": header})
    assert response.status_code < 500
    if response.status_code != 200:
        problem(response, response.json()["type"].removeprefix("/problems/"))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["GET", "POST", "PUT", "HEAD", "X"]), st.text(max_size=40))
async def test_no_path_makes_the_service_fail(method, path):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    await build_api(MemoryBackend)(scope(method, f"/{path}"), receive, send)
    assert sent[0]["status"] < 500
