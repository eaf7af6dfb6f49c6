"""The Ray transport against the driver of a real service.

This process joins the service's Ray and leaves it at the end: a Ray that goes away takes
along those that are still connected.
"""

from collections.abc import Callable, Iterator

import pytest

from serve_app.client.background_loop import BackgroundLoop
from serve_app.client.connection import ServiceConnection
from serve_app.client.errors import PostLensError, RequestRefused
from serve_app.client.ray import MAX_MESSAGE_BYTES, RayTransport
from serve_app.client.transport import Request
from tests.cluster.running_service import RunningService
from tests.transport_contract import TransportContract, each_of, joined, unique_post


class TestRayTransport(TransportContract):
    @pytest.fixture(scope="class")
    @classmethod
    def loop(cls) -> Iterator[BackgroundLoop]:
        """One for all cases: a handle belongs to the loop of its first call."""
        loop = BackgroundLoop()
        yield loop
        loop.stop()

    @pytest.fixture(scope="class")
    @classmethod
    def transport(cls, service: RunningService, loop: BackgroundLoop) -> Iterator[RayTransport]:
        import ray

        transport = RayTransport("default", service.ray_address, "default")
        yield transport
        loop.run(transport.close())
        ray.shutdown()

    @pytest.fixture
    def unreachable(self, transport: RayTransport) -> Callable[[BackgroundLoop], None]:
        def call(loop: BackgroundLoop) -> None:
            RayTransport("no-such-application", "auto", "default")

        return call

    def test_a_workspace_is_named_in_place_of_a_key(
        self, service: RunningService, loop: BackgroundLoop, transport: RayTransport
    ) -> None:
        named = RayTransport("default", service.ray_address, "acme")
        acme, default = ServiceConnection(named), ServiceConnection(transport)
        post = loop.run(acme.json("POST", "/v1/posts", body={"text": unique_post()}))
        path = f"/v1/posts/{post['id']}"
        assert loop.run(acme.json("GET", path)) == post
        assert loop.run(acme.json("GET", "/v1/workspace"))["name"] == "acme"
        with pytest.raises(RequestRefused, match="There is no post"):
            loop.run(default.json("GET", path))
        loop.run(named.close())

    def test_what_cannot_be_a_workspace_is_refused(
        self, service: RunningService, loop: BackgroundLoop, transport: RayTransport
    ) -> None:
        misnamed = RayTransport("default", service.ray_address, "Acme & Co")
        with pytest.raises(RequestRefused, match="no name of a workspace"):
            loop.run(ServiceConnection(misnamed).json("GET", "/v1/workspace"))
        loop.run(misnamed.close())

    def test_a_file_may_be_as_large_as_a_message(
        self, loop: BackgroundLoop, transport: RayTransport
    ) -> None:
        parts = each_of([b"x" * 2**20] * (MAX_MESSAGE_BYTES // 2**20 + 1))
        request = Request("POST", "/v1/posts:import", parts=parts)
        with pytest.raises(PostLensError, match="send it over HTTP"):
            loop.run(joined(transport.stream(request)))
