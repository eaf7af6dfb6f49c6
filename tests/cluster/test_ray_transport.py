"""The Ray transport against the driver of a real service.

This process joins the service's Ray and leaves it at the end: a Ray that goes away takes
along those that are still connected.
"""

from collections.abc import Callable, Iterator

import pytest

from serve_app.client.background_loop import BackgroundLoop
from serve_app.client.ray import RayTransport
from tests.cluster.running_service import RunningService
from tests.transport_contract import TransportContract


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
    def transport(cls, service: RunningService) -> Iterator[RayTransport]:
        import ray

        yield RayTransport("default", service.ray_address)
        ray.shutdown()

    @pytest.fixture
    def unreachable(self, transport: RayTransport) -> Callable[[BackgroundLoop], None]:
        def call(loop: BackgroundLoop) -> None:
            RayTransport("no-such-application", "auto")

        return call
