"""A whole service, as a user starts it: `postlens serve` in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

START_TIMEOUT_S = 150
STOP_TIMEOUT_S = 15


@dataclass
class RunningService:
    """A service of one data folder, started and stopped through its command."""

    data_dir: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.data_dir / "service.log").read_text(errors="replace")

    def start(self) -> None:
        command = [sys.executable, "-m", "serve_app.cli", "serve", "--port", str(self.port)]
        with (self.data_dir / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--data-dir", str(self.data_dir)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        assert self.process
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the service ended:\n{self.log}"
            try:
                if httpx.get(f"{self.url}/v1/health/ready", timeout=10).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"not ready after {START_TIMEOUT_S} s:\n{self.log}")

    def interrupt(self) -> float:
        """Ctrl-C, as a terminal sends it: to the whole process group; seconds until its end."""
        assert self.process
        started = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)
        return time.monotonic() - started

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait(10)

    def processes(self) -> list[psutil.Process]:
        """Every living process that carries the mark of this data folder."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("POSTLENS_SERVICE") == str(self.data_dir.resolve()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def replicas(self, deployment: str) -> list[psutil.Process]:
        title = f"ray::ServeReplica:default:{deployment}"
        return [p for p in self.processes() if p.cmdline()[:1] and p.cmdline()[0].startswith(title)]
