"""Concurrent writes in few commits.

A commit waits for the disk, and one at a time is as dear as one for all who wait. So operations
that arrive while others are being committed share the next transaction, each in a savepoint of
its own. Knows no query: an operation is a coroutine function over a connection.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from serve_app.errors import StoreUnavailable
from serve_app.store.connection import Connection
from serve_app.store.database import Database, told_as

T = TypeVar("T")

#: Writes what it has to within one workspace, and gives what its caller is told after the commit.
Operation = Callable[[Connection], Awaitable[T]]

#: Operations of one transaction, which holds its locks until the last is through.
_GROUP_SIZE = 64


@dataclass(frozen=True, slots=True)
class _Write:
    """An operation whose caller waits."""

    operation: Operation[Any]
    future: asyncio.Future[Any]


class GroupCommit:
    """Runs operations in transactions that they share with others of their workspace."""

    def __init__(self, database: Database, *, timeout_s: float = 30.0) -> None:
        """Nothing waits.

        Args:
            database: where the operations write.
            timeout_s: of one transaction.
        """
        self._database = database
        self._timeout_s = timeout_s
        self._waiting: dict[int, list[_Write]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def run(self, workspace: int, operation: Operation[T]) -> T:
        """What the operation gives, once it is committed.

        An operation that raises has changed nothing, and the others of its group go on. It may
        be called a second time after an outage within a group, so it must not rely on its own
        earlier calls.

        Raises:
            StoreUnavailable: Postgres cannot be asked; nothing was written, or nobody can tell.
        """
        write = _Write(operation, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(workspace, []).append(write)
        if workspace not in self._tasks:
            task = asyncio.create_task(self._drain(workspace), name="group commit")
            self._tasks[workspace] = task
        result: T = await write.future
        return result

    async def close(self) -> None:
        """Finish what was begun."""
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=self._timeout_s)

    async def _drain(self, workspace: int) -> None:
        """Commit groups until nobody waits."""
        try:
            while writes := self._waiting.pop(workspace, None):
                group, rest = writes[:_GROUP_SIZE], writes[_GROUP_SIZE:]
                if rest:
                    self._waiting[workspace] = rest
                await self._commit(workspace, group)
        finally:
            del self._tasks[workspace]

    async def _commit(self, workspace: int, group: Sequence[_Write]) -> None:
        outcomes: list[tuple[_Write, Any, BaseException | None]] = []
        try:
            async with self._database.transaction(
                workspace, timeout_s=self._timeout_s
            ) as connection:
                for write in group:
                    if not write.future.cancelled():
                        outcomes.append((write, *await _outcome(write, connection)))
        except BaseException as error:
            _tell_failure(group, error)
            if not isinstance(error, Exception):
                raise
        else:
            for write, result, failure in outcomes:
                _tell(write.future, result, failure)


async def _outcome(write: _Write, connection: Connection) -> tuple[Any, BaseException | None]:
    """What the operation gave, or what it raised that concerns itself alone."""
    try:
        async with connection.transaction():
            return await write.operation(connection), None
    except Exception as error:
        told = told_as(error)
        if isinstance(told, StoreUnavailable):
            raise
        return None, told


def _tell(future: asyncio.Future[Any], result: Any, failure: BaseException | None) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)


def _tell_failure(group: Sequence[_Write], error: BaseException) -> None:
    for write in group:
        cause = error if isinstance(error, Exception) else StoreUnavailable(str(error))
        with contextlib.suppress(asyncio.InvalidStateError):
            write.future.set_exception(cause)
