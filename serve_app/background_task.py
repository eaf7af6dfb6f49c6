"""Work that goes on beside the requests, in one asyncio task for each kind of work.

Knows nothing of the work itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from serve_app.errors import StoreUnavailable

log = logging.getLogger(__name__)

#: Between two looks for work where nobody called.
_INTERVAL_S = 1.0
_FAILURE_PAUSE_S = 2.0


@contextmanager
def until_next_time(logger: logging.Logger, failure: str) -> Iterator[None]:
    """One round of work that is tried again, whatever it meets: the work outlives all but its end.

    An outage of the database is told of elsewhere; anything else is logged with its traceback.

    Args:
        logger: of the work.
        failure: a sentence without its full stop, such as "Jobs could not be swept".
    """
    try:
        yield
    except StoreUnavailable:
        pass
    except Exception:
        logger.exception("%s; it is tried again.", failure)


async def work_piece_by_piece(
    run_once: Callable[[], Awaitable[object]],
    logger: logging.Logger,
    failure: str,
    *,
    wake: asyncio.Event | None = None,
) -> None:
    """Work for ever: on the next piece at once, and where there is none, when there may be one.

    Args:
        run_once: does a piece; what it returns is true where there was one.
        logger, failure: see :func:`until_next_time`.
        wake: set where there may be a piece; it is looked for once a second, too.
    """
    wake = wake or asyncio.Event()
    while True:
        found = None
        with until_next_time(logger, failure):
            found = bool(await run_once())
        if found is None:
            await asyncio.sleep(_FAILURE_PAUSE_S)
        elif not found:
            with suppress(TimeoutError):
                async with asyncio.timeout(_INTERVAL_S):
                    await wake.wait()
            wake.clear()


class BackgroundTask:
    """One coroutine in a task of its own, from :meth:`start` until it ends or is closed.

    An exception that ends the work is logged at once: nobody awaits a background task, and
    asyncio would tell of the exception only when the task is garbage-collected.
    """

    def __init__(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Not started.

        Args:
            name: of the work, for the log and for the task.
            work: called once by :meth:`start`, for the coroutine to run.
        """
        self._name = name
        self._work = work
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin the work in the running event loop; returns at once.

        Raises:
            RuntimeError: it was started before, or no event loop is running.
        """
        if self._task is not None:
            raise RuntimeError(f"{self._name} was started before")
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._work(), name=self._name)
        self._task.add_done_callback(self._log_failure)

    async def close(self, *, timeout_s: float | None = None) -> None:
        """Cancel the work and wait until it has ended; does nothing where there is none.

        Args:
            timeout_s: seconds to wait at most; None waits for the end.
        """
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=timeout_s)

    def _log_failure(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s ended with an error.", self._name, exc_info=error)
