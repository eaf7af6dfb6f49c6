"""The end of what is stored: what is too old is deleted.

Knows no database: a coroutine deletes one page.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from serve_app.background_task import BackgroundTask, until_next_time

log = logging.getLogger(__name__)

_INTERVAL_S = 600.0
#: Rows of one transaction, which is over in milliseconds.
PAGE_ROWS = 500
_PAUSE_S = 0.05
_CANCEL_TIMEOUT_S = 2.0

#: Deletes up to so many rows from before a time; how many it were.
DeletePage = Callable[[datetime, int], Awaitable[int]]


class Retention:
    """Deletes what has expired every ten minutes, page by page, in a task of its own.

    Several replicas may do so at a time.
    """

    def __init__(self, what: str, delete_page: DeletePage, *, days: float | None) -> None:
        """Not begun.

        Args:
            what: the rows in the log, as in "texts".
            delete_page: raises StoreUnavailable in an outage.
            days: for which a row is kept; None is for ever.
        """
        self._what = what
        self._delete_page = delete_page
        self._days = days
        self._task = BackgroundTask(f"The retention of {what}", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        if self._days is not None:
            self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def run_once(self) -> int:
        """Delete what has expired by now; how many rows it were.

        Raises:
            StoreUnavailable: Postgres cannot be asked; what was deleted stays so.
        """
        if self._days is None:
            return 0
        before = datetime.now(UTC) - timedelta(days=self._days)
        deleted = page = await self._delete_page(before, PAGE_ROWS)
        while page == PAGE_ROWS:
            await asyncio.sleep(_PAUSE_S)  # writers go first
            page = await self._delete_page(before, PAGE_ROWS)
            deleted += page
        return deleted

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL_S * random.uniform(0.5, 1))  # replicas spread out
            with until_next_time(log, f"Expired {self._what} could not be deleted"):
                if deleted := await self.run_once():
                    log.info("%d %s were deleted after %g days.", deleted, self._what, self._days)
