"""What the API answers and refuses, over the real service; every byte goes through ASGI."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from deployments.results import ANALYSES, Status
from deployments.text.document import digest
from serve_app.api.application import build_api
from serve_app.request.post import MAX_BODY_BYTES
from tests.services.asgi_client import MEMBERS, POST, client_of, problem, scope
from tests.services.rule_service import RuleService

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def service() -> RuleService:
    return RuleService()


@pytest.fixture
async def client(service: RuleService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(build_api(service)) as client:
        yield client


async def test_a_post_is_answered_with_all_five_sections(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/analyze", json={"text": POST, "id": "p1"})
    answer = response.json()
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert (answer["id"], answer["digest"], answer["cache"]) == ("p1", digest(POST), "miss")
    assert [answer[name]["status"] for name in ANALYSES] == ["ok"] * 5
    [tag] = answer["signals"]["hashtags"]
    assert POST[tag["start"] : tag["end"]] == tag["text"] == "#hiring"


async def test_the_options_reach_the_service(client: httpx.AsyncClient) -> None:
    options = {"analyses": ["keywords"], "offsets": "utf16", "top_n": 2}
    answer = (await client.post("/v1/analyze", json={"text": POST, **options})).json()
    assert set(ANALYSES) & answer.keys() == {"keywords"}
    assert len(answer["keywords"]["items"]) == 2
    [tag] = answer["signals"]["hashtags"]
    surface = POST.encode("utf-16-le")[tag["start"] * 2 : tag["end"] * 2].decode("utf-16-le")
    assert surface == "#hiring"


async def test_a_batch_answers_the_good_and_refuses_the_bad_in_place(
    client: httpx.AsyncClient,
) -> None:
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


def failing(error: Exception) -> Callable[..., Awaitable[None]]:
    """A method of the service that raises."""

    async def fail(*arguments: object) -> None:
        raise error

    return fail


async def test_a_batch_of_bad_posts_asks_nothing_of_the_service(
    client: httpx.AsyncClient, service: RuleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = failing(AssertionError("nothing is to be analysed"))
    monkeypatch.setattr(service, "analyze_many", failure)
    response = await client.post("/v1/analyze/batch", json={"posts": [{"text": ""}, 5]})
    assert [item["status"] for item in response.json()["items"]] == ["error", "error"]


async def test_what_was_analysed_is_found_by_its_digest(client: httpx.AsyncClient) -> None:
    await client.post("/v1/analyze", json={"text": POST})
    for key in (digest(POST), digest(POST).upper()):
        answer = (await client.get(f"/v1/analyses/{key}")).json()
        assert answer["digest"] == digest(POST)
        assert answer["cache"] == "hit"


async def test_a_digest_that_is_unknown_or_none(client: httpx.AsyncClient) -> None:
    problem(await client.get(f"/v1/analyses/{'0' * 64}"), "unknown-analysis-digest")
    problem(await client.get("/v1/analyses/abc"), "invalid-digest")
    problem(await client.get(f"/v1/analyses/{'g' * 64}"), "invalid-digest")


async def test_without_its_store_the_service_says_when_to_come_again(
    client: httpx.AsyncClient, service: RuleService
) -> None:
    service.store.up = False
    response = await client.get(f"/v1/analyses/{'0' * 64}")
    content = problem(response, "store-unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert "refused" not in content["detail"]  # the cause is for the log
    assert (await client.post("/v1/analyze", json={"text": POST})).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "failing_method"),
    [("POST", "/v1/analyze", "analyze"), ("GET", f"/v1/analyses/{'0' * 64}", "find")],
)
async def test_an_unexpected_failure_is_logged_and_not_shown(
    client: httpx.AsyncClient,
    service: RuleService,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    failing_method: str,
) -> None:
    monkeypatch.setattr(service, failing_method, failing(ValueError("the password is 1234")))
    with caplog.at_level(logging.ERROR):
        response = await client.request(method, path, json={"text": POST})
    problem(response, "internal")
    assert "1234" not in response.text
    assert "1234" in caplog.text


async def test_health(client: httpx.AsyncClient, service: RuleService) -> None:
    assert (await client.get("/v1/health/live")).json() == {"status": "live"}
    ready = await client.get("/v1/health/ready")
    assert ready.json() == {
        "status": "ready",
        "storage": {"down": [], "waiting": 0, "lost": 0},
        "analyses": dict.fromkeys(ANALYSES, "ok"),
    }


async def test_a_server_that_is_down_is_named_and_what_it_cost_is_counted(
    client: httpx.AsyncClient, service: RuleService
) -> None:
    service.store.up = False
    service.store.queued, service.store.dropped = 12, 3
    degraded = await client.get("/v1/health/ready")
    assert degraded.status_code == 200  # posts are answered all the same
    assert degraded.json()["status"] == "degraded"
    assert degraded.json()["storage"] == {"down": ["postgres"], "waiting": 12, "lost": 3}
    service.store.up = True
    again = (await client.get("/v1/health/ready")).json()
    assert (again["status"], again["storage"]["lost"]) == ("ready", 3)


async def test_an_analysis_without_an_answer_makes_the_service_unready(
    client: httpx.AsyncClient, service: RuleService
) -> None:
    service.statuses["tone"] = Status.TIMEOUT
    unready = await client.get("/v1/health/ready")
    content = problem(unready, "not-ready")
    assert int(unready.headers["retry-after"]) > 0
    assert content["analyses"]["tone"] == "timeout"
    assert "tone (timeout)" in content["detail"]
    assert (await client.get("/v1/health/live")).status_code == 200


async def test_metrics_are_prometheus_text(service: RuleService) -> None:
    async def page() -> bytes:
        return b"# TYPE posts gauge\nposts 0\n"

    async with client_of(build_api(service, metrics_page=page)) as client:
        response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "posts 0" in response.text


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "Application/JSON; charset=UTF-8",
        'application/json;charset="utf-8"',
    ],
)
async def test_json_is_taken_under_these_names(client: httpx.AsyncClient, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    response = await client.post("/v1/analyze", content=b'{"text":"A"}', headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": ""},
        {},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
    ],
)
async def test_other_media_types_are_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post("/v1/analyze", content=b'{"text":"A"}', headers=headers)
    problem(response, "wrong-media-type")


async def test_a_body_announced_as_too_large_is_not_read(client: httpx.AsyncClient) -> None:
    class Unread(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            raise AssertionError("read")
            yield b""

    for size in (str(MAX_BODY_BYTES + 1), "9" * 5000):
        request = httpx.Request(
            "POST",
            "http://service/v1/analyze",
            headers=JSON | {"Content-Length": size},
            stream=Unread(),
        )
        problem(await client.send(request), "body-too-large")


async def test_a_body_that_grows_too_large_is_read_no_further(client: httpx.AsyncClient) -> None:
    sent: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            sent.append(1)
            yield b" " * 2**20

    problem(
        await client.post("/v1/analyze/batch", content=chunks(), headers=JSON), "body-too-large"
    )
    assert len(sent) <= MAX_BODY_BYTES // 2**20 + 2


async def test_a_body_at_the_limit_is_read(client: httpx.AsyncClient) -> None:
    body = b'{"text":"A"}'.ljust(MAX_BODY_BYTES)
    assert (await client.post("/v1/analyze", content=body, headers=JSON)).status_code == 200


@pytest.mark.parametrize(
    ("path", "near"), [("/v1/analyse", "/v1/analyze"), ("/v1/analyze/", "/v1/analyze")]
)
async def test_a_path_that_is_nearly_right(client: httpx.AsyncClient, path: str, near: str) -> None:
    assert near in problem(await client.get(path), "not-found")["fix"]


async def test_a_path_of_kilobytes_is_not_repeated(client: httpx.AsyncClient) -> None:
    assert len(problem(await client.get("/" + "x" * 9_000), "not-found")["detail"]) < 200


ANY_BODY = st.binary(max_size=200) | st.dictionaries(
    st.sampled_from(["text", "id", "analyses", "offsets", "top_n", "timeout_ms", "posts"]),
    st.none() | st.integers() | st.text() | st.lists(st.text() | st.sampled_from(ANALYSES)),
).map(lambda value: orjson.dumps(value, default=str) if _fits(value) else b"")


def _fits(value: object) -> bool:
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
async def test_nothing_that_is_sent_makes_the_service_fail(
    path: str, body: bytes, header: str
) -> None:
    async with client_of(build_api(RuleService())) as client:
        response = await client.post(path, content=body, headers=JSON | {"X-Request-Id": header})
    assert response.status_code < 500
    if response.status_code != 200:
        problem(response, response.json()["type"].removeprefix("/problems/"))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["GET", "POST", "PUT", "HEAD", "X"]), st.text(max_size=40))
async def test_no_path_makes_the_service_fail(method: str, path: str) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    await build_api(RuleService())(scope(method, f"/{path}"), receive, send)
    assert sent[0]["status"] < 500
