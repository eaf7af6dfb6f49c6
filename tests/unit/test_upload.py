"""Files that are sent: on disk and never in memory, within bounds, however slowly they come."""

import asyncio
import errno
import gzip
import os
import tracemalloc
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from serve_app.api import upload
from serve_app.api.upload import DamagedFile, Upload, Uploads
from serve_app.errors import InvalidRequest, ServiceOverloaded
from serve_app.settings import UploadSettings

MIB = 2**20


def request_of(
    parts: Iterable[bytes], *, pause_s: float = 0, end: bool = True, **headers: str
) -> Request:
    """A request whose body comes in these parts, and perhaps never ends."""
    remaining = iter(parts)

    async def receive() -> Message:
        await asyncio.sleep(pause_s)
        part = next(remaining, None)
        if part is None and not end:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": part or b"", "more_body": part is not None}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw}, receive)


async def size_of(request: Request, settings: UploadSettings | None = None) -> int:
    """How many bytes came."""
    with closing(await Uploads(settings or UploadSettings()).receive(request)) as file:
        return file.size_bytes


async def content_of(*parts: bytes, settings: UploadSettings | None = None) -> bytes:
    """What is read of a file that comes in these parts."""
    uploads = Uploads(settings or UploadSettings())
    with closing(await uploads.receive(request_of(parts))) as file:
        assert file.open().read() == file.open().read()
        return file.open().read()


async def test_what_was_sent_is_read_from_its_beginning() -> None:
    assert await size_of(request_of([b"one ", b"", b"two"])) == 7
    assert await content_of(b"one ", b"", b"two") == b"one two"
    packed = gzip.compress(b"one") + gzip.compress(b" two")
    assert await content_of(packed[:5], packed[5:]) == b"one two"


async def test_a_large_file_takes_no_memory(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        chunk = os.urandom(64 * 2**10)
        file = await Uploads(UploadSettings(folder=str(tmp_path))).receive(
            request_of(chunk for _ in range(3_200))
        )
        content = file.open()
        size_bytes = 0
        while block := content.read1(MIB):
            size_bytes += len(block)
        assert size_bytes == file.size_bytes == 200 * MIB
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
        assert os.listdir(tmp_path) == []  # it has no name
    finally:
        tracemalloc.stop()
    file.close()


async def test_the_size_is_bounded_as_announced_and_as_sent() -> None:
    settings = UploadSettings(file_bytes=10)
    assert await size_of(request_of([b"x" * 9, b"x"], content_length="10"), settings) == 10
    for request in (
        request_of([b"x" * 9, b"xx"]),
        request_of([], content_length="11"),
        request_of([], content_length="9" * 5_000),
    ):
        with pytest.raises(InvalidRequest) as refused:
            await size_of(request, settings)
        assert refused.value.problem.type.slug == "body-too-large"


async def test_what_it_unpacks_to_is_bounded() -> None:
    packed = gzip.compress(b"x" * MIB)
    settings = UploadSettings(unpacked_bytes=MIB)
    assert len(await content_of(packed, settings=settings)) == MIB
    settings = UploadSettings(unpacked_bytes=MIB - 1)
    with pytest.raises(DamagedFile, match="unpacks to more than 1,048,575 bytes"):
        await content_of(packed, settings=settings)


async def test_what_it_unpacks_to_is_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "FREE_UNPACKED_BYTES", MIB)
    at_the_edge = gzip.compress(b"x" * MIB)
    assert len(await content_of(at_the_edge)) == MIB
    with pytest.raises(DamagedFile, match="more than 200 times its size"):
        await content_of(gzip.compress(b"x" * 64 * MIB))
    posts = b"".join(b'{"id": %d, "text": "Thank you all"}\n' % number for number in range(50_000))
    assert await content_of(gzip.compress(posts)) == posts


async def test_only_one_layer_is_unpacked() -> None:
    twice = gzip.compress(gzip.compress(b"text"))
    assert (await content_of(twice)).startswith(b"\x1f\x8b")


@pytest.mark.parametrize("damage", [lambda c: c[:-9], lambda c: c[:20] + b"\0" * 9 + c[29:]])
async def test_a_damaged_file_says_so(damage: Callable[[bytes], bytes]) -> None:
    packed = damage(gzip.compress(os.urandom(1_000)))
    with pytest.raises(DamagedFile, match="gzip file is damaged"):
        await content_of(packed)


async def test_a_sender_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "STALL_TIMEOUT_S", 0.1)
    trickle = (b"x" for _ in range(1_000))
    for request in (
        request_of([b"x"], end=False),
        request_of([b"x" * 2 * MIB], end=False),
        request_of(trickle, pause_s=0.01),
    ):
        with pytest.raises(InvalidRequest) as refused:
            await Uploads(UploadSettings()).receive(request)
        assert refused.value.problem.type.slug == "incomplete-request"


async def test_a_slow_sender_that_goes_on_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "STALL_TIMEOUT_S", 0.2)
    steps = [b"x" * upload.STEP_BYTES] * 8
    assert await size_of(request_of(steps, pause_s=0.1)) == 8 * upload.STEP_BYTES


async def test_a_sender_that_leaves_leaves_nothing() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientDisconnect):
        await Uploads(UploadSettings()).receive(Request({"type": "http", "headers": []}, receive))


async def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Upload, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Upload, "append", full)
    with pytest.raises(InvalidRequest) as refused:
        await content_of(b"x")
    assert refused.value.problem.type.slug == "overloaded"
    assert dict(refused.value.problem.headers)["Retry-After"]


async def test_other_encodings_are_refused() -> None:
    for encoding, taken in (("gzip", True), ("identity", True), ("br", False), ("gzip, br", False)):
        request = request_of([b"x"], content_encoding=encoding)
        if taken:
            assert await size_of(request) == 1
            continue
        with pytest.raises(InvalidRequest) as refused:
            await size_of(request)
        assert refused.value.problem.type.slug == "wrong-media-type"


def test_so_many_are_taken_at_a_time() -> None:
    uploads = Uploads(UploadSettings(at_a_time=2))
    with ExitStack() as held:
        held.enter_context(uploads.hold(1))
        held.enter_context(uploads.hold(2))
        with pytest.raises(ServiceOverloaded):
            held.enter_context(uploads.hold(3))
    assert uploads.count == 0
