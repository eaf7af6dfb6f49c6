"""What the doctor says of a service that runs: what was restarted, what is down."""

from pathlib import Path

import pytest

from serve_app.cli.doctor.finding import Finding, Level, Setup
from serve_app.cli.doctor.machine import check_port
from serve_app.cli.doctor.service import check_service
from serve_app.settings import Secrets
from serve_app.standalone.lock_file import acquire
from serve_app.standalone.ports import free_port
from serve_app.standalone.service_state import ProcessState, ServiceState


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    port = free_port()
    processes = [
        ProcessState("Postgres", True, 2, "Postgres was ended by signal 9", "2026-01-02T03:04:05"),
        ProcessState("Valkey", False, 0, "Valkey ended with code 1", "2026-01-02T03:04:06"),
        ProcessState("Ray", True, 0, "", ""),
    ]
    (tmp_path / "run").mkdir()
    ServiceState(f"http://127.0.0.1:{port}", processes).write(tmp_path / "run")
    return Setup(port, tmp_path, Secrets())


def finding(setup: Setup, start: str) -> Finding:
    [match] = [f for f in check_service(setup) if f.detail.startswith(start)]
    return match


def test_without_a_running_service_there_is_nothing_to_say(setup: Setup) -> None:
    assert list(check_service(setup)) == []
    with acquire(setup.data_dir / "run" / "serve.lock"):
        pass
    assert list(check_service(setup)) == []


def test_every_process_is_told_by_name(setup: Setup) -> None:
    with acquire(setup.data_dir / "run" / "serve.lock"):
        mended, down = finding(setup, "Postgres"), finding(setup, "Valkey")
        assert finding(setup, "Ray").level is Level.OK
        assert finding(setup, "http").level is Level.WARN  # nobody listens there
    assert mended.level is Level.WARN
    assert "2 restarts" in mended.detail
    assert "signal 9" in mended.detail
    assert down.level is Level.FAIL
    assert "ended with code 1" in down.detail


def test_the_port_of_the_running_service_is_not_called_taken(setup: Setup) -> None:
    with acquire(setup.data_dir / "run" / "serve.lock"):
        [port] = check_port(setup)
    assert port.level is Level.OK
    assert "running service" in port.detail
