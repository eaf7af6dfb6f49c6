"""Texts that were deleted leave every cache: those of all replicas, Redis, and stored analyses.

Postgres tells the replicas (NOTIFY). One that was not listening reads what it has missed when it
is back. Knows what forgets in a replica only as a coroutine.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.store.database import Database
from serve_app.store.queries import query

log = logging.getLogger(__name__)

_CHANNEL = "postlens_forget"
#: A notification has up to 8,000 bytes; a digest takes 65.
_DIGESTS_AT_ONCE = 100
_RETRY_S = 1.0
_CANCEL_TIMEOUT_S = 2.0
#: What may have been missed began before the last sign of life.
_OVERLAP = timedelta(seconds=60)

#: Has texts leave what this replica keeps, by their digests.
ForgetHere = Callable[[Sequence[str]], Awaitable[None]]


class Forgetting:
    """Has deleted texts forgotten everywhere; one in each driver replica."""

    def __init__(self, database: Database, forget_here: ForgetHere) -> None:
        """Not listening.

        Args:
            database: through which the replicas hear of each other.
            forget_here: awaited with digests, from whichever replica they come.
        """
        self._database = database
        self._forget_here = forget_here
        self._task = BackgroundTask("The forgetting of deleted texts", self._listen)
        self._heard_at = datetime.now(UTC)

    def start(self) -> None:
        """Begin to listen; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def forget(self, digests: Sequence[str]) -> None:
        """Have these texts forgotten: here by the time it returns, elsewhere a moment later.

        Raises:
            StoreUnavailable: Postgres cannot be asked, so the others are not told.
        """
        keys = [bytes.fromhex(digest) for digest in digests]
        async with self._database.transaction(None) as connection:
            await connection.execute(query("forget_texts"), keys)
            await connection.execute(query("delete_texts"), keys)
            for start in range(0, len(digests), _DIGESTS_AT_ONCE):
                payload = ",".join(digests[start : start + _DIGESTS_AT_ONCE])
                await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, payload)
        await self._forget_here(digests)

    async def _listen(self) -> None:
        while True:
            with until_next_time(log, "Deleted texts could not be forgotten"):
                async with self._database.listen(_CHANNEL) as payloads:
                    await self._catch_up()
                    while True:
                        digests = (await payloads.get()).split(",")
                        await self._forget_and_delete(digests)
            await asyncio.sleep(_RETRY_S)

    async def _catch_up(self) -> None:
        since, self._heard_at = self._heard_at - _OVERLAP, datetime.now(UTC)
        rows = await self._database.fetch("find_forgotten", since)
        if rows:
            await self._forget_and_delete([row["digest"] for row in rows])

    async def _forget_and_delete(self, digests: Sequence[str]) -> None:
        """Forget here; then delete what a write under way may have stored since."""
        await self._forget_here(digests)
        async with self._database.transaction(None) as connection:
            keys = [bytes.fromhex(digest) for digest in digests]
            await connection.execute(query("delete_texts"), keys)
        self._heard_at = datetime.now(UTC)
