"""The HTTP transport against the real HTTP API on a real port."""

import socket
from collections.abc import Callable, Iterator

import pytest

from serve_app.client.analyses import Analyses
from serve_app.client.background_loop import BackgroundLoop
from serve_app.client.connection import ServiceConnection
from serve_app.client.http import HttpTransport
from serve_app.client.retry import Patience
from tests.services.running_posts import running_posts
from tests.transport_contract import POST, TransportContract


class TestHttpTransport(TransportContract):
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, database_url: str) -> Iterator[str]:
        with running_posts(database_url) as api:
            yield api.url

    @pytest.fixture
    def transport(self, loop: BackgroundLoop, url: str) -> Iterator[HttpTransport]:
        transport = HttpTransport(url, api_key=None, timeout_s=30, patience=Patience(0))
        yield transport
        loop.run(transport.close())

    @pytest.fixture
    def unreachable(self) -> Callable[[BackgroundLoop], None]:
        with socket.create_server(("127.0.0.1", 0)) as closed_soon:
            port = closed_soon.getsockname()[1]

        def call(loop: BackgroundLoop) -> None:
            transport = HttpTransport(
                f"http://127.0.0.1:{port}", api_key=None, timeout_s=5, patience=Patience(1)
            )
            loop.run(Analyses(ServiceConnection(transport)).analyze({"text": POST}))

        return call
