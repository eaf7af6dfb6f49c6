"""A large file through the served ingress: what the driver holds of it does not grow with it."""

import json
import threading
from collections.abc import Iterator

import httpx
import psutil

from tests.cluster.running_service import RunningService

MIB = 2**20
ROW_BYTES = 40_000
ROWS = 50 * MIB // ROW_BYTES
#: Of the driver, above what it held before; the file is more than thrice as long.
MOST_GROWTH = 15 * MIB


def rows() -> Iterator[bytes]:
    """Blank posts, which are refused: nothing is left to be analysed."""
    for number in range(ROWS):
        row = json.dumps({"id": number, "text": " ", "note": "x" * ROW_BYTES})
        yield f"{row}\n".encode()


def test_an_import_of_50_mb_is_held_in_constant_memory(service: RunningService) -> None:
    [driver] = service.replicas("driver")
    with httpx.Client(base_url=service.url, timeout=120) as client:
        headers = {"Content-Type": "application/x-ndjson"}
        client.post("/v1/posts:import", content=b'{"text": " "}\n', headers=headers)
        before, done = driver.memory_info().rss, threading.Event()
        watching = Watcher(driver, done)
        watching.start()
        lines = client.post("/v1/posts:import", content=rows(), headers=headers).text.splitlines()
        done.set()
        watching.join()
    end = json.loads(lines[-1])
    assert (end["imported"], end["refused"]) == (0, ROWS)
    assert watching.most - before < MOST_GROWTH, f"{(watching.most - before) / MIB:.0f} MiB"


class Watcher(threading.Thread):
    """The most memory that a process holds, in bytes, until it is told that all is done."""

    def __init__(self, process: psutil.Process, done: threading.Event) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._done = done
        self.most = 0

    def run(self) -> None:
        while not self._done.wait(0.05):
            self.most = max(self.most, self._process.memory_info().rss)
