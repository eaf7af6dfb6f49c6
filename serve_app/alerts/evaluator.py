"""Rules are evaluated beside the requests, every so often and soon after posts were written.

Every replica does it; a rule that one has taken is no other's for a while.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from serve_app.alerts.evaluation import RuleEvaluation
from serve_app.alerts.events import sql
from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.errors import StoreUnavailable
from serve_app.settings import AlertSettings
from serve_app.store.connection import Connection
from serve_app.store.database import Database

log = logging.getLogger(__name__)

#: Due rules are looked for so often.
_POLL_S = 1.0
#: Rules of a workspace that is written to are evaluated so often at most.
_AFTER_WRITES_S = 10.0
_CLAIMED_RULES = 20
#: Of a replica, at a time.
_CONCURRENT_RULES = 2
_CANCEL_TIMEOUT_S = 2.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Evaluator:
    """Claims rules and has them evaluated."""

    def __init__(
        self,
        database: Database,
        evaluation: RuleEvaluation,
        settings: AlertSettings,
        *,
        wake_delivery: Callable[[], None],
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Not begun.

        Args:
            database: where the rules are.
            evaluation: of one rule.
            settings: how often.
            wake_delivery: called after a message was written for webhooks.
            now: the time.
        """
        self._database = database
        self._evaluation = evaluation
        self._settings = settings
        self._wake_delivery = wake_delivery
        self._now = now
        self._written: dict[int, float] = {}
        self._task = BackgroundTask("The evaluation of alert rules", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def changed(
        self, connection: Connection, workspace: int, changes: Sequence[object]
    ) -> None:
        """Posts of a workspace change: its rules are evaluated soon.

        A :class:`serve_app.posts.changes.ChangeListener`.
        """
        self._written[workspace] = time.monotonic()

    async def run_once(self) -> int:
        """Evaluate the rules that are due; how many.

        Raises:
            StoreUnavailable: Postgres cannot be asked; what was claimed is evaluated later.
        """
        # For so long, since rules that were evaluated just before a write are not due at once.
        since = time.monotonic() - _AFTER_WRITES_S - _POLL_S
        self._written = {each: at for each, at in self._written.items() if at >= since}
        written = sorted(self._written)
        evaluated, claimed = 0, await self._claim(written)
        while claimed:
            limit = asyncio.Semaphore(_CONCURRENT_RULES)
            await asyncio.gather(*(self._evaluate(limit, *rule) for rule in claimed))
            evaluated += len(claimed)
            claimed = await self._claim(written)
        return evaluated

    async def _claim(self, written: list[int]) -> list[tuple[int, UUID]]:
        async with self._database.transaction(None) as connection:
            rows = await connection.fetch(
                sql("claim_rules"),
                _CLAIMED_RULES,
                written,
                _AFTER_WRITES_S,
                self._settings.interval_s,
            )
        return [(row["workspace"], row["id"]) for row in rows]

    async def _evaluate(self, limit: asyncio.Semaphore, workspace: int, id: UUID) -> None:
        async with limit:
            try:
                async with self._database.transaction(workspace) as connection:
                    told = await self._evaluation.evaluate(connection, workspace, id, self._now())
            except StoreUnavailable:
                return  # the next time; also where the workspace is being deleted
            except Exception:  # one rule must not keep the others from being evaluated
                log.exception("An alert rule could not be evaluated; it is tried again.")
                return
        if told:
            self._wake_delivery()

    async def _run(self) -> None:
        while True:
            with until_next_time(log, "Alert rules could not be read"):
                await self.run_once()
            await asyncio.sleep(_POLL_S)
