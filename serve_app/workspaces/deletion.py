"""The end of a workspace: its name is freed, its rows go, the caches forget its texts.

Every table with a column ``workspace`` is emptied of it, whichever room it belongs to.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.store.database import Database
from serve_app.store.queries import query
from serve_app.workspaces.directory import Workspace, Workspaces

log = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent
#: Rows of one transaction, which is over in a fraction of a second.
_ROWS_AT_ONCE = 5_000
#: A transaction that began before the end is over by then (:mod:`serve_app.store.database`).
_LAST_WRITES_S = 60
_INTERVAL_S = 30.0
_CANCEL_TIMEOUT_S = 2.0
#: Texts of a workspace, whose digests are forgotten before their rows go.
_TEXT_TABLES = ("posts", "revisions")


class WorkspaceDeletion:
    """Deletes workspaces, at once as far as time allows and the rest beside the requests."""

    def __init__(
        self,
        database: Database,
        workspaces: Workspaces,
        forget: Callable[[Sequence[str]], Awaitable[None]],
    ) -> None:
        """Not begun.

        Args:
            database: where the rows are.
            workspaces: where the names are.
            forget: awaited with the digests of texts that are deleted.
        """
        self._database = database
        self._workspaces = workspaces
        self._forget = forget
        self._task = BackgroundTask("The deletion of workspaces", self._run)

    def start(self) -> None:
        """Begin with what is left over; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def delete(self, workspace: Workspace, *, timeout_s: float) -> bool:
        """Delete a workspace; whether all of it is gone in so many seconds.

        The rest goes afterwards. Nothing is written for it from now on.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        await self._workspaces.close_for(workspace)
        return await self._empty(workspace.id, time.monotonic() + timeout_s)

    async def run_once(self) -> None:
        """Go on with all workspaces that were deleted and are not gone.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            rows = await connection.fetch(_sql("find_closed"), _LAST_WRITES_S)
        for row in rows:
            await self._empty(row["id"], None)
            if row["over"]:
                async with self._database.transaction(None) as connection:
                    await connection.execute(_sql("delete_workspace"), row["id"])

    async def _empty(self, workspace: int, deadline: float | None) -> bool:
        async with self._database.transaction(None) as connection:
            tables = [row["name"] for row in await connection.fetch(_sql("find_tables"))]
        for table in tables:
            while await self._delete_some(workspace, table):
                if deadline is not None and time.monotonic() > deadline:
                    return False
        return True

    async def _delete_some(self, workspace: int, table: str) -> bool:
        """Delete some rows of a table; whether there may be more."""
        texts = table in _TEXT_TABLES
        digest = "digest" if texts else "NULL::bytea AS digest"
        # The name of the table is the catalogue's own.
        delete = (
            f"DELETE FROM {table} WHERE (tableoid, ctid) IN ("
            f"SELECT tableoid, ctid FROM {table} WHERE workspace = $1 LIMIT {_ROWS_AT_ONCE}) "
            f"AND workspace = $1 RETURNING {digest}"
        )
        async with self._database.transaction(None) as connection:
            rows = await connection.fetch(delete, workspace)
        digests = list(dict.fromkeys(row["digest"].hex() for row in rows if row["digest"]))
        if digests:
            await self._forget(digests)
        return len(rows) == _ROWS_AT_ONCE

    async def _run(self) -> None:
        while True:
            with until_next_time(log, "A workspace could not be deleted"):
                await self.run_once()
            await asyncio.sleep(_INTERVAL_S)


def _sql(name: str) -> str:
    return query(name, _FOLDER)
