import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from serve_app import background_task
from serve_app.background_task import BackgroundTask, work_piece_by_piece
from serve_app.errors import StoreUnavailable

log = logging.getLogger(__name__)


class Work:
    """Waits to be told to go on, and notes how it ended."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.steps: list[str] = []
        self.error: Exception | None = None

    async def run(self) -> None:
        self.steps.append("begun")
        try:
            await self.go_on.wait()
            if self.error:
                raise self.error
        finally:
            await asyncio.sleep(0)
            self.steps.append("ended")


async def test_it_runs_beside_its_owner_until_it_is_closed() -> None:
    work = Work()
    task = BackgroundTask("the work", work.run)
    task.start()
    assert work.steps == []
    await asyncio.sleep(0)
    assert (work.steps, task.running) == (["begun"], True)
    await task.close()
    assert (work.steps, task.running) == (["begun", "ended"], False)


async def test_an_exception_that_ends_it_is_logged_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work()
    work.error = ValueError("broken")
    task = BackgroundTask("the work", work.run)
    task.start()
    work.go_on.set()
    await asyncio.sleep(0.01)
    assert not task.running
    [entry] = caplog.records
    assert entry.getMessage() == "the work ended with an error."
    assert entry.exc_info is not None
    assert entry.exc_info[1] is work.error
    await task.close()


async def test_neither_its_end_nor_its_being_closed_is_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended, closed = Work(), Work()
    ended.go_on.set()
    tasks = [BackgroundTask("the work", work.run) for work in (ended, closed)]
    for task in tasks:
        task.start()
    await asyncio.sleep(0.01)
    for task in tasks:
        await task.close()
    assert [work.steps for work in (ended, closed)] == [["begun", "ended"]] * 2
    assert caplog.records == []


async def test_closing_before_the_start_and_twice_does_nothing() -> None:
    work = Work()
    task = BackgroundTask("the work", work.run)
    await task.close()
    task.start()
    await asyncio.sleep(0)
    await task.close()
    await task.close()
    assert work.steps == ["begun", "ended"]


async def test_a_second_start_is_refused() -> None:
    task = BackgroundTask("the work", Work().run)
    task.start()
    with pytest.raises(RuntimeError, match="the work was started before"):
        task.start()
    await task.close()


async def test_closing_waits_for_so_long_at_most_and_can_itself_be_cancelled() -> None:
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    task = BackgroundTask("the work", stubborn)
    task.start()
    await asyncio.sleep(0)
    await task.close(timeout_s=0.01)
    assert task.running
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await task.close()
    release.set()
    async with asyncio.timeout(5):
        await task.close()
    assert not task.running


class Pieces:
    """Some pieces of work, of which one may fail; notes when each look began."""

    def __init__(self, *pieces: bool | Exception) -> None:
        self.pieces = list(pieces)
        self.looks = 0
        self.idle = asyncio.Event()

    async def run_once(self) -> bool:
        self.looks += 1
        piece = self.pieces.pop(0) if self.pieces else False
        if isinstance(piece, Exception):
            raise piece
        if not piece:
            self.idle.set()
        return piece


@asynccontextmanager
async def working(pieces: Pieces, wake: asyncio.Event) -> AsyncIterator[None]:
    task = BackgroundTask(
        "the work",
        lambda: work_piece_by_piece(pieces.run_once, log, "It could not be done", wake=wake),
    )
    task.start()
    yield
    await task.close()


async def test_pieces_follow_at_once_and_a_call_brings_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background_task, "_INTERVAL_S", 1_000)
    pieces, wake = Pieces(True, True), asyncio.Event()
    async with working(pieces, wake), asyncio.timeout(10):
        await pieces.idle.wait()
        assert pieces.looks == 3
        pieces.idle.clear()
        await asyncio.sleep(0)
        wake.set()
        await pieces.idle.wait()
        assert pieces.looks == 4


async def test_it_is_looked_for_also_where_nobody_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_task, "_INTERVAL_S", 0.001)
    pieces = Pieces()
    async with working(pieces, asyncio.Event()), asyncio.timeout(10):
        while pieces.looks < 3:  # noqa: ASYNC110 - only looking tells
            await asyncio.sleep(0.001)


async def test_a_failure_is_outlived(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background_task, "_FAILURE_PAUSE_S", 0.001)
    pieces = Pieces(StoreUnavailable("away"), ValueError("broken"), True)
    async with working(pieces, asyncio.Event()), asyncio.timeout(10):
        await pieces.idle.wait()
    assert pieces.looks == 4
    [entry] = caplog.records
    assert entry.getMessage() == "It could not be done; it is tried again."
