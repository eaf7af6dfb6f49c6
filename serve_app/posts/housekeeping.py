"""What happens to posts by itself: their age ends them, months get their partitions.

Every replica does it; several at a time do each other no harm.
"""

import asyncio
import logging
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.posts import repository
from serve_app.posts.posts import DELETED_AT_ONCE, Posts
from serve_app.store.partitions import first_id
from serve_app.store.queries import query
from serve_app.workspaces.directory import Workspaces

log = logging.getLogger(__name__)

_INTERVAL_S = 600.0
_PAUSE_S = 0.05
_CANCEL_TIMEOUT_S = 2.0


class Housekeeping:
    """Deletes posts past their workspace's retention, and makes partitions ahead."""

    def __init__(self, posts: Posts, workspaces: Workspaces) -> None:
        """Not begun."""
        self._posts = posts
        self._workspaces = workspaces
        self._task = BackgroundTask("The housekeeping of posts", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def run_once(self) -> int:
        """Do all of it once; how many posts were deleted.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        database = self._posts.database
        await database.make_partitions()
        async with database.transaction(None) as connection:
            await connection.execute(query("delete_old_requests", Path(__file__).parent))
        deleted = 0
        for workspace in await self._workspaces.with_retention():
            assert workspace.retention_days is not None  # that is how they were chosen
            before = first_id(datetime.now(UTC) - timedelta(days=workspace.retention_days))
            while True:
                async with database.transaction(workspace.id) as connection:
                    ids = await repository.ids_before(
                        connection, workspace.id, before, DELETED_AT_ONCE
                    )
                if not ids:
                    break
                deleted += len(await self._posts.delete(workspace, ids))
                await asyncio.sleep(_PAUSE_S)  # writers go first
        return deleted

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_INTERVAL_S * random.uniform(0.5, 1))  # replicas spread out
            with until_next_time(log, "The housekeeping of posts failed"):
                if deleted := await self.run_once():
                    log.info("%d posts were deleted at the end of their retention.", deleted)
