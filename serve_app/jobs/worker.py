"""Workers: they claim chunks, keep the claims alive, and have the chunks run.

A worker knows the queue, and how a chunk is run in its process. Whoever dies with a claim leaves a
lease that ends.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

from serve_app.background_task import BackgroundTask, work_piece_by_piece
from serve_app.errors import ServiceOverloaded, StoreUnavailable
from serve_app.jobs.queue import ChunkClaim, ChunkQueue
from serve_app.jobs.scaling import waiting_work_s

log = logging.getLogger(__name__)

_FAILURE_PAUSE_S = 2.0
_CANCEL_TIMEOUT_S = 2.0
#: Of a lease: so often a claim may be renewed in vain before it is lost.
_RENEWALS = 4
#: A new chunk's time counts for so much of the mean.
_NEWEST_SHARE = 0.2

#: Has a claimed chunk analysed and saved, see :meth:`serve_app.jobs.chunk_run.ChunkRuns.run`.
Run = Callable[[ChunkClaim], Awaitable[None]]


class JobWorker:
    """Works on so many chunks at a time.

    Attributes:
        chunk_s: about how long a chunk takes, in seconds; 0 before the first.
    """

    def __init__(self, queue: ChunkQueue, run: Run, *, concurrency: int, lease_s: float) -> None:
        """Not begun.

        Args:
            queue: where the chunks are.
            run: has a chunk analysed and saved.
            concurrency: chunks at a time.
            lease_s: a claim that is not renewed so long is lost.
        """
        self._queue = queue
        self._run_chunk = run
        self._lease_s = lease_s
        self.chunk_s = 0.0
        self._wake = asyncio.Event()
        self._tasks = [
            BackgroundTask(f"The work on jobs {number}", self._run) for number in range(concurrency)
        ]

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        for task in self._tasks:
            task.start()

    def wake(self) -> None:
        """Look for a chunk now: a job has come."""
        self._wake.set()

    async def waiting_work_s(self) -> float:
        """How long it alone would be busy with all that waits, in seconds; 0 if nobody can tell."""
        try:
            due = (await self._queue.length()).due
        except StoreUnavailable:
            return 0.0
        return waiting_work_s(due, self.chunk_s, len(self._tasks))

    async def close(self) -> None:
        """Stop; what was claimed is given back for others."""
        for task in self._tasks:
            await task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def run_once(self) -> bool:
        """Work on the next chunk, if there is one; whether there was.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        claim = await self._queue.claim(self._lease_s)
        if claim is None:
            return False
        started_at = time.monotonic()
        try:
            await self._while_renewed(claim)
        except ServiceOverloaded as error:
            await self._queue.release(claim, wait_s=error.retry_after_s, counts=False)
        except StoreUnavailable:
            raise  # the lease ends
        except asyncio.CancelledError:  # this worker ends, not the chunk
            with contextlib.suppress(StoreUnavailable):
                await self._queue.release(claim, wait_s=0, counts=False)
            raise
        except Exception:  # such as what analyses it not being there
            log.warning("A chunk of job %s is tried again.", claim.job, exc_info=True)
            await self._queue.release(claim, wait_s=_FAILURE_PAUSE_S, counts=True)
        else:
            self._note_time(time.monotonic() - started_at)
        return True

    async def _while_renewed(self, claim: ChunkClaim) -> None:
        """Have the chunk run as long as the claim counts."""
        running = asyncio.ensure_future(self._run_chunk(claim))
        renewing = asyncio.create_task(self._renew(claim))
        try:
            await asyncio.wait((running, renewing), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        finally:
            for task in (running, renewing):
                task.cancel()
            await asyncio.gather(running, renewing, return_exceptions=True)

    async def _renew(self, claim: ChunkClaim) -> None:
        """Renew the lease until it is lost."""
        while True:
            await asyncio.sleep(self._lease_s / _RENEWALS)
            with contextlib.suppress(StoreUnavailable):
                if not await self._queue.renew(claim, self._lease_s):
                    return

    def _note_time(self, seconds: float) -> None:
        share = _NEWEST_SHARE if self.chunk_s else 1.0
        self.chunk_s += share * (seconds - self.chunk_s)

    async def _run(self) -> None:
        failure = "The queue of jobs could not be worked on"
        await work_piece_by_piece(self.run_once, log, failure, wake=self._wake)
