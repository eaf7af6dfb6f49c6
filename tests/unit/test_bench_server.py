"""A measured server is started, waited for, and ended with all its processes."""

import sys
from pathlib import Path

import pytest

from loadtest.bench.server import ServerCommand, running
from loadtest.bench.targets import check_status
from loadtest.generator.http_load import ServerAddress
from serve_app.standalone.errors import ProcessFailed
from serve_app.standalone.ports import free_port


def address() -> ServerAddress:
    return ServerAddress("127.0.0.1", free_port(), check_status)


def test_a_server_is_ready_inside_and_gone_outside(tmp_path: Path) -> None:
    where = address()
    arguments = (sys.executable, "-m", "http.server", str(where.port), "--bind", where.host)
    with running(ServerCommand(arguments, "/"), where, tmp_path / "log") as server:
        assert server.ready_after_s > 0
        assert server.usage().pss_bytes > 0
        assert len(server.mark.processes()) == 1
    assert server.mark.processes() == []


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    command = ServerCommand((sys.executable, "-c", "raise SystemExit('no such model')"), "/")
    with (
        pytest.raises(ProcessFailed, match="no such model"),
        running(command, address(), tmp_path / "log"),
    ):
        pass
