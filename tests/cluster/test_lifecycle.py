"""Starting, stopping and killing a service, and what is left of it."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from serve_app.settings import StoreSettings
from serve_app.standalone.embedded import EmbeddedServers
from serve_app.standalone.ports import free_port
from serve_app.standalone.service_process import serve_command, start_service
from serve_app.store import PostgresStore
from tests.cluster.running_service import STOP_TIMEOUT_S, RunningService


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def wait_for(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_stop_kill_and_start_again(tmp_path: Path) -> None:
    """One story, since every start takes its time: analyse, kill -9, start, Ctrl-C."""
    service = RunningService(tmp_path, free_port())
    service.start()
    with httpx.Client(base_url=service.url, timeout=60) as http:
        answer = http.post("/v1/analyze", json={"text": "We won the contract!"}).json()
        time.sleep(1.5)  # rows are written behind the answer; the Valkey log every second

    service.kill()
    wait_for(lambda: service.processes() == [])  # none lives on beside the next one
    service.start()
    with httpx.Client(base_url=service.url, timeout=60) as http:
        stored = http.get(f"/v1/analyses/{answer['digest']}").json()
        assert stored["sentiment"] == answer["sentiment"]
        again = http.post("/v1/analyze", json={"text": "We won the contract!"}).json()
        assert again["cache"] == "hit"
        last = http.post("/v1/analyze", json={"text": "Said right before Ctrl-C."}).json()

    took_s = service.interrupt()
    assert took_s < STOP_TIMEOUT_S
    assert service.exit_code == 0
    assert is_free(service.port)
    assert service.processes() == []
    assert "Stopped." in service.log
    assert asyncio.run(is_stored(tmp_path, last["digest"])), "not flushed when it was stopped"


def test_ctrl_c_during_the_start_ends_with_one_line(tmp_path: Path) -> None:
    service = RunningService(tmp_path, free_port())
    service.process = start_service(service.port, tmp_path, tmp_path / "service.log")
    wait_for(lambda: "Starting the analyses" in service.log)
    service.interrupt()
    assert service.exit_code == 128 + signal.SIGINT
    assert "Traceback" not in service.log
    assert service.log.splitlines()[-1] == "Stopped."
    assert service.processes() == []


async def is_stored(data_dir: Path, digest: str) -> bool:
    with EmbeddedServers.start(data_dir) as servers:
        store = await PostgresStore.open(servers.database_url, StoreSettings())
        try:
            return await store.find(digest) is not None
        finally:
            await store.close()


def test_a_second_service_leaves_the_first_alone(service: RunningService) -> None:
    second = subprocess.run(
        serve_command(free_port(), service.data_dir),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert f"already runs on {service.data_dir.resolve()}" in second.stderr
    assert httpx.get(f"{service.url}/v1/health/ready", timeout=60).status_code == 200


def test_a_taken_port_is_named_with_the_remedy(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from serve_app.cli.commands import main

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(
            main, ["serve", "--port", str(port), "--data-dir", str(tmp_path)]
        )
    assert result.exit_code == 1
    assert f"127.0.0.1:{port}" in result.output
    assert "--port" in result.output
