"""A claimed chunk read, and what came of it saved: results, state and counts in one commit.

Whoever changes a chunk holds the row of its job first, so that no two wait for each other, and the
counts of the job are those of its chunks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from serve_app.jobs.flips import Flips, merged_flips
from serve_app.jobs.items import (
    JobItem,
    is_failure,
    merged_lines,
    pack_items,
    pack_lines,
    unpack_items,
    unpack_lines,
)
from serve_app.jobs.job import NewJob, shown_job
from serve_app.jobs.queue import ChunkClaim, sql
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.uuid7 import uuid7
from serve_app.webhooks.outbox import encode_message, enqueue

#: The type of the message that tells of a job's end.
ENDED_TYPE = "job.ended"


@dataclass(frozen=True, slots=True)
class ClaimedChunk:
    """What is in a chunk.

    Attributes:
        job: what is to be done with its posts.
        items: posts without an answer.
        lines: of the others, and of those that failed before a retry.
    """

    job: NewJob
    items: Sequence[JobItem]
    lines: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class ChunkOutcome:
    """What came of a chunk.

    Attributes:
        lines: of posts that are through, answered or failed for good.
        left: posts without an answer: to be tried again, or kept for who retries the job.
        retry_s: after which they are; None ends the chunk.
        flips: of a replay; None of other jobs.
    """

    lines: Sequence[bytes]
    left: Sequence[JobItem] = ()
    retry_s: float | None = None
    flips: Flips | None = None


async def read_chunk(connection: Connection, claim: ChunkClaim) -> ClaimedChunk | None:
    """The chunk as it was claimed; None where the claim counts no more."""
    row = await connection.fetchrow(sql("read_chunk"), *claim.key)
    if row is None:
        return None
    job = NewJob(row["kind"], tuple(row["analyses"]), row["offsets"], row["top_n"])
    return ClaimedChunk(job, unpack_items(row["input"]), unpack_lines(row["results"]))


async def save_chunk(
    connection: Connection,
    claim: ChunkClaim,
    chunk: ClaimedChunk,
    outcome: ChunkOutcome,
    *,
    retry_hours: float,
) -> bool:
    """Save what came of a chunk, and end its job with the last one; whether the claim counted.

    Args:
        connection: in a transaction of the workspace, which undoes all else where this is False.
        claim, chunk: as it was read.
        outcome: what came of it.
        retry_hours: for which the message of the job's end is tried.
    """
    job = await connection.fetchrow(sql("lock_job"), claim.workspace, claim.job)
    lines = merged_lines(chunk.lines, outcome.lines)
    failed = sum(map(is_failure, lines))
    saved = await connection.fetchrow(
        sql("save_chunk"), *claim.key, pack_items(outcome.left), pack_lines(lines), failed,
        outcome.retry_s,
    )  # fmt: skip
    if saved is None:
        return False
    failed_before = sum(map(is_failure, chunk.lines))
    succeeded = len(lines) - failed - (len(chunk.lines) - failed_before)
    state = await connection.fetchval(
        sql("count_chunk"), claim.workspace, claim.job, succeeded, failed - failed_before,
        int(outcome.retry_s is None), _encoded_flips(job, outcome.flips),
    )  # fmt: skip
    if state == "completed":
        await tell_end(connection, claim.workspace, claim.job, retry_hours)
    return True


def _encoded_flips(job: QueryRow, flips: Flips | None) -> str | None:
    """All flips of a job as they are kept; None where there are no more than before."""
    if not flips:
        return None
    return orjson.dumps(merged_flips(orjson.loads(job["flips"] or "{}"), flips)).decode()


async def tell_end(
    connection: Connection, workspace: int, job: UUID, retry_hours: float
) -> Mapping[str, Any]:
    """Have webhooks told, in the transaction in which a job ends; the job as it is told."""
    row = await connection.fetchrow(sql("find_jobs"), workspace, job, None, None, None, 1)
    shown = shown_job(row)
    await enqueue(
        connection,
        workspace,
        message_id=str(uuid7()),
        type=ENDED_TYPE,
        body=encode_message(ENDED_TYPE, datetime.now(UTC), shown),
        retry_hours=retry_hours,
        webhooks=row["webhooks"],
    )
    return shown


async def cancel(
    connection: Connection,
    workspace: int,
    job: UUID,
    retry_hours: float,
    *,
    reason: str | None = None,
) -> Mapping[str, Any]:
    """End a job whose row is locked, with nothing more analysed; the job as webhooks are told.

    Args:
        connection: in a transaction of the workspace.
        workspace, job: which.
        retry_hours: for which the message of its end is tried.
        reason: why the service cancels it; None where its caller does.
    """
    await connection.execute(sql("cancel_job"), workspace, job, reason)
    await connection.execute(sql("cancel_chunks"), workspace, job)
    return await tell_end(connection, workspace, job, retry_hours)
