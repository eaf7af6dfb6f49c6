"""One claimed chunk from its posts to its results.

Runs in the process of the worker that has the claim: the texts and the answers never leave it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import orjson

from serve_app.errors import ServiceOverloaded, StoreUnavailable
from serve_app.jobs.chunk_results import (
    ChunkOutcome,
    ClaimedChunk,
    read_chunk,
    save_chunk,
)
from serve_app.jobs.items import JobItem, RefusedItem
from serve_app.jobs.queue import ChunkClaim
from serve_app.jobs.replay import Replayed, replayed
from serve_app.pending_post import Answer
from serve_app.posts import repository
from serve_app.posts.outcome import missing_sections
from serve_app.posts.post import Post
from serve_app.posts.posts import Posts
from serve_app.problems import Problem, problem
from serve_app.request.batch import encode_lines
from serve_app.request.post import OffsetUnit, PostRequest
from serve_app.service import Answering, Service
from serve_app.store.connection import Connection
from serve_app.store.database import Database

log = logging.getLogger(__name__)

#: Of a chunk, counted from when its turn comes. Long, as bulk gives way to all else on the machine
#: meanwhile: posts must not fail because others kept it busy. The end of a replica is no matter
#: of time: it is heard of at once.
_TIMEOUT_MS = 3_600_000
#: Posts that are looked up and read together.
_SLICE_POSTS = 20
_LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class _AnalysedItems:
    """What became of the items of a chunk: lines, and why the others have none."""

    lines: list[bytes]
    reasons: dict[int, Problem]
    replay: Replayed | None = None


class ChunkRuns:
    """Runs chunks in a replica of the drivers or of the workers."""

    def __init__(
        self,
        database: Database,
        service: Service,
        seen_from: Callable[[Service, str], Answering],
        posts: Posts,
        *,
        attempts: int,
        retry_hours: float,
    ) -> None:
        """Nothing runs.

        Args:
            database: where the chunks are.
            service: analyses their posts.
            seen_from: the service as a workspace sees it, by its name.
            posts: those that are kept.
            attempts: of a chunk.
            retry_hours: for which the message of a job's end is tried.
        """
        self._database = database
        self._service = service
        self._seen_from = seen_from
        self._posts = posts
        self._attempts = attempts
        self._retry_hours = retry_hours

    async def run(self, claim: ChunkClaim) -> None:
        """Have the posts of a chunk analysed, and save what came of it.

        What has no answer is tried again, as often as a chunk is attempted.

        Raises:
            ServiceOverloaded: too much is waiting to begin with it.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(claim.workspace) as connection:
            chunk = await read_chunk(connection, claim)
            posts = await _kept_posts(connection, claim.workspace, chunk.items if chunk else ())
        if chunk is None:
            return
        try:
            analysed = await self._analyse(claim, chunk, posts)
        except (ServiceOverloaded, StoreUnavailable):
            raise
        except Exception as error:  # it must not be the end of the worker, nor for ever
            log.exception("Chunk %d of job %s failed.", claim.number, claim.job)
            analysed = _failed(chunk, f"Its chunk failed with {type(error).__name__}.")
        await self._save(claim, chunk, analysed)

    async def give_up(self, claim: ChunkClaim, detail: str) -> None:
        """End a chunk that was attempted as often as may be.

        Args:
            claim: of the last attempt.
            detail: why its posts have no answer.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(claim.workspace) as connection:
            chunk = await read_chunk(connection, claim)
            if chunk is not None:
                outcome = _outcome(chunk, _failed(chunk, detail), pause_s=None)
                await save_chunk(connection, claim, chunk, outcome, retry_hours=self._retry_hours)

    async def _analyse(
        self, claim: ChunkClaim, chunk: ClaimedChunk, posts: dict[JobItem, Post]
    ) -> _AnalysedItems:
        gone = [item for item in chunk.items if item.text is None and item not in posts]
        lines = [RefusedItem(i.index, i.id, _gone(i)).line() for i in gone]
        if chunk.job.kind == "replay":
            replay = await replayed(
                self._service, self._service.readiness.versions, posts,
                salt=claim.cache_salt, timeout_ms=_TIMEOUT_MS,
            )  # fmt: skip
            reasons = {i: problem("analysis-failed", why) for i, why in replay.reasons.items()}
            return _AnalysedItems(lines + replay.lines, reasons, replay)
        there = [item for item in chunk.items if item.text is not None or item in posts]
        requests = [_request(chunk, claim, item, posts) for item in there]
        answers = await self._answers(claim, requests)
        reasons = {}
        for item, request, answer in zip(there, requests, answers, strict=True):
            if reason := _reason(answer):
                reasons[item.index] = reason
            else:
                lines.append(encode_lines([item.index], [request], [answer], request_id=None))
        return _AnalysedItems(lines, reasons)

    async def _answers(self, claim: ChunkClaim, requests: Sequence[PostRequest]) -> list[Answer]:
        answering = self._seen_from(self._service, claim.workspace_name)
        with answering.take_on(requests, bulk=True) as turns:
            slices = [
                answering.analyze_in_turn(requests[start : start + _SLICE_POSTS], turns)
                for start in range(0, len(requests), _SLICE_POSTS)
            ]
            return [answer for part in await asyncio.gather(*slices) for answer in part]

    async def _save(self, claim: ChunkClaim, chunk: ClaimedChunk, analysed: _AnalysedItems) -> None:
        is_last = claim.attempt >= self._attempts
        pause_s = None if is_last else min(2.0**claim.attempt, _LONGEST_PAUSE_S)
        outcome = _outcome(chunk, analysed, pause_s=pause_s)
        async with self._database.transaction(claim.workspace) as connection:
            counted = await save_chunk(
                connection, claim, chunk, outcome, retry_hours=self._retry_hours
            )
            if counted and analysed.replay:
                await self._posts.save_again(
                    connection, claim.workspace, analysed.replay.revisions, analysed.replay.outcomes
                )
        if not counted:
            log.info("Chunk %d of job %s was claimed by another.", claim.number, claim.job)


def _outcome(
    chunk: ClaimedChunk, analysed: _AnalysedItems, *, pause_s: float | None
) -> ChunkOutcome:
    """The lines of what is through; the rest is tried again after a pause, or has failed."""
    left = [item for item in chunk.items if item.index in analysed.reasons]
    flips = analysed.replay.flips if analysed.replay else None
    if left and pause_s is not None:
        return ChunkOutcome(analysed.lines, left, pause_s, flips)
    failed = [RefusedItem(i.index, i.id, analysed.reasons[i.index]).line() for i in left]
    return ChunkOutcome(analysed.lines + failed, left, None, flips)


def _failed(chunk: ClaimedChunk, detail: str) -> _AnalysedItems:
    """No post of a chunk has an answer."""
    reasons = [item.index for item in chunk.items]
    return _AnalysedItems([], dict.fromkeys(reasons, problem("analysis-failed", detail)))


async def _kept_posts(
    connection: Connection, workspace: int, items: Sequence[JobItem]
) -> dict[JobItem, Post]:
    """The kept posts among the items."""
    ids = {UUID(item.id): item for item in items if item.text is None and item.id}
    found = await repository.find(connection, workspace, list(ids)) if ids else {}
    return {ids[UUID(int=id.int)]: post for id, post in found.items()}


def _request(
    chunk: ClaimedChunk, claim: ChunkClaim, item: JobItem, posts: dict[JobItem, Post]
) -> PostRequest:
    job = chunk.job
    offsets: OffsetUnit = job.offsets  # type: ignore[assignment]  # it was validated
    text = item.text if item.text is not None else posts[item].content.text
    return PostRequest(
        text, item.id, job.analyses, offsets, job.top_n, _TIMEOUT_MS, claim.cache_salt
    )


def _reason(answer: Answer) -> Problem | None:
    """Why an answer is not the last word; None where it is."""
    if isinstance(answer, Problem):
        return answer
    reason = missing_sections(orjson.loads(answer))
    return problem("analysis-failed", reason) if reason else None


def _gone(item: JobItem) -> Problem:
    return replace(problem("unknown-post", f"The post {item.id} was deleted."), fix="Leave it out.")
