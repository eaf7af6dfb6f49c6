"""The queue: chunks of all workspaces, each claimed by one worker for a lease.

Whoever has a claim renews it while it works; a claim that ends is open to others. A chunk's results
and its state are committed together (:mod:`serve_app.jobs.chunk_results`).
"""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent
#: Looks for a chunk where others were quicker.
_LOOKS = 3
#: Given up at a time.
_EXHAUSTED = 100


@dataclass(frozen=True, slots=True)
class ChunkClaim:
    """A chunk that is one worker's until its lease ends.

    Attributes:
        workspace, job, number: which.
        claim: its number; a report of an earlier one is in vain.
        attempt: the how-manieth, from 1.
        workspace_name: in keys and answers.
        cache_salt: of the workspace; empty where it shares the caches.
    """

    workspace: int
    job: UUID
    number: int
    claim: int
    attempt: int = 0
    workspace_name: str = ""
    cache_salt: bytes = b""

    @property
    def key(self) -> tuple[int, UUID, int, int]:
        """By which its queries find it, as long as it is the last claim."""
        return self.workspace, self.job, self.number, self.claim


@dataclass(frozen=True, slots=True)
class QueueLength:
    """Chunks that wait to be claimed, and those that are."""

    due: int
    claimed: int


class ChunkQueue:
    """The chunks of all workspaces, for those who work on them."""

    def __init__(self, database: Database, *, attempts: int) -> None:
        """The queue of a database.

        Args:
            database: where it is.
            attempts: of a chunk, lost ones included.
        """
        self._database = database
        self._attempts = attempts

    async def claim(self, lease_s: float) -> ChunkClaim | None:
        """The chunk whose turn it is: workspaces take turns, and so do equal jobs of one.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            for _ in range(_LOOKS):
                job = await connection.fetchrow(sql("next_job"), self._attempts)
                if job is None:
                    return None
                if claim := await self._claim(connection, job["workspace"], job["id"], lease_s):
                    return claim
        return None

    async def renew(self, claim: ChunkClaim, lease_s: float) -> bool:
        """Have the lease begin anew; whether the claim still counts.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            row = await connection.fetchrow(sql("renew_claim"), *claim.key, lease_s)
        return row is not None

    async def release(self, claim: ChunkClaim, *, wait_s: float, counts: bool) -> None:
        """Give a chunk back as it was.

        Args:
            claim: of it.
            wait_s: after which it may be claimed.
            counts: as an attempt.

        Raises:
            StoreUnavailable: Postgres cannot be asked; the lease will end.
        """
        async with self._database.transaction(None) as connection:
            await connection.execute(sql("release_chunk"), *claim.key, wait_s, int(counts))

    async def exhausted(self) -> list[ChunkClaim]:
        """Chunks whose last attempt nobody has reported.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            rows = await connection.fetch(sql("find_exhausted"), self._attempts, _EXHAUSTED)
        return [
            ChunkClaim(r["workspace"], UUID(int=r["job"].int), r["number"], r["claim"])
            for r in rows
        ]

    async def length(self) -> QueueLength:
        """How long it is.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            row = await connection.fetchrow(sql("measure_queue"))
        return QueueLength(row["due"], row["claimed"])

    async def _claim(
        self, connection: Connection, workspace: int, job: UUID, lease_s: float
    ) -> ChunkClaim | None:
        await connection.execute(sql("lock_job"), workspace, job)
        row = await connection.fetchrow(sql("claim_chunk"), workspace, job, lease_s, self._attempts)
        if row is None:
            return None
        await connection.execute(sql("note_turn"), workspace, job)
        return ChunkClaim(
            workspace=workspace,
            job=UUID(int=job.int),  # asyncpg's own class would be in what goes to other processes
            number=row["number"],
            claim=row["claim"],
            attempt=row["attempts"],
            workspace_name=row["name"],
            cache_salt=row["cache_salt"] or b"",
        )


def sql(name: str) -> str:
    """A query of this room."""
    return query(name, _FOLDER)
