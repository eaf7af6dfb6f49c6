"""A whole service, as a user starts it: `postlens serve` in a process of its own."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from serve_app.standalone.child_process import ChildProcess
from serve_app.standalone.process_mark import ProcessMark
from serve_app.standalone.service_process import start_service

T = TypeVar("T")

#: As long as the service itself waits for Ray, and what comes before.
START_TIMEOUT_S = 240
STOP_TIMEOUT_S = 15


@dataclass
class RunningService:
    """A service of one data folder, started and stopped through its command."""

    data_dir: Path
    port: int
    config: str = "local"
    process: ChildProcess | None = None
    exit_code: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        path = self.data_dir / "service.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def ray_address(self) -> str:
        """Where other Ray jobs join, as the service prints it."""
        return next(line.split()[1] for line in self.log.splitlines() if "  ray " in line)

    def start(self) -> None:
        """Start it and wait for its own word that it is ready.

        Not for an answer on its port: what a killed service left behind answers there, too.
        """
        earlier = len(self.log)
        self.process = start_service(
            self.port, self.data_dir, self.data_dir / "service.log", self.config
        )
        self.process.wait_until(
            lambda: "PostLens is ready" in self.log[earlier:], START_TIMEOUT_S, poll_s=0.2
        )

    def interrupt(self) -> float:
        """Ctrl-C, as a terminal sends it: to the whole process group; seconds until its end."""
        assert self.process
        started = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.exit_code = self.process.wait(60)
        return time.monotonic() - started

    def kill(self) -> None:
        assert self.process
        self.exit_code = self.process.kill()

    def processes(self) -> list[psutil.Process]:
        """Every living process of this data folder."""
        return ProcessMark(str(self.data_dir.resolve())).processes()

    def of_each_process(self, look: Callable[[psutil.Process], T]) -> list[T]:
        """What ``look`` gives of each that does not end meanwhile, as connections' do."""
        seen = []
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                seen.append(look(process))
        return seen

    def replicas(self, deployment: str) -> list[psutil.Process]:
        title = f"ray::ServeReplica:default:{deployment}"
        titled = self.of_each_process(lambda p: (p, "".join(p.cmdline()[:1])))
        return [process for process, its in titled if its.startswith(title)]
