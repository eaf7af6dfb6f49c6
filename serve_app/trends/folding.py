"""Deltas are folded into blocks beside the requests: trends stay small, and quick to read.

Reading is right at any time, for it adds the deltas that wait: if nobody folds, it is slower.
Several replicas may be at it; each workspace is folded by one at a time.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.errors import StoreUnavailable
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.trends import runs

log = logging.getLogger(__name__)

_INTERVAL_S = 1.0
#: So many deltas are folded at once, fewer only once in so many intervals: reading adds them up in
#: some milliseconds, and folding few of them takes no less.
_MANY_DELTAS, _FEW_INTERVALS = 200, 5
#: How often names are removed that no post has any more; less often where it takes long.
_SETTLE_INTERVAL_S = 30.0
_SETTLE_PAUSE = 20
#: A workspace of millions of posts a month takes minutes.
_SETTLE_TIMEOUT_S = 900.0
_CANCEL_TIMEOUT_S = 2.0


class Folding:
    """Folds the deltas of all workspaces, in a task of its own."""

    def __init__(self, database: Database) -> None:
        """Not begun."""
        self._database = database
        self._task = BackgroundTask("The folding of trends", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def fold(self, *, least: int = 1) -> None:
        """Fold the deltas of every workspace that has so many of them.

        Raises:
            StoreUnavailable: Postgres cannot be asked; what was folded stays so.
        """
        for workspace in await self._workspaces(lambda each: runs.pending(each, least)):
            with suppress(StoreUnavailable):  # the workspace is being deleted
                while await self._in(workspace, runs.fold):
                    pass

    async def settle(self) -> None:
        """Have the blocks forget the names that no post has any more.

        Raises:
            StoreUnavailable: Postgres cannot be asked; what was settled stays so.
        """
        for workspace in await self._workspaces(runs.removing):
            with suppress(StoreUnavailable):
                await self._in(workspace, runs.settle, timeout_s=_SETTLE_TIMEOUT_S)

    async def _workspaces(self, find: Callable[[Connection], Awaitable[list[int]]]) -> list[int]:
        async with self._database.transaction(None) as connection:
            return await find(connection)

    async def _in(
        self,
        workspace: int,
        step: Callable[[Connection, int], Awaitable[bool]],
        *,
        timeout_s: float = 60.0,
    ) -> bool:
        async with self._database.transaction(workspace, timeout_s=timeout_s) as connection:
            return await step(connection, workspace)

    async def _run(self) -> None:
        settle_at = time.monotonic() + _SETTLE_INTERVAL_S
        for interval in itertools.count(1):
            await asyncio.sleep(_INTERVAL_S)
            with until_next_time(log, "Trends could not be folded"):
                await self.fold(least=_MANY_DELTAS if interval % _FEW_INTERVALS else 1)
                if (began := time.monotonic()) >= settle_at:
                    await self.settle()
                    took_s = time.monotonic() - began
                    settle_at = began + max(_SETTLE_INTERVAL_S, took_s * _SETTLE_PAUSE)
