"""The draft channel through HAProxy and a real driver, with real models."""

import time
from pathlib import Path

import httpx
from websockets.exceptions import ConnectionClosed

from deployments.results import ANALYSES
from serve_app.standalone.ports import free_port
from tests.cluster.running_service import RunningService
from tests.services.draft_caller import DraftCaller, answer_of, caller

FIRST = "Thrilled to share that Acme Robotics has opened its new office in Lisbon!"
SECOND = "Sadly we had to say goodbye to three dear colleagues."


def test_a_draft_is_marked_while_it_is_typed_and_answered_as_a_post(
    service: RunningService,
) -> None:
    text = f"{FIRST} {SECOND}"
    with caller(service.url) as typing:
        typing.send(1, FIRST)
        typing.until_done(1)
        for length in range(len(FIRST) + 10, len(text) + 1, 20):
            typing.send(length, text[:length])
            marks = typing.next()
            assert text[: len(FIRST)] == FIRST
            [first, second] = marks["draft"]["sentiment"]["sentences"]
            assert first["label"] == "positive"
            assert second["start"] == len(FIRST) + 1
        typing.send(1_000, text)
        answer = answer_of(typing.until_done(1_000), 1_000)
    post = httpx.post(f"{service.url}/v1/analyze", json={"text": text}, timeout=60).json()
    assert post["cache"] == "hit"
    assert answer == post | {"cache": "miss"}
    assert {name: answer[name]["status"] for name in ANALYSES} == dict.fromkeys(ANALYSES, "ok")


def test_the_work_on_drafts_is_counted(service: RunningService) -> None:
    names = {f"ray_postlens_draft_{name}_total" for name in ("texts", "sentences_read", "answered")}
    with caller(service.url) as typing:
        typing.send(1, FIRST)
        typing.until_done(1)
        typing.send(2, f"{FIRST} {SECOND}")
        typing.until_done(2)
    deadline = time.monotonic() + 20
    page = ""
    while not all(name in page for name in names) and time.monotonic() < deadline:
        time.sleep(0.5)
        page = httpx.get(f"{service.url}/metrics", timeout=60).text
    assert [name for name in names if name not in page] == []


def test_ctrl_c_closes_an_open_channel_and_does_not_wait_for_it(tmp_path: Path) -> None:
    running = RunningService(tmp_path, free_port())
    running.start()
    try:
        with caller(running.url) as typing:
            typing.send(1, FIRST)
            typing.until_done(1)
            took_s = running.interrupt()
            code = close_code(typing)
    finally:
        if running.exit_code is None:
            running.kill()
    assert running.exit_code == 0
    assert took_s < 30  # it would be told to go after two minutes without a text
    assert code in (1012, None)  # on a machine so slow that the replica is killed meanwhile


def close_code(typing: DraftCaller) -> int | None:
    """What the service said last; None where the connection was cut."""
    try:
        typing.connection.recv(10)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
    return None
