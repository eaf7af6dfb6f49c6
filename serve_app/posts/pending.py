"""Pending posts are taken up until they end: those written without waiting, and those of the dead.

Each driver replica claims some at a time, for a lease; whoever loses them by dying, or by taking
too long, leaves them to the next.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from uuid import UUID

from serve_app.background_task import BackgroundTask, work_piece_by_piece
from serve_app.errors import ServiceOverloaded
from serve_app.posts import repository
from serve_app.posts.drafts import analysis_request
from serve_app.posts.outcome import AnalysisOutcome, outcome_of
from serve_app.posts.posts import Posts, TextAnalyses
from serve_app.store.connection import QueryRow
from serve_app.store.queries import query

log = logging.getLogger(__name__)

#: For a :class:`serve_app.store.backlog.Backlog`.
COUNT_PENDING = query("count_pending", Path(__file__).parent)
_CANCEL_TIMEOUT_S = 2.0
#: While one claim is saved, another is analysed.
_CLAIMS_AT_A_TIME = 2


class PendingPosts:
    """Analyses pending posts beside the requests."""

    def __init__(self, posts: Posts, analyses: TextAnalyses) -> None:
        """Not begun.

        Args:
            posts: whose pending ones are analysed.
            analyses: reads their texts.
        """
        self._posts = posts
        self._analyses = analyses
        self._tasks = [
            BackgroundTask(f"The analysis of pending posts {number}", self._run)
            for number in range(_CLAIMS_AT_A_TIME)
        ]

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        for task in self._tasks:
            task.start()

    async def close(self) -> None:
        """Stop; what was claimed is taken up by others."""
        for task in self._tasks:
            await task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def run_once(self) -> int:
        """Analyse some pending posts that are due; how many.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        settings = self._posts.settings
        until = datetime.now(UTC) + timedelta(seconds=settings.lease_s)
        async with self._posts.database.transaction(None) as connection:
            rows = await repository.claim_pending(connection, settings.claim_size, until)
        if rows:
            await self._analyze(rows)
        return len(rows)

    async def _analyze(self, rows: Sequence[QueryRow]) -> None:
        requests = [analysis_request(row["text"], row["cache_salt"] or b"") for row in rows]
        timeout_s = self._posts.settings.lease_s * 0.8
        outcomes: list[AnalysisOutcome]
        try:
            async with asyncio.timeout(timeout_s):
                answers = await self._analyses.analyze_with_vectors(requests, bulk=True)
            outcomes = [outcome_of(answer) for answer in answers]
        except (ServiceOverloaded, TimeoutError):
            return  # not their fault: they come again when their lease is over
        by_workspace = itemgetter("workspace")
        pairs = sorted(zip(rows, outcomes, strict=True), key=lambda pair: by_workspace(pair[0]))
        for workspace, group in groupby(pairs, key=lambda pair: by_workspace(pair[0])):
            found = [(UUID(int=row["id"].int), row["revision"], each) for row, each in group]
            revisions = {id: revision for id, revision, _ in found}
            await self._posts.complete(workspace, revisions, {id: each for id, _, each in found})

    async def _run(self) -> None:
        failure = "Pending posts could not be analysed"
        await work_piece_by_piece(self.run_once, log, failure, wake=self._posts.wake)
