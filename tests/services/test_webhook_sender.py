"""One attempt at delivery, to a real HTTP server."""

import asyncio
import datetime
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from serve_app.webhooks.sender import Attempt, Message, Sender
from tests.services.certificates import self_signed
from tests.services.webhook_receiver import Receiver, answer, receiving

_NAME = "hooks.example.org"


def message(url: str) -> Message:
    return Message("m-1", b'{"type":"alert.raised"}', url, [b"secret" * 5])


async def to_loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    sender = Sender(allow_private=True, timeout_s=1, resolve=to_loopback)
    yield sender
    await sender.close()


async def test_a_2xx_is_a_delivery(sender: Sender) -> None:
    async with receiving(answer(200, body=b"thanks")) as receiver:
        assert await sender.send(message(receiver.url + "?a=b")) == Attempt(True, 200)
    [request] = receiver.requests
    assert request.target == "/hook?a=b"
    assert request.body == b'{"type":"alert.raised"}'
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "m-1"
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 5


async def test_the_host_is_the_name_and_not_the_address(sender: Sender) -> None:
    async with receiving() as receiver:
        url = f"http://{_NAME}:{receiver.port}/hook"
        assert (await sender.send(message(url))).delivered
    assert receiver.requests[0].headers["host"] == f"{_NAME}:{receiver.port}"


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_a_redirect_is_not_followed(sender: Sender, status: int) -> None:
    async with receiving() as other:
        location = f"Location: {other.url}"
        async with receiving(answer(status, location)) as receiver:
            attempt = await sender.send(message(receiver.url))
    assert attempt == Attempt(False, status, f"The receiver answered a redirect ({status}).")
    assert other.requests == []


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_any_other_status_is_a_failure(sender: Sender, status: int) -> None:
    async with receiving(answer(status)) as receiver:
        attempt = await sender.send(message(receiver.url))
    assert attempt == Attempt(False, status, f"The receiver answered {status}.")


async def test_what_a_receiver_asks_for_is_heard(sender: Sender) -> None:
    in_a_minute = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)
    date = in_a_minute.strftime("%a, %d %b %Y %H:%M:%S GMT")
    answers = [answer(429, f"Retry-After: {value}") for value in ("120", date, "soon", "9" * 400)]
    async with receiving(*answers) as receiver:
        waits = [(await sender.send(message(receiver.url))).retry_after_s for _ in answers]
    assert waits[0] == 120
    assert 50 < waits[1] <= 60
    assert waits[2] == 0
    assert waits[3] == 999_999_999


async def test_gone_is_final(sender: Sender) -> None:
    async with receiving(answer(410)) as receiver:
        attempt = await sender.send(message(receiver.url))
    assert (attempt.final, attempt.gone, attempt.status) == (True, True, 410)


async def test_a_receiver_that_hangs_costs_the_timeout(sender: Sender) -> None:
    async with receiving(None) as receiver:
        started = time.monotonic()
        attempt = await sender.send(message(receiver.url))
    assert attempt == Attempt(False, reason="There was no answer within 1 s.")
    assert time.monotonic() - started < 3


class Dripping(Receiver):
    """Sends a header that never ends, a byte at a time."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.05)


async def test_a_receiver_that_drips_costs_no_more(sender: Sender) -> None:
    async with receiving(make=Dripping) as receiver:
        attempt = await sender.send(message(receiver.url))
    assert attempt.reason == "There was no answer within 1 s."


async def test_an_endless_answer_is_not_read(sender: Sender) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 2_000
    async with receiving(endless) as receiver:
        started = time.monotonic()
        assert (await sender.send(message(receiver.url))).delivered
    assert time.monotonic() - started < 0.9


async def test_what_is_no_http_is_a_failure(sender: Sender) -> None:
    async with receiving(b"SSH-2.0-OpenSSH_9.6\r\n") as receiver:
        attempt = await sender.send(message(receiver.url))
    assert attempt.reason == "It could not be sent (RemoteProtocolError)."


async def test_nobody_at_the_port_is_a_failure(sender: Sender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    attempt = await sender.send(message(f"http://127.0.0.1:{port}/"))
    assert attempt.reason == "It could not be sent (ConnectError)."


async def test_addresses_inside_are_refused_and_nothing_is_sent() -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    sender = Sender(allow_private=False, timeout_s=1, resolve=resolve)
    async with receiving() as receiver:
        by_name = await sender.send(message(f"http://{_NAME}:{receiver.port}/"))
        by_address = await sender.send(message(receiver.url))
    await sender.close()
    assert by_name.final
    assert (
        by_name.reason == f"The URL is not called: {_NAME} has no address in the public internet."
    )
    assert by_address.reason is not None
    assert "127.0.0.1 is not an address of the public internet" in by_address.reason
    assert receiver.requests == []
    assert asked == [_NAME]


async def test_a_name_is_resolved_once_and_not_by_the_http_client() -> None:
    """A name that changes its address between the check and the call (DNS rebinding)."""
    addresses = ["127.0.0.1", "127.0.0.2"]

    async def resolve(host: str, port: int) -> list[str]:
        return [addresses.pop(0)]

    sender = Sender(allow_private=True, timeout_s=1, resolve=resolve)
    async with receiving() as receiver:
        assert (await sender.send(message(f"http://{_NAME}:{receiver.port}/"))).delivered
    await sender.close()
    assert addresses == ["127.0.0.2"]


async def test_a_name_that_cannot_be_resolved_is_tried_again() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    sender = Sender(allow_private=False, timeout_s=1, resolve=resolve)
    attempt = await sender.send(message(f"https://{_NAME}/"))
    await sender.close()
    assert attempt == Attempt(False, reason="It could not be sent (gaierror).")


async def test_no_proxy_is_asked(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        other = Sender(allow_private=True, timeout_s=1, resolve=to_loopback)
        assert (await other.send(message(receiver.url))).delivered
        await other.close()
    assert proxy.requests == []


@pytest.mark.parametrize(("certified", "delivered"), [(_NAME, True), ("other.example.org", False)])
async def test_a_certificate_is_held_to_the_name(
    tmp_path: Path, certified: str, delivered: bool
) -> None:
    certificate = self_signed(tmp_path, certified)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    names: list[str | None] = []
    serving.sni_callback = lambda connection, name, context: names.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))
    sender = Sender(allow_private=True, timeout_s=2, resolve=to_loopback, verify=trusting)
    async with receiving(tls=serving) as receiver:
        attempt = await sender.send(message(f"https://{_NAME}:{receiver.port}/"))
    await sender.close()
    assert attempt.delivered == delivered
    assert names == [_NAME]
