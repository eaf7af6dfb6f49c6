"""Jobs over a file at a URL: what is fetched from a real server, what is refused, the limits."""

import asyncio
import gzip
import logging
import ssl
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from serve_app.api import upload
from serve_app.api.fetched_files import MAX_FILE_URL_CHARACTERS, FetchedFiles
from serve_app.api.upload import Uploads
from serve_app.settings import JobSettings, UploadSettings
from tests.services.asgi_client import problem
from tests.services.certificates import self_signed
from tests.services.job_calls import ended, results, send
from tests.services.kept_posts import KeptPosts, kept_posts
from tests.services.webhook_receiver import Receiver, answer, receiving

_LINE = b'{"id": "a", "text": "We won."}\n'
_SECRET = "sig=c2VjcmV0%2Bkey"
_FILE_BYTES = 1_000
_UNPACKED_BYTES = 2_000


@pytest.fixture
async def kept(url: str) -> AsyncIterator[KeptPosts]:
    uploads = UploadSettings(
        file_bytes=_FILE_BYTES,
        unpacked_bytes=_UNPACKED_BYTES,
        fetch_timeout_s=1,
        allow_private=True,
    )
    async with kept_posts(url, uploads=uploads) as kept:
        yield kept


async def _refused(kept: KeptPosts, slug: str, url: str, **options: Any) -> dict[str, Any]:
    """The problem of a job that there is none of."""
    content = problem(await kept.client.post("/v1/jobs", json={"url": url, **options}), slug)
    assert content["pointer"] == "/url"
    assert (await kept.client.get("/v1/jobs")).json()["items"] == []
    return content


class TestFiles:
    # Of one time: what is collected in two processes must have one name.
    @pytest.mark.parametrize(
        ("headers", "body"),
        [
            (["Content-Type: text/csv"], b"nr,text\na,We won.\n"),
            (["Content-Type: text/csv; charset=utf-16"], "nr,text\na,We won.\n".encode("utf-16")),
            (["Content-Type: application/x-ndjson"], b'{"nr": "a", "text": "We won."}\n'),
            (["Content-Type: binary/octet-stream"], b'[{"nr": "a", "text": "We won."}]'),
            ([], gzip.compress(b"nr,text\na,We won.\n", mtime=0)),
            (["Content-Encoding: gzip"], gzip.compress(b"nr,text\na,We won.\n", mtime=0)),
        ],
    )
    async def test_are_read_as_their_server_says_or_as_they_begin(
        self, kept: KeptPosts, headers: list[str], body: bytes
    ) -> None:
        async with receiving(answer(200, *headers, body=body)) as store:
            job = await send(kept.client, url=store.url, id_column="nr", analyses=["tone"])
        assert (job["kind"], job["posts"], job["analyses"]) == ("url", 1, ["tone"])
        assert (await ended(kept.client, job))["succeeded"] == 1
        assert [line["id"] for line in await results(kept.client, job)] == ["a"]

    async def test_of_another_type_are_read_as_the_caller_says(self, kept: KeptPosts) -> None:
        page = answer(200, "Content-Type: text/html; charset=utf-8", body=b"nr,text\na,We won.\n")
        async with receiving(page, page) as store:
            told = await _refused(kept, "unreadable-file", store.url)
            assert "text/html" in told["detail"]
            job = await send(kept.client, url=store.url, format="csv")
        assert job["posts"] == 1

    async def test_that_hold_no_posts_are_none(self, kept: KeptPosts) -> None:
        async with receiving(answer(200, "Content-Type: application/json", body=b"-")) as store:
            response = await kept.client.post("/v1/jobs", json={"url": store.url})
        problem(response, "unreadable-file")

    async def test_with_an_idempotency_key_are_fetched_once(self, kept: KeptPosts) -> None:
        headers = {"Idempotency-Key": "k1"}
        async with receiving(answer(200, body=_LINE)) as store:
            first, second = [
                await kept.client.post("/v1/jobs", json={"url": store.url}, headers=headers)
                for _ in range(2)
            ]
            assert len(store.requests) == 1
        assert first.json()["id"] == second.json()["id"]


class TestSecrets:
    async def test_the_server_alone_is_told_path_and_query_and_as_they_were_signed(
        self, kept: KeptPosts, url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        async with receiving(answer(200, body=_LINE), answer(403)) as store:
            signed = f"{store.url}/s3cret-path?{_SECRET}"
            job = await send(kept.client, url=signed)
            told = await _failing(kept, signed)
            assert [each.target for each in store.requests] == [f"/hook/s3cret-path?{_SECRET}"] * 2
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("SELECT * FROM jobs")
        await connection.close()
        seen = f"{job}{told}{rows}{caplog.text}"
        assert "GET" in caplog.text  # the request itself is logged
        assert "s3cret" not in seen
        assert "c2VjcmV0" not in seen

    async def test_a_url_that_is_refused_is_not_shown(self, kept: KeptPosts) -> None:
        for refused in (f"ftp://a.b/?{_SECRET}", f"http://u:{_SECRET}@a.b/", 7 * [_SECRET]):
            response = await kept.client.post("/v1/jobs", json={"url": refused})
            assert response.status_code == 422
            assert "c2VjcmV0" not in response.text


async def _failing(kept: KeptPosts, url: str) -> str:
    response = await kept.client.post("/v1/jobs", json={"url": url})
    problem(response, "unreadable-url")
    return response.text


class Breaking(Receiver):
    """Announces more than it sends."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + _LINE)


class TestServers:
    @pytest.mark.parametrize("status", [204, 206, 403, 404, 500])
    async def test_that_answer_otherwise_give_no_file(self, kept: KeptPosts, status: int) -> None:
        async with receiving(answer(status)) as store:
            told = await _refused(kept, "unreadable-url", store.url)
        assert told["detail"] == f"The server answers {status}."

    async def test_that_lead_elsewhere_are_not_followed(self, kept: KeptPosts) -> None:
        async with receiving(answer(200, body=_LINE)) as other:
            async with receiving(answer(302, f"Location: {other.url}?{_SECRET}")) as store:
                told = await _refused(kept, "unreadable-url", store.url)
            assert other.requests == []
        assert "redirect (302)" in told["detail"]
        assert _SECRET not in str(told)

    async def test_that_break_off(self, kept: KeptPosts) -> None:
        async with receiving(make=Breaking) as store:
            assert "broke off" in (await _refused(kept, "unreadable-url", store.url))["detail"]
        assert "ConnectError" in (await _refused(kept, "unreadable-url", store.url))["detail"]

    async def test_that_pack_otherwise(self, kept: KeptPosts) -> None:
        async with receiving(answer(200, "Content-Encoding: br", body=b"-")) as store:
            assert "'br'" in (await _refused(kept, "unreadable-url", store.url))["detail"]

    async def test_whose_certificate_nobody_trusts(self, kept: KeptPosts, tmp_path: Path) -> None:
        untrusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        untrusted.load_cert_chain(self_signed(tmp_path, "files.example.org"))
        async with receiving(answer(200, body=_LINE), tls=untrusted) as store:
            told = await _refused(kept, "unreadable-url", store.url.replace("http", "https", 1))
        assert "certificate is not trusted" in told["detail"]

    async def test_in_the_network_of_the_service_are_not_called(self, url: str) -> None:
        async with kept_posts(url) as kept, receiving(answer(200, body=_LINE)) as store:
            told = await _refused(kept, "refused-url", store.url)
            assert "127.0.0.1 is not an address" in told["detail"]
            for private in ("http://localhost/", "http://169.254.169.254/", "http://[::1]/"):
                await _refused(kept, "refused-url", private)
            assert store.requests == []

    async def test_that_no_name_can_have_are_refused(self, kept: KeptPosts) -> None:
        for host in ("a..b", f"{'x' * 64}.example.org"):
            told = await _refused(kept, "refused-url", f"https://{host}/")
            assert "malformed" in told["detail"]


class TestLimits:
    async def test_the_size_of_a_file(self, kept: KeptPosts) -> None:
        whole = _LINE.ljust(_FILE_BYTES)
        unannounced = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        async with receiving(
            answer(200, body=whole + b" "), unannounced + whole + b" ", answer(200, body=whole),
            unannounced + whole,
        ) as store:  # fmt: skip
            for _ in range(2):
                told = await _refused(kept, "body-too-large", store.url)
                assert "1,000 bytes" in told["detail"]
            for _ in range(2):
                assert (await send(kept.client, url=store.url))["posts"] == 1

    async def test_what_a_file_unpacks_to(self, kept: KeptPosts) -> None:
        packed = [gzip.compress(_LINE.ljust(_UNPACKED_BYTES + more)) for more in (1, 0)]
        async with receiving(*(answer(200, body=body) for body in packed)) as store:
            response = await kept.client.post("/v1/jobs", json={"url": store.url})
            assert "unpacks to more" in problem(response, "unreadable-file")["detail"]
            assert (await send(kept.client, url=store.url))["posts"] == 1

    async def test_the_time_of_all_of_it(self, kept: KeptPosts) -> None:
        async with receiving(None) as store:
            told = await _refused(kept, "unreadable-url", store.url)
        assert told["detail"] == "The file did not come within 1 s."

    async def test_the_time_of_a_part(
        self, kept: KeptPosts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(upload, "STALL_TIMEOUT_S", 0.1)
        async with receiving(make=Endless) as store:
            assert "stalled" in (await _refused(kept, "unreadable-url", store.url))["detail"]

    async def test_the_length_of_a_url(self, kept: KeptPosts) -> None:
        async with receiving(answer(200, body=_LINE)) as store:
            long = store.url.ljust(MAX_FILE_URL_CHARACTERS, "x")
            assert (await send(kept.client, url=long))["posts"] == 1
        response = await kept.client.post("/v1/jobs", json={"url": long + "x"})
        assert problem(response, "out-of-range")["pointer"] == "/url"

    async def test_files_at_one_time(self, url: str) -> None:
        uploads = UploadSettings(at_a_time=1, allow_private=True)
        async with kept_posts(url, uploads=uploads) as kept, receiving(None) as store:
            first = asyncio.create_task(kept.client.post("/v1/jobs", json={"url": store.url}))
            await store.wait_for(1)
            response = await kept.client.post("/v1/jobs", json={"url": store.url})
            assert "retry-after" in response.headers
            problem(response, "overloaded")
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first

    async def test_jobs_that_have_not_ended_before_a_file_is_fetched(self, url: str) -> None:
        uploads = UploadSettings(allow_private=True)
        jobs = JobSettings(active_jobs=1)
        async with (
            kept_posts(url, uploads=uploads, jobs=jobs) as kept,
            receiving(answer(200, body=_LINE)) as store,
        ):
            kept.service.gate.clear()
            job = await send(kept.client, url=store.url)
            response = await kept.client.post("/v1/jobs", json={"url": store.url})
            problem(response, "limit-reached")
            assert len(store.requests) == 1
            kept.service.gate.set()
            await ended(kept.client, job)

    async def test_files_of_one_workspace_at_one_time(self, url: str) -> None:
        uploads = UploadSettings(at_a_time=2, allow_private=True)
        file = answer(200, body=_LINE)
        async with (
            kept_posts(url, uploads=uploads, keys=("acme:a", "other:b")) as kept,
            receiving(None, file) as store,
        ):
            body = {"url": store.url}
            acme = {"Authorization": "Bearer a"}
            first = asyncio.create_task(kept.client.post("/v1/jobs", json=body, headers=acme))
            await store.wait_for(1)
            for path, content in (("/v1/jobs", body), ("/v1/posts:import", {})):
                response = await kept.client.post(path, json=content, headers=acme)
                assert response.headers["retry-after"] == "10"
                problem(response, "overloaded")
            assert (await send(kept.client, **body, api_key="b"))["posts"] == 1
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first


class Large(Receiver):
    """Sends 64 MiB."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(64):
            writer.write(bytes(2**20))
            await writer.drain()


async def test_a_large_file_takes_no_memory(tmp_path: Path) -> None:
    settings = UploadSettings(folder=str(tmp_path), allow_private=True)
    fetched = FetchedFiles(Uploads(settings), settings)
    async with receiving(make=Large) as store:
        tracemalloc.start()
        try:
            file, _ = await fetched.fetch(store.url)
            assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
        finally:
            tracemalloc.stop()
    assert file.size_bytes == 64 * 2**20
    file.close()
    await fetched.close()


class Endless(Receiver):
    """Begins an answer, and never goes on."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + _LINE)
        await writer.drain()
        await reader.read()
