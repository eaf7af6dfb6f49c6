"""HAProxy with the configuration that Ray renders and PostLens adjusts, before a real server."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from ray.serve._private.haproxy import BackendConfig, HAProxyApi, HAProxyConfig, ServerConfig
from ray.serve.config import HTTPOptions
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send
from websockets.exceptions import InvalidStatus

from serve_app.api.application import build_api
from serve_app.problems import PROBLEM_TYPES
from serve_app.standalone import haproxy
from serve_app.standalone.haproxy_config import (
    CLIENT_TIMEOUT_S,
    HEADER_TIMEOUT_S,
    UnknownConfiguration,
    adjusted,
)
from tests.services.asgi_client import POST, problem
from tests.services.draft_caller import caller
from tests.services.rule_service import RuleService
from tests.services.running_api import served


class Replica:
    """The API as Serve runs it: it adds a request id, and sometimes answers itself, in text."""

    def __init__(self) -> None:
        self._api = build_api(RuleService(), on_request=lambda entry: None)
        self.headers: dict[bytes, bytes] = {}
        self.delay_s = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "health" not in scope["path"]:
            self.headers = dict(scope["headers"])
            await asyncio.sleep(self.delay_s)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", b"of-serve")]
            await send(message)

        if status := re.fullmatch(r"/serve/(\d+)", scope["path"]):
            response = PlainTextResponse("Path not found", int(status[1]))
            await response(scope, receive, send_with_id)
        else:
            await self._api(scope, receive, send_with_id)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _render(folder: Path, *, port: int, replicas: list[int], host: str = "127.0.0.1") -> Path:
    """Ray's configuration for a frontend at ``port``, with replicas at some ports."""
    config = HAProxyConfig(
        http_options=HTTPOptions(host=host, port=port),
        is_head=True,
        socket_path=str(folder / "admin.sock"),
        server_state_base=str(folder),
        server_state_file=str(folder / "state"),
        metrics_socket_path=str(folder / "metrics.sock"),
        metrics_port=_free_port(),
        stats_port=_free_port(),
        timeout_connect_s=1,
    )
    api = HAProxyApi(cfg=config, config_file_path=str(folder / "haproxy.cfg"))
    servers = [ServerConfig(name=f"r{n}", host="127.0.0.1", port=n) for n in replicas]
    if servers:
        backend = BackendConfig(name="app", path_prefix="/", app_name="default", servers=servers)
        backend.http_health_check_path = "/v1/health/live"
        api.set_backend_configs({"app": backend})
    api._generate_config_file_internal()
    return folder / "haproxy.cfg"


@contextmanager
def _running(folder: Path, *, port: int, replicas: list[int], hasty: bool = False) -> Iterator[int]:
    """HAProxy as Ray starts it; gives its process id."""
    config = _render(folder, port=port, replicas=replicas)
    if hasty:
        text = adjusted(config.read_text(), loopback=True)
        config.write_text(re.sub(r"(timeout (?:client|http-request) \d+)s", r"\g<1>00ms", text))
    program = haproxy.install(folder)
    environment = os.environ | {"RAY_SERVE_HAPROXY_BINARY_PATH": str(program)}
    process = subprocess.Popen(
        [program, "-db", "-f", config], stderr=subprocess.PIPE, env=environment
    )
    try:
        deadline = time.monotonic() + 20
        while not _answers(port):
            assert process.poll() is None, process.communicate()[1].decode()
            assert time.monotonic() < deadline, "HAProxy did not listen within 20 s"
            time.sleep(0.05)
        yield process.pid
    finally:
        process.kill()
        process.communicate()


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def replica() -> Replica:
    return Replica()


@pytest.fixture(scope="module")
def replica_port(replica: Replica) -> Iterator[int]:
    with served(replica) as url:
        yield int(url.rpartition(":")[2])


@pytest.fixture(scope="module")
def proxy(replica_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    port, folder = _free_port(), tmp_path_factory.mktemp("proxy")
    with (
        _running(folder, port=port, replicas=[replica_port]),
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        yield client


@pytest.fixture(scope="module")
def hasty_port(replica_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an HAProxy whose deadlines are tenths of ours."""
    port, folder = _free_port(), tmp_path_factory.mktemp("hasty")
    with _running(folder, port=port, replicas=[replica_port], hasty=True):
        yield port


def _exchange(port: int, *parts: bytes, pause_s: float = 0) -> tuple[bytes, bytes]:
    """Head and body of what comes back until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        for part in parts:
            client.sendall(part)
            time.sleep(pause_s)
        received = b""
        while chunk := client.recv(65_536):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("value", [b"mine-1", b"x" * 128, b"a:b.c_D"])
def test_a_valid_request_id_comes_back_once(proxy: httpx.Client, value: bytes) -> None:
    response = proxy.get("/v1/health/live", headers={b"X-Request-Id": value})
    assert response.headers.get_list("x-request-id") == [value.decode()]


@pytest.mark.parametrize(
    "values",
    [
        [], [b""], [b"\xe9"], [b"\xff\xfe"], [b"a b"], [b'a"b'], [b"x" * 129], [b"a", b"b"],
        [b"a,b"], [b"%[env(HOME)]"], [b"{}"],
    ],
)  # fmt: skip
def test_any_other_is_replaced_by_one_of_the_service(
    proxy: httpx.Client, values: list[bytes]
) -> None:
    headers = [(b"X-Request-Id", value) for value in values]
    response = proxy.post("/v1/analyze", json={"text": " "}, headers=headers)
    content = problem(response, "blank-text")
    [request_id] = response.headers.get_list("x-request-id")
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    assert content["request_id"] == request_id


@pytest.mark.parametrize(
    "name",
    [
        "serve_multiplexed_model_id", "Serve-Multiplexed-Model-Id", "x-session-id", "X_Session_Id",
        "x-request-timeout-seconds", "X-Request-Disconnect-Disabled",
    ],
)  # fmt: skip
def test_no_header_steers_serve(replica: Replica, proxy: httpx.Client, name: str) -> None:
    headers = {name.encode(): b"\xe9", b"X-Kept": b"\xe9"}
    assert proxy.get("/", headers=headers).status_code == 200
    assert b"x-kept" in replica.headers
    assert name.lower().encode() not in replica.headers


@pytest.mark.parametrize("path", ["/v1/posts:import", "/v1/posts%3Aimport?format=csv", "/v1/jobs"])
def test_serve_does_not_read_a_file_ahead(replica: Replica, proxy: httpx.Client, path: str) -> None:
    for value in (b"?0", b"?1"):
        proxy.post(path, headers={b"X-Request-Disconnect-Disabled": value})
        assert replica.headers[b"x-request-disconnect-disabled"] == b"?1"
    proxy.post("/v1/posts", params={"path": path})
    assert b"x-request-disconnect-disabled" not in replica.headers


@pytest.mark.parametrize(
    ("status", "slug"),
    [(404, "not-ready"), (408, "not-ready"), (503, "not-ready"), (500, "internal"),
     (400, "internal")],
)  # fmt: skip
def test_what_serve_says_in_plain_text_is_a_problem(
    proxy: httpx.Client, status: int, slug: str
) -> None:
    response = proxy.get(f"/serve/{status}", headers={"X-Request-Id": "mine"})
    assert problem(response, slug)["request_id"] == "mine"
    assert ("retry-after" in response.headers) == (slug == "not-ready")


def test_the_services_own_problems_pass(proxy: httpx.Client) -> None:
    problem(proxy.get("/nothing"), "not-found")
    problem(proxy.post("/v1/analyze", content=b"{"), "wrong-media-type")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTX/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nna\xefme: x\r\nHost: a\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(proxy: httpx.Client, request_bytes: bytes) -> None:
    head, _ = _exchange(proxy.base_url.port or 0, request_bytes)
    assert head.startswith(b"HTTP/1.1 400")


def test_without_a_replica_the_answer_is_not_ready(tmp_path: Path) -> None:
    for folder, replicas in (("no-backend", []), ("no-replica", [_free_port()])):
        (tmp_path / folder).mkdir()
        port = _free_port()
        with _running(tmp_path / folder, port=port, replicas=replicas):
            response = httpx.get(f"http://127.0.0.1:{port}/v1/analyze")
        content = problem(response, "not-ready")
        assert content["request_id"]
        assert response.headers["retry-after"] == "1"


def test_a_replica_that_dies_with_a_request_is_not_ready(tmp_path: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = _free_port()
    with listening, _running(tmp_path, port=port, replicas=[listening.getsockname()[1]]):
        listening.settimeout(20)
        request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(request)
            for _ in range(10):  # HAProxy's own checks of the replica may come first
                connection, _ = listening.accept()
                with connection:
                    if b"x-request-id" in connection.recv(65_536).lower():
                        break
                    # One that fails would make the request wait for nobody.
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1" in answer.lower()
    assert b"/problems/not-ready" in answer


def test_a_slow_head_is_dropped(hasty_port: int) -> None:
    head, _ = _exchange(hasty_port, b"POST /v1/analyze HTTP/1.1\r\nHost: a\r\n")
    assert head.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("parts", [(b'{"text":',), (b" " * 100_000, b" ")])
def test_a_body_that_pauses_is_dropped(hasty_port: int, parts: tuple[bytes, ...]) -> None:
    head = (
        b"POST /v1/analyze HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 8000000\r\n\r\n"
    )
    answer, body = _exchange(hasty_port, head, *parts)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"/problems/incomplete-request" in body
    assert b"x-request-id:" in answer.lower()


def test_waiting_for_an_answer_is_not_slow(replica: Replica, hasty_port: int) -> None:
    replica.delay_s = CLIENT_TIMEOUT_S / 10 + 1
    try:
        response = httpx.post(
            f"http://127.0.0.1:{hasty_port}/v1/analyze", json={"text": POST}, timeout=30
        )
    finally:
        replica.delay_s = 0
    assert response.status_code == 200


def test_it_listens_on_loopback_alone(tmp_path: Path) -> None:
    with _running(tmp_path, port=_free_port(), replicas=[]) as pid:
        connections = psutil.Process(pid).net_connections("inet")
    addresses = {connection.laddr.ip for connection in connections if connection.laddr}
    assert addresses == {"127.0.0.1"}


def test_on_a_cluster_its_metrics_are_for_all(tmp_path: Path) -> None:
    text = _render(tmp_path, port=_free_port(), replicas=[]).read_text()
    assert re.search(r"bind :\d+", adjusted(text, loopback=False))
    assert not re.search(r"bind \*?:\d+", adjusted(text, loopback=True))


@pytest.mark.parametrize(("host", "bind"), [("0.0.0.0", r"\*"), ("10.0.0.7", r"10\.0\.0\.7")])
def test_beyond_loopback_http_alone_listens(tmp_path: Path, host: str, bind: str) -> None:
    text = _render(tmp_path, port=8123, replicas=[], host=host).read_text()
    listening = re.findall(r"^ +bind (\S+):\d+", adjusted(text, loopback=True), re.MULTILINE)
    assert re.fullmatch(bind, listening.pop(1))
    assert listening == ["127.0.0.1"] * 2


def test_adjusting_twice_changes_nothing(tmp_path: Path) -> None:
    once = adjusted(_render(tmp_path, port=_free_port(), replicas=[]).read_text(), loopback=True)
    assert adjusted(once, loopback=True) == once
    assert f"timeout http-request {HEADER_TIMEOUT_S}s" in once


@pytest.mark.parametrize("line", ["timeout client", "errorfile 503", "frontend http_frontend"])
def test_a_configuration_of_another_ray_is_refused(tmp_path: Path, line: str) -> None:
    config = _render(tmp_path, port=_free_port(), replicas=[])
    config.write_text(config.read_text().replace(line, f"# {line}"))
    with pytest.raises(UnknownConfiguration, match=r"Ray 2\.60"):
        adjusted(config.read_text(), loopback=True)
    command = [sys.executable, "-m", "serve_app.standalone.haproxy", "-c", "-f", str(config)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "postlens-haproxy:" in ended.stderr


def test_its_problems_are_those_of_the_table(tmp_path: Path) -> None:
    text = adjusted(_render(tmp_path, port=1, replicas=[]).read_text(), loopback=True)
    slugs: set[Any] = set(re.findall(r'"type":"/problems/([a-z-]+)"', text))
    assert slugs <= PROBLEM_TYPES.keys()


def test_a_channel_passes_with_its_key_and_lasts_longer_than_a_silent_sender(
    hasty_port: int, replica: Replica
) -> None:
    """The deadlines of requests, a tenth of ours here, do not hold for what it carries."""
    with caller(f"http://127.0.0.1:{hasty_port}", headers=[("X-Request-Id", "mine")]) as typing:
        time.sleep(CLIENT_TIMEOUT_S / 10 + 0.5)
        typing.send(0, POST)
        assert "done" in typing.until_done(0)[-1]
        response = typing.connection.response
    assert response is not None
    assert response.headers.get_all("x-request-id") == ["mine"]
    assert replica.headers[b"x-request-disconnect-disabled"] == b"?1"


def test_a_refused_channel_is_the_replicas_problem(proxy: httpx.Client) -> None:
    url = str(proxy.base_url).rstrip("/")
    with pytest.raises(InvalidStatus) as refused, caller(url, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403
    assert b"/problems/foreign-origin" in refused.value.response.body
