"""Pages of other sites: which may use the service, as a browser asks and reads it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import ValidationError

from serve_app.api.application import build_api
from serve_app.settings import ApiKey, ApiSettings
from tests.services.asgi_client import POST, client_of, problem
from tests.services.rule_service import RuleService

NAMED = {"Origin": "https://app.example.org"}
OTHER = {"Origin": "https://evil.example"}
ASKING = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}
SETTINGS = ApiSettings(cors_origins=("https://App.example.org",))


@pytest.fixture(params=[False, True], ids=["open", "keys"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    keys = (ApiKey.parse("first"),) if request.param else ()
    async with client_of(build_api(RuleService(), api_keys=keys, settings=SETTINGS)) as client:
        yield client


@pytest.mark.parametrize("path", ["/v1/analyze", "/v1/health/ready", "/v1/posts", "/nowhere"])
async def test_a_named_page_may_ask_before(client: httpx.AsyncClient, path: str) -> None:
    response = await client.options(path, headers=NAMED | ASKING)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == NAMED["Origin"]
    assert "POST" in response.headers["access-control-allow-methods"].split(", ")
    assert "Authorization" in response.headers["access-control-allow-headers"].split(", ")
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize("path", ["/v1/analyze", "/v1/health/live"])
async def test_other_pages_may_not(client: httpx.AsyncClient, path: str) -> None:
    response = await client.options(path, headers=OTHER | ASKING)
    assert response.status_code in (403, 405)
    assert "access-control-allow-origin" not in response.headers
    assert response.headers["vary"] == "origin"


async def test_a_named_page_reads_answers_and_problems(client: httpx.AsyncClient) -> None:
    headers = NAMED | {"Authorization": "Bearer first"}
    for text in (POST, " "):
        response = await client.post("/v1/analyze", json={"text": text}, headers=headers)
        assert response.headers["access-control-allow-origin"] == NAMED["Origin"]
        assert "X-Request-Id" in response.headers["access-control-expose-headers"]
    health = await client.get("/v1/health/live", headers=NAMED)
    assert health.headers["access-control-allow-origin"] == NAMED["Origin"]


#: What answers have beyond what each page may read (Fetch, 2.2.6), and what has it.
_EXPOSED = {
    "accept-encoding": 415, "allow": 405, "content-disposition": None, "etag": None,
    "location": None, "ratelimit": None, "ratelimit-policy": None, "retry-after": None,
    "server-timing": 200, "www-authenticate": 401, "x-request-id": 200,
}  # fmt: skip


async def test_a_named_page_reads_the_headers_of_answers() -> None:
    async with client_of(
        build_api(RuleService(), api_keys=(ApiKey.parse("first"),), settings=SETTINGS)
    ) as client:
        key = NAMED | {"Authorization": "Bearer first"}
        body = {"text": POST}
        answers = [
            await client.post("/v1/analyze", headers=key, json=body),
            await client.post("/v1/analyze", headers=NAMED, json=body),
            await client.put("/v1/analyze", headers=key, json=body),
            await client.post("/v1/analyze", headers=key | {"Content-Encoding": "br"}, json=body),
        ]
    for response in answers:
        exposed = response.headers["access-control-expose-headers"].lower().split(", ")
        assert sorted(exposed) == sorted(_EXPOSED)
    for name, status in _EXPOSED.items():
        if status:
            assert name in next(each for each in answers if each.status_code == status).headers


async def test_without_a_key_other_pages_are_refused_still() -> None:
    async with client_of(build_api(RuleService(), settings=SETTINGS)) as client:
        headers = OTHER
        response = await client.post("/v1/analyze", json={"text": POST}, headers=headers)
        problem(response, "foreign-origin")
        rebound = NAMED | {"Host": "evil.example"}
        problem(
            await client.post("/v1/analyze", json={"text": POST}, headers=rebound), "unknown-host"
        )


async def test_no_page_may_where_none_is_named() -> None:
    async with client_of(build_api(RuleService(), api_keys=(ApiKey.parse("first"),))) as client:
        headers = NAMED | {"Authorization": "Bearer first"}
        response = await client.post("/v1/analyze", json={"text": POST}, headers=headers)
        assert response.status_code == 200
        assert not {name for name in response.headers if name.startswith("access-control")}
        assert (await client.options("/v1/analyze", headers=NAMED | ASKING)).status_code == 405


@pytest.mark.parametrize("origin", ["*", "app.example.org", "https://app.example.org/", "null", ""])
def test_what_no_browser_sends_is_no_origin(origin: str) -> None:
    with pytest.raises(ValidationError):
        ApiSettings(cors_origins=(origin,))
