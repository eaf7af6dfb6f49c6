"""A whole service, as a user starts it: `postlens serve` in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from serve_app.standalone.process_mark import ProcessMark

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
        path = self.data_dir / "service.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start it and wait for its own word that it is ready.

        Not for an answer on its port: what a killed service left behind answers there, too.
        """
        command = [sys.executable, "-m", "serve_app.cli", "serve", "--port", str(self.port)]
        said_before = len(self.log)
        with (self.data_dir / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--data-dir", str(self.data_dir)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while "PostLens is ready" not in self.log[said_before:]:
            assert self.process.poll() is None, f"the service ended:\n{self.log}"
            assert time.monotonic() < deadline, f"not ready in time:\n{self.log}"
            time.sleep(0.2)

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
        """Every living process of this data folder."""
        return ProcessMark(str(self.data_dir.resolve())).processes()

    def replicas(self, deployment: str) -> list[psutil.Process]:
        title = f"ray::ServeReplica:default:{deployment}"
        return [p for p in self.processes() if p.cmdline()[:1] and p.cmdline()[0].startswith(title)]
