"""What holds on every route alike: methods, request ids, keys, pages, one shape of problems."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.types import Message

from serve_app.api.access_log import RequestLogEntry
from serve_app.api.analyze import AnalyzeEndpoints
from serve_app.api.application import build_api, fastapi_app
from serve_app.api.dependencies import process_metrics
from serve_app.api.static_pages import pages_router
from serve_app.problems import PROBLEM_TYPES
from serve_app.settings import ApiKey, ApiSettings
from tests.services.asgi_client import POST, client_of, problem, scope
from tests.services.rule_service import RuleService


def _routes() -> list[tuple[str, str]]:
    """Every route, as (path, method), with values in the place of parameters."""
    service = RuleService()
    app = fastapi_app(service, process_metrics, AnalyzeEndpoints(service), None)
    contexts = iter_route_contexts(app.routes)
    return [request for context in contexts for request in _requests(context)]


def _requests(context: RouteContext) -> list[tuple[str, str]]:
    assert context.path is not None
    assert context.methods is not None
    values = {"{digest}": "0" * 64, "{slug}": "internal"}
    path = re.sub(r"\{\w+\}", lambda name: values[name.group()], context.path)
    return [(path, method) for method in context.methods]


ROUTES = _routes()


@pytest.fixture
def service() -> RuleService:
    return RuleService()


@pytest.fixture
async def client(service: RuleService) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(build_api(service)) as client:
        yield client


@pytest.fixture
async def locked(service: RuleService) -> AsyncIterator[httpx.AsyncClient]:
    keys = (ApiKey.parse("first"), ApiKey.parse("schlüssel"))
    async with client_of(build_api(service, api_keys=keys)) as client:
        yield client


@pytest.mark.parametrize(("path", "method"), ROUTES)
async def test_every_route_refuses_other_methods_alike(
    client: httpx.AsyncClient, path: str, method: str
) -> None:
    for other in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} - {method}:
        response = await client.request(other, path)
        problem(response, "wrong-method")
        assert method in response.headers["allow"].split(", ")


@pytest.mark.parametrize(("path", "method"), ROUTES)
async def test_head_is_answered_wherever_get_is(
    client: httpx.AsyncClient, path: str, method: str
) -> None:
    head = await client.head(path)
    assert head.content == b""
    if method == "GET":
        got = await client.get(path)
        assert head.status_code == got.status_code
        length = head.headers["content-length"]
        # The metrics of the process change from one page to the next.
        assert length == got.headers["content-length"] or (path == "/metrics" and int(length) > 0)
    else:
        assert head.status_code == 405


@pytest.mark.parametrize(("path", "method"), ROUTES)
@pytest.mark.parametrize("ids", [[b"my.id-1"], [b"a:B_9"], [b"x" * 128]])
async def test_every_route_takes_over_the_request_id(
    client: httpx.AsyncClient, path: str, method: str, ids: list[bytes]
) -> None:
    headers = [(b"X-Request-Id", value) for value in ids]
    response = await client.request(method, path, headers=headers)
    assert response.headers.get_list("x-request-id") == [ids[0].decode()]


@pytest.mark.parametrize(("path", "method"), ROUTES)
@pytest.mark.parametrize(
    "ids",
    [
        [], [b""], [b"a b"], [b"x" * 129], [b'a"b'], [b"\xe9"], [b"a\xc3\xa9"], [b"a,b"],
        [b"a", b"b"], [b"a", b"a"], [b"{}"], [b"a\n"],
    ],
)  # fmt: skip
async def test_every_route_makes_another_request_id_where_it_is_none(
    client: httpx.AsyncClient, path: str, method: str, ids: list[bytes]
) -> None:
    headers = [(b"X-Request-Id", value) for value in ids]
    response = await client.request(method, path, headers=headers)
    [generated] = response.headers.get_list("x-request-id")
    assert re.fullmatch("[0-9a-f]{32}", generated)


@pytest.mark.parametrize(
    "path", ["/problems/%22%0A7", "/%0Aa", "/v1/%0Aanalyze", "/%0D%0Ab", "/%FF"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_path_with_any_characters_is_refused_in_the_one_shape(
    client: httpx.AsyncClient, path: str, method: str
) -> None:
    response = await client.request(method, path)
    if path.startswith("/problems") and method == "POST":
        problem(response, "wrong-method")
    else:
        problem(response, "not-found")


@pytest.mark.parametrize(
    "host",
    [
        b"localhost", b"localhost:8000", b"LocalHost.:8000", b"127.0.0.1:8000", b"127.1.2.3",
        b"[::1]:8000", b"[::1]", b"192.168.1.20:8000", b"posts", b"posts:8000", b"a.localhost",
        b"posts.example.org", b"Posts.Example.ORG:443",
    ],
)  # fmt: skip
async def test_names_that_nobody_else_can_point_here_are_answered(
    service: RuleService, host: bytes
) -> None:
    async with client_of(
        build_api(service, settings=ApiSettings(allowed_hosts=("posts.example.org",)))
    ) as client:
        response = await client.post("/v1/analyze", json={"text": POST}, headers={b"Host": host})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        b"rebound.example.net", b"rebound.example.net:8000", b"127.0.0.1.example.net",
        b"localhost.example.net", b"posts.example.org.example.net", b"evil-posts.example.org",
        b"0x7f.1", b"[::1", b"[::1].example.net", b"\xe9.example", b"a.b@localhost.example",
        b"notlocalhost.", b":8000",
    ],
)  # fmt: skip
async def test_other_names_are_not(service: RuleService, host: bytes) -> None:
    async with client_of(
        build_api(service, settings=ApiSettings(allowed_hosts=("posts.example.org",)))
    ) as client:
        for path in ("/v1/analyze", "/v1/analyze/batch", "/", "/metrics", "/v1/analyses/x"):
            response = await client.post(path, json={"text": POST}, headers={b"Host": host})
            if b"notlocalhost" in host:
                assert response.status_code != 421  # a name without a dot
            else:
                problem(response, "unknown-host")
        assert (await client.get("/v1/health/live", headers={b"Host": host})).status_code == 200


@pytest.mark.parametrize(
    ("origin", "is_own"),
    [
        (b"http://127.0.0.1:8000", True),
        (b"https://posts.example.org", True),
        (b"http://127.0.0.1:3000", False),
        (b"http://127.0.0.1", False),
        (b"http://localhost:8000", False),
        (b"https://example.net", False),
        (b"https://posts.example.org.example.net", False),
        (b"null", False),
        (b"file://", False),
        (b"\xff", False),
    ],
)
async def test_a_page_of_another_site_may_not_use_a_service_without_keys(
    service: RuleService, origin: bytes, is_own: bool
) -> None:
    headers = {b"Host": b"127.0.0.1:8000", b"Origin": origin}
    async with client_of(
        build_api(service, settings=ApiSettings(allowed_hosts=("posts.example.org",)))
    ) as client:
        response = await client.post("/v1/analyze", json={"text": POST}, headers=headers)
    if is_own:
        assert response.status_code == 200
    else:
        problem(response, "foreign-origin")


async def test_any_name_and_page_is_answered_where_the_settings_say_so(
    service: RuleService,
) -> None:
    headers = {b"Host": b"posts.example.net", b"Origin": b"https://example.com"}
    async with client_of(build_api(service, settings=ApiSettings(allowed_hosts=("*",)))) as client:
        response = await client.post("/v1/analyze", json={"text": POST}, headers=headers)
    assert response.status_code == 200


async def test_a_key_opens_under_any_name(locked: httpx.AsyncClient) -> None:
    headers = {b"Host": b"posts.example.net", b"Authorization": b"Bearer first"}
    response = await locked.post("/v1/analyze", json={"text": POST}, headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize(("path", "method"), ROUTES)
async def test_only_v1_needs_a_key_and_health_does_not(
    locked: httpx.AsyncClient, path: str, method: str
) -> None:
    response = await locked.request(method, path)
    if path.startswith("/v1") and "health" not in path:
        problem(response, "unauthorized")
        assert response.headers["www-authenticate"].startswith("Bearer")
    else:
        assert response.status_code == 200


@pytest.mark.parametrize("key", ["first", "schlüssel"])
async def test_each_key_opens(locked: httpx.AsyncClient, key: str) -> None:
    headers = {b"Authorization": f"bearer {key}".encode()}
    response = await locked.post("/v1/analyze", json={"text": POST}, headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "value", [b"Bearer firs", b"Bearer ", b"Basic first", b"first", b"Bearer \xff"]
)
async def test_nothing_else_does(locked: httpx.AsyncClient, value: bytes) -> None:
    headers = {b"Authorization": value}
    problem(await locked.post("/v1/analyze", json={}, headers=headers), "unauthorized")


@pytest.mark.parametrize("slug", PROBLEM_TYPES)
async def test_every_problem_has_its_page(client: httpx.AsyncClient, slug: str) -> None:
    page = (await client.get(PROBLEM_TYPES[slug].uri)).json()
    assert page["title"] == PROBLEM_TYPES[slug].title
    assert page["fix"]


async def test_a_problem_nobody_has(client: httpx.AsyncClient) -> None:
    assert "blank-text" in problem(await client.get("/problems/none"), "not-found")["fix"]


async def test_pages_come_with_a_strict_policy_and_are_not_sent_twice(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    again = await client.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


PAGES = [route.path for route in pages_router().routes if isinstance(route, APIRoute)]


def test_pages_scripts_styles_and_texts_are_among_the_files() -> None:
    endings = {path.rpartition(".")[2] for path in PAGES if "." in path}
    assert {"/", "/docs", "/posts", "/trends", "/alerts", "/jobs", "/keys"} <= set(PAGES)
    assert endings == {"css", "js", "json", "jsonl"}


@pytest.mark.parametrize("path", PAGES)
async def test_every_file_of_a_page_keeps_others_out(client: httpx.AsyncClient, path: str) -> None:
    file = await client.get(path)
    same = {"If-None-Match": file.headers["etag"]}
    answers = [file, await client.head(path), await client.get(path, headers=same)]
    assert [answer.status_code for answer in answers] == [200, 200, 304]
    for headers in (answer.headers for answer in answers):
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        closed = ("default-src", "base-uri", "form-action", "frame-ancestors")
        assert [policy[name] for name in closed] == ["'none'"] * 4
        assert {policy["script-src"], policy["style-src"], policy["connect-src"]} == {"'self'"}
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/v1/health/live", "/openapi.json", "/metrics", "/nowhere"])
async def test_nothing_else_is_taken_for_a_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert "html" not in answer.headers["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path, link, name",
    [("/", "./", "console"), ("/posts", "posts", "posts"), ("/trends", "trends", "trends"),
     ("/alerts", "alerts", "alerts"), ("/jobs", "jobs", "jobs"), ("/keys", "keys", "keys")],
)  # fmt: skip
async def test_the_pages_of_the_console_share_a_frame(
    client: httpx.AsyncClient, path: str, link: str, name: str
) -> None:
    page = (await client.get(path)).text
    assert page.startswith("<!doctype html>")
    assert page.count("<main") == page.count("</main>") == page.count("<h1>") == 1
    assert re.findall(r'<a href="(\S+)" aria-current="page"', page) == [link]
    assert f'src="assets/{name}.js"' in page
    assert "<!--" not in page


@pytest.mark.parametrize("path", ["/", "/posts", "/docs"])
async def test_pages_load_only_what_is_here(client: httpx.AsyncClient, path: str) -> None:
    page = (await client.get(path)).text
    parts = re.findall(r'(?:src|href)="((?!data:)[^"]+)"', page)
    assert len(parts) >= 3
    for part in parts:
        assert "//" not in part
        assert (await client.get(f"/{part}")).status_code == 200


async def test_each_request_is_logged_under_its_route(service: RuleService) -> None:
    entries: list[RequestLogEntry] = []
    async with client_of(build_api(service, on_request=entries.append)) as client:
        await client.post("/v1/analyze", json={"text": POST})
        await client.get(f"/v1/analyses/{'0' * 64}")
        await client.get("/nothing")
    assert [(e.method, e.route, e.status) for e in entries] == [
        ("POST", "/v1/analyze", 200),
        ("GET", "/v1/analyses/{digest}", 404),
        ("GET", "none", 404),
    ]
    assert all(0 < e.duration_s < 10 for e in entries)


async def test_a_caller_who_leaves_is_no_failure(
    service: RuleService, caplog: pytest.LogCaptureFixture
) -> None:
    entries: list[RequestLogEntry] = []
    api = build_api(service, on_request=entries.append)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        pass

    request = scope("POST", "/v1/analyze")
    request["headers"] = [(b"content-type", b"application/json")]
    await api(request, receive, send)
    assert [e.status for e in entries] == [499]
    assert "failed" not in caplog.text


async def test_a_prefix_of_the_deployment_is_no_part_of_the_route(service: RuleService) -> None:
    transport = httpx.ASGITransport(app=build_api(service), root_path="/posts")
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        assert (await client.get("/posts/v1/health/live")).json() == {"status": "live"}


async def test_websockets_beside_the_draft_channel_are_closed(service: RuleService) -> None:
    sent: list[str] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/v1/analyze", "query_string": b"", "headers": []}
    await build_api(service)(scope, receive, send)
    assert sent == ["websocket.close"]
