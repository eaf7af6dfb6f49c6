"""The load generator: what it reads, counts and times."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from loadtest.bench.targets import check_analysis
from loadtest.generator.connection import HttpResponse, read_response
from loadtest.generator.http_load import (
    ServerAddress,
    closed_http_load,
    open_http_load,
    post_request,
)
from loadtest.generator.load_result import LoadResult

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"cache":"hit"}'


@contextlib.contextmanager
def server(answer: Callable[[int], tuple[float, bytes]]) -> Iterator[ServerAddress]:
    """A server whose n-th answer comes after some seconds; each connection is served in turn."""
    loop = asyncio.new_event_loop()
    ports: list[int] = []
    numbers = iter(range(1_000_000))
    started = threading.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with (
            contextlib.closing(writer),
            contextlib.suppress(asyncio.IncompleteReadError, ConnectionError),
        ):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                wait_s, content = answer(next(numbers))
                await asyncio.sleep(wait_s)
                writer.write(content)
                if not content or b"Connection: close" in content:
                    break

    async def listen() -> asyncio.Server:
        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        ports.append(listening.sockets[0].getsockname()[1])
        started.set()
        return listening

    def run() -> None:
        listening = loop.run_until_complete(listen())
        loop.run_forever()
        listening.close()
        for task in (tasks := asyncio.all_tasks(loop)):
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks))
        loop.run_until_complete(asyncio.sleep(0))  # connections close in the loop's next turn
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    yield ServerAddress("127.0.0.1", ports[0], check_analysis)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


def requests(address: ServerAddress, count: int) -> list[bytes]:
    return [post_request(address, "/", b"{}")] * count


def load_at_rate(
    address: ServerAddress, count: int, *, rate_per_s: float, connections: int
) -> LoadResult:
    return open_http_load(
        address, requests(address, count), rate_per_s=rate_per_s, connections=connections,
        grace_s=5,
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_a_response_is_read_however_it_is_cut(size: int) -> None:
    whole = b"HTTP/1.1 503 Slow\r\nX: y\r\ncontent-length: 5\r\n\r\nhello"
    received = bytearray()
    for start in range(0, len(whole), size):
        assert read_response(received) is None
        received += whole[start : start + size]
    assert read_response(received) == HttpResponse(503, b"hello")


def test_chunks_are_joined() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"5\r\nhello\r\n6;x=1\r\n there\r\n0\r\n\r\n"
    assert read_response(head + chunks[:9]) is None
    assert read_response(head + chunks) == HttpResponse(200, b"hello there")


def test_a_refusal_says_when_to_come_back() -> None:
    refusal = b"HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Length: 2\r\n\r\n{}"
    assert read_response(refusal) == HttpResponse(503, b"{}", 17)


def test_a_body_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        read_response(b"HTTP/1.1 200 OK\r\n\r\nbody")


def test_a_closed_loop_keeps_so_many_in_flight() -> None:
    with server(lambda number: (0.1, OK)) as address:
        load = closed_http_load(address, requests(address, 20), clients=10, limit_s=10)
    assert load.answered == load.hits == 20
    assert 0.2 <= load.seconds < 0.6
    assert 100 <= load.percentile_ms(50) < 300


def test_a_server_may_end_a_connection_with_an_answer() -> None:
    last = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with server(lambda number: (0, last if number % 2 else OK)) as address:
        load = closed_http_load(address, requests(address, 9), clients=2, limit_s=10)
    assert (load.answered, load.errors) == (9, {})


def test_what_is_no_good_answer_is_an_error_with_its_reason() -> None:
    bad = b'HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{"status":"shed"} '
    refused = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
    answers = [OK, bad, refused, b"", OK]
    with server(lambda number: (0, answers[number])) as address:
        load = closed_http_load(
            address, requests(address, 5), clients=1, limit_s=10, keep=[0, 1, 4]
        )
    assert load.answered == 2
    assert load.error_share == pytest.approx(0.6)
    assert any("shed" in reason for reason in load.errors)
    assert any("503" in reason for reason in load.errors)
    assert any("ConnectionResetError" in reason for reason in load.errors)
    assert set(load.bodies) == {0, 4}


def test_a_closed_loop_ends_in_time() -> None:
    with server(lambda number: (30, OK)) as address:
        started = time.monotonic()
        load = closed_http_load(address, requests(address, 8), clients=2, limit_s=0.3)
        assert time.monotonic() - started < 5
    assert load.errors.total() == 8
    assert load.answered == 0


def test_an_open_loop_sends_at_its_rate() -> None:
    with server(lambda number: (0, OK)) as address:
        load = open_http_load(
            address, requests(address, 100), rate_per_s=200, connections=4, grace_s=5
        )
    assert load.answered == 100
    assert 0.49 <= load.seconds < 0.8


def test_answers_after_the_last_arrival_are_not_in_time() -> None:
    """The last 20 of 100 requests wait for one that takes longer than the arrivals."""
    with server(lambda number: (1 if number == 80 else 0, OK)) as address:
        load = open_http_load(
            address, requests(address, 100), rate_per_s=200, connections=1, grace_s=5
        )
    assert load.answered == 100
    assert 0.7 < load.in_time_share <= 0.8


def test_a_stalled_server_cannot_hide_what_it_delayed() -> None:
    """With one connection and a first answer after 0.4 s, all that were due meanwhile are late."""
    with server(lambda number: (0.4 if number == 0 else 0, OK)) as address:
        load = open_http_load(
            address, requests(address, 40), rate_per_s=100, connections=1, grace_s=5
        )
    assert load.answered == 40
    assert load.percentile_ms(50) > 100, "latency must count from when a request was due"
