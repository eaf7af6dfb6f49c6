"""Whatever process of a service is killed, it is whole again by itself and has lost nothing.

One service, killed in turn; the lost raylet, with which every replica starts anew, comes last.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtest.kills import KINDS, Outcome, kill, processes
from serve_app.standalone.ports import free_port
from serve_app.standalone.process_mark import ProcessMark
from tests.cluster.running_service import RunningService

#: What is started again beside a driver that works on: nobody is refused an answer.
_UNNOTICED = [
    "Postgres",
    "Valkey",
    "HAProxy's manager",
    "Serve's controller",
    "Ray's GCS",
    "the guard",
    "a worker of jobs",
]
_NOTICED = ["HAProxy", "an analysis", "the driver", "Ray's raylet"]


@pytest.fixture(scope="module")
def own_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    service = RunningService(tmp_path_factory.mktemp("killed"), free_port())
    service.start()
    yield service
    service.interrupt()


def kill_one(service: RunningService, kind: str) -> Outcome:
    outcome = kill(kind, service.url, ProcessMark(str(service.data_dir.resolve())))
    assert outcome.lost == 0
    return outcome


@pytest.mark.parametrize("kind", _UNNOTICED)
def test_nobody_notices_the_end_of(kind: str, own_service: RunningService) -> None:
    assert kill_one(own_service, kind).failed == 0


@pytest.mark.parametrize("kind", _NOTICED)
def test_the_service_is_whole_again_after_the_end_of(
    kind: str, own_service: RunningService
) -> None:
    outcome = kill_one(own_service, kind)
    assert outcome.failed < outcome.requests  # it answered again


def test_what_happened_is_told(own_service: RunningService) -> None:
    log = (own_service.data_dir / "logs" / "postlens.jsonl").read_text()
    for line in ("Postgres was ended by signal 9", "Ray's GCS is back", "HAProxy is back"):
        assert line in log
    assert "Postgres was ended by signal 9; it is back" in own_service.log


def test_there_is_one_of_each_kind(own_service: RunningService) -> None:
    mark = ProcessMark(str(Path(own_service.data_dir).resolve()))
    there = {kind: len(processes(kind, mark)) for kind in KINDS}
    assert there == dict.fromkeys(KINDS, 1)
