import asyncio

import pytest

from serve_app.background_task import BackgroundTask


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
