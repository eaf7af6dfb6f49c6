"""Bodies that are packed, both ways, over a real connection."""

import gzip
import zlib
from collections.abc import Callable, Iterator

import httpx
import orjson
import pytest
import zstandard

from serve_app.api.compression import MIN_BYTES
from serve_app.problems import PROBLEM_TYPES
from serve_app.request.post import MAX_BODY_BYTES
from tests.services.asgi_client import POST
from tests.services.running_api import running_api

JSON = {"Content-Type": "application/json"}
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "X-GZip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
    "": bytes,
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_api() as api:
        yield api.url


def raw(
    url: str, path: str, accept: str | None, body: object = None
) -> tuple[httpx.Headers, bytes]:
    """The headers of an answer, and its body as it was sent."""
    headers = httpx.Headers({} if accept is None else {"Accept-Encoding": accept})
    with httpx.Client() as client:
        client.headers.pop("accept-encoding")
        method = "GET" if body is None else "POST"
        with client.stream(method, f"{url}{path}", json=body, headers=headers) as response:
            assert response.status_code == 200
            return response.headers, b"".join(response.iter_raw())


LONG = {"posts": [{"text": f"{POST} Number {n}."} for n in range(20)]}


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("gzip;q=0, *", "zstd"),
        ("*;q=0", ""),
        ("identity", ""),
        ("br", ""),
        (None, ""),
    ],
)
@pytest.mark.parametrize(
    ("path", "body"), [("/v1/analyze/batch", LONG), ("/openapi.json", None)], ids=["hot", "other"]
)
def test_a_long_answer_is_packed_as_it_is_accepted(
    url: str, path: str, body: object, accept: str | None, coding: str
) -> None:
    raw(url, path, None, body)  # from here on, batches are answered from the cache
    _, plain = raw(url, path, None, body)
    headers, sent = raw(url, path, accept, body)
    assert headers.get("content-encoding", "") == coding
    assert headers["vary"] == "accept-encoding"
    assert int(headers["content-length"]) == len(sent)
    assert UNPACK[coding](sent) == plain
    assert not coding or len(sent) < len(plain) / 3


def test_a_short_answer_is_left_as_it_is(url: str) -> None:
    headers, sent = raw(url, "/v1/analyze", "gzip, zstd", {"text": POST})
    assert "content-encoding" not in headers
    assert len(sent) < MIN_BYTES
    orjson.loads(sent)


def test_what_is_sent_as_it_comes_is_not_packed(url: str) -> None:
    body = {"text": POST * 100}
    for path, accept in (
        ("/v1/analyze", "text/event-stream"),
        ("/v1/analyze/batch", "application/x-ndjson"),
    ):
        content = body if path == "/v1/analyze" else LONG
        headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        response = httpx.post(f"{url}{path}", json=content, headers=headers)
        assert len(response.content) > MIN_BYTES
        assert "content-encoding" not in response.headers


def posted(url: str, body: bytes, coding: str) -> httpx.Response:
    headers = JSON | {"Content-Encoding": coding}
    return httpx.post(f"{url}/v1/analyze", content=body, headers=headers)


@pytest.mark.parametrize("coding", PACK)
def test_a_packed_body_is_taken(url: str, coding: str) -> None:
    response = posted(url, PACK[coding](orjson.dumps({"text": POST})), coding)
    assert response.status_code == 200


@pytest.mark.parametrize("coding", PACK)
def test_a_body_may_be_packed_in_parts(url: str, coding: str) -> None:
    whole = orjson.dumps({"text": POST})
    parts = PACK[coding](whole[:20]) + PACK[coding](whole[20:])
    assert posted(url, parts, coding).status_code == 200


@pytest.mark.parametrize("coding", PACK)
def test_the_limit_holds_for_what_is_unpacked(url: str, coding: str) -> None:
    largest = orjson.dumps({"text": POST}).ljust(MAX_BODY_BYTES)
    assert posted(url, PACK[coding](largest), coding).status_code == 200
    refused = posted(url, PACK[coding](largest + b" "), coding)
    assert refused.status_code == PROBLEM_TYPES["body-too-large"].status == 413


def test_a_bomb_is_refused_before_it_is_unpacked(url: str) -> None:
    """64 GiB of zeros by zstd; unpacked, they would not fit into this machine."""
    compressor = zstandard.ZstdCompressor(level=1)
    frame = compressor.compress(bytes(2**26))
    bomb = frame * 1024
    assert len(bomb) < MAX_BODY_BYTES
    response = posted(url, bomb, "zstd")
    assert response.status_code == 413
    assert "unpacked" in response.json()["detail"]


DAMAGED = {
    "no gzip": ("gzip", b'{"text":"A"}'),
    "no end": ("gzip", gzip.compress(b'{"text":"A"}')[:-4]),
    "not its sum": ("gzip", gzip.compress(b'{"text":"A"}')[:-8] + bytes(8)),
    "no block": ("gzip", gzip.compress(b"")[:10] + b"\xff" * 20),
    "no zstd": ("zstd", b'{"text":"A"}'),
    "no end of zstd": ("zstd", zstandard.ZstdCompressor().compress(b'{"text":"A"}')[:-4]),
    "zlib": ("gzip", zlib.compress(b'{"text":"A"}')),
}


@pytest.mark.parametrize(("coding", "body"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_body_is_refused(url: str, coding: str, body: bytes) -> None:
    response = posted(url, body, coding)
    assert response.status_code == 400
    assert response.json()["type"] == "/problems/not-json"


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "deflate"])
def test_other_codings_are_refused_with_those_that_are_taken(url: str, coding: str) -> None:
    response = posted(url, b"{}", coding)
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "gzip, zstd"
