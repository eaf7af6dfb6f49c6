"""One service for all cluster tests that leave it in order."""

from collections.abc import Iterator

import pytest

from serve_app.standalone.ports import free_port
from tests.cluster.running_service import RunningService


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """`postlens serve` on a free port, with a data folder of its own."""
    running = RunningService(tmp_path_factory.mktemp("service"), free_port())
    running.start()
    yield running
    running.interrupt()
