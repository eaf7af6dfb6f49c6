"""Jobs through a whole service whose workers are a deployment of their own."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import orjson
import pytest

from loadtest.kills import processes
from serve_app.client import PostLens
from serve_app.standalone.ports import free_port
from serve_app.standalone.process_mark import ProcessMark
from tests.cluster.running_service import RunningService

_POSTS = 300
_TIMEOUT_S = 180.0
#: Of a process that holds no models.
_WORKER_BYTES = 250 * 2**20


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("jobs"), free_port())
    running.start()
    yield running
    running.interrupt()


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _TIMEOUT_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _kill(service: RunningService, kind: str) -> None:
    mark = ProcessMark(str(service.data_dir.resolve()))
    [process] = processes(kind, mark)
    process.kill()
    _until(lambda: any(p.pid != process.pid for p in processes(kind, mark)))


def _key_of(service: RunningService, workspace: str) -> str:
    """A key of a workspace: a handle would join this process to a Ray that other tests kill."""
    content = {"name": "k", "workspace": workspace}
    answer = httpx.post(f"{service.url}/v1/keys", json=content, timeout=_TIMEOUT_S)
    return str(answer.raise_for_status().json()["key"])


def test_a_job_outlives_its_worker_and_its_driver(service: RunningService) -> None:
    with PostLens.over_http(service.url, patience_s=_TIMEOUT_S) as postlens:
        posts = [f"Proud of our work in Berlin. Reference {n}." for n in range(_POSTS)]
        job = postlens.jobs.create(posts, analyses=["sentiment", "readability"])
        _until(lambda: postlens.jobs.get(job.id).state == "running")
        _kill(service, "a worker of jobs")
        _kill(service, "the driver")
        now = postlens.jobs.wait(job.id)
        assert (now.state, now.succeeded, now.failed) == ("completed", _POSTS, 0)
        results = list(postlens.jobs.results(job.id))
    assert [result.index for result in results] == list(range(_POSTS))
    assert all(result.analysis and result.analysis.sentiment for result in results)


def test_a_second_workspace_need_not_wait_for_the_first(service: RunningService) -> None:
    first, second = (
        PostLens.over_http(service.url, _key_of(service, name), patience_s=_TIMEOUT_S)
        for name in ("one", "two")
    )
    with first, second:
        posts = [f"We are sorry for what was lost in Berlin. Number {n}." for n in range(1_500)]
        large = first.jobs.create(posts)
        _until(lambda: first.jobs.get(large.id).succeeded > 0)
        little = second.jobs.wait(second.jobs.create(["Proud of it."]).id, every_s=0.1)
        assert little.state == "completed"
        assert first.jobs.get(large.id).ended_at is None
        assert first.jobs.cancel(large.id).state == "cancelled"


def test_a_worker_is_small(service: RunningService) -> None:
    [worker] = service.replicas("jobs")
    assert worker.memory_full_info().uss < _WORKER_BYTES


def test_events_come_as_they_happen(service: RunningService) -> None:
    body = {"posts": [{"text": f"We won number {n}."} for n in range(120)]}
    job = httpx.post(f"{service.url}/v1/jobs", json=body, timeout=30).json()
    events: list[dict[str, Any]] = []
    address = f"{service.url}/v1/jobs/{job['id']}/events"
    with httpx.stream("GET", address, timeout=_TIMEOUT_S) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                events.append(orjson.loads(line.removeprefix("data: ")))
    assert len(events) > 1
    assert events[-1]["state"] == "completed"
