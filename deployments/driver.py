"""The batcher, the fan-out, the merge: concurrent texts in, few calls out.

Each analysis has its own two :class:`Batcher`, one for requests of little text and one for
bulk. Idle, a batcher sends a text at once; while its calls are out, the texts that arrive form
the next batch. So a lone text never waits, and a crowd shares the cost of a call (measured: one
call a text and analysis 31 requests/s, coalesced 1,012). What nobody waits for any more is not
begun. Knows no Ray: a call is any coroutine function.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass

from deployments.fair_queue import Caller, FairQueue
from deployments.results import Section, Status
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode

log = logging.getLogger(__name__)

#: Weight of the latest batch in the measured rate: the last five or so tell.
_LATEST_WEIGHT = 0.2


@dataclass(frozen=True, slots=True)
class DocumentBatch:
    """What one call of an analysis is asked for.

    Attributes:
        documents: in the order in which their sections come back.
        time_left_s: for each, after how many seconds nobody waits for its section any more.
        bulk: whether all other calls of the analysis go before this one.
    """

    documents: Sequence[Document]
    time_left_s: Sequence[float]
    bulk: bool

    @property
    def characters(self) -> int:
        """Of all its texts."""
        return sum(len(document.text) for document in self.documents)


#: One call of one analysis: as many sections as documents, in the same order.
Call = Callable[[DocumentBatch], Awaitable[list[EncodedSection]]]


class Overloaded(Exception):
    """The called deployment refuses more work; its texts are answered ``shed``."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How the texts of one analysis are batched and sent.

    Attributes:
        in_flight: calls out at a time, of bulk and of all others each.
        characters: a batch is closed at this many characters (one longer text still goes alone).
        call_timeout_s: a call without an answer after this has failed.
    """

    in_flight: int = 2
    characters: int = 40_000
    call_timeout_s: float = 60.0


class Submission:
    """A document that one analysis is to read, for all who wait for its section.

    Attributes:
        document: the text.
        future: of the section; it always gets a result, never an exception.
    """

    def __init__(
        self, document: Document, analysis: str, on_withdrawal: Callable[[], None]
    ) -> None:
        self.document = document
        self.future: asyncio.Future[EncodedSection]
        self.future = asyncio.get_running_loop().create_future()
        self._analysis = analysis
        self._on_withdrawal = on_withdrawal
        self._waiting = 0
        self._deadline = -math.inf
        self._begun = False
        self.withdrawn = False

    def join(self, deadline: float) -> None:
        """One more waits, until this moment of :func:`time.monotonic`."""
        self._waiting += 1
        self._deadline = max(self._deadline, deadline)

    def leave(self) -> None:
        """One waits no longer; after the last one, what has not begun never will."""
        self._waiting -= 1
        if not (self._waiting or self._begun or self.future.done()):
            self.withdrawn = True
            self.future.set_result(missing_section(Status.TIMEOUT, self._analysis))
            self._on_withdrawal()

    def begin(self, now: float) -> float:
        """It leaves in a batch; the seconds until nobody waits for it any more."""
        self._begun = True
        # Who submits without joining waits for as long as it takes.
        return math.inf if self._deadline == -math.inf else max(0.0, self._deadline - now)


class Batcher:
    """Coalesces the texts of one analysis into calls, in turns of those who ask for them."""

    def __init__(
        self,
        analysis: str,
        call: Call,
        limits: BatchLimits,
        observe_batch: Callable[[str, int], None],
        *,
        bulk: bool,
    ) -> None:
        self.analysis = analysis
        self._call = call
        self._limits = limits
        self._observe_batch = observe_batch
        self._bulk = bulk
        self._queue: FairQueue[Submission] = FairQueue()
        self._withdrawn = 0
        self._in_flight = 0
        self._calls: set[asyncio.Task[None]] = set()
        self._send_scheduled = False
        self._characters_per_s: float | None = None

    def submit(self, document: Document, caller: Caller) -> Submission:
        """Have a document read when it is the caller's turn."""
        submission = Submission(document, self.analysis, self._forget_withdrawn)
        self._queue.push(submission, len(document.text), caller)
        if not self._send_scheduled:
            # At the end of this iteration of the event loop: a request's texts leave together.
            self._send_scheduled = True
            asyncio.get_running_loop().call_soon(self._send)
        return submission

    def drain_s(self, characters: int) -> float:
        """About how long this many characters take, after the latest batches; 0 before any."""
        return characters / self._characters_per_s if self._characters_per_s else 0.0

    def _forget_withdrawn(self) -> None:
        # While a dead replica holds up its calls, requests come, wait and go.
        self._withdrawn += 1
        if self._withdrawn * 2 > len(self._queue):
            self._queue.keep(lambda submission: not submission.withdrawn)
            self._withdrawn = 0

    def _send(self) -> None:
        self._send_scheduled = False
        while self._in_flight < self._limits.in_flight and (batch := self._next_batch()):
            self._in_flight += 1
            # In a context of its own: a batch belongs to no single request. Serve finds the
            # calls of a request by its context, and cancels them when its client goes away,
            # which would take the batch from everyone else who is in it.
            task = asyncio.get_running_loop().create_task(self._run(batch), context=Context())
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    def _next_batch(self) -> list[Submission]:
        batch: list[Submission] = []
        remaining = self._limits.characters
        while self._queue:
            submission = self._queue.head()
            size = len(submission.document.text)
            if batch and not submission.withdrawn and size > remaining:
                break
            self._queue.pop()
            if not submission.withdrawn:
                batch.append(submission)
                remaining -= size
        return batch

    async def _run(self, submissions: list[Submission]) -> None:
        sections = [missing_section(Status.FAILED, self.analysis)] * len(submissions)
        try:
            self._observe_batch(self.analysis, len(submissions))
            sections = await self._sections(self._batch(submissions))
        finally:
            # Whatever happened: a future without a result, or a place in flight that is
            # never given back, would hold up every later text.
            self._in_flight -= 1
            for submission, section in zip(submissions, sections, strict=True):
                if not submission.future.done():
                    submission.future.set_result(section)
            self._send()

    def _batch(self, submissions: Sequence[Submission]) -> DocumentBatch:
        now = time.monotonic()
        return DocumentBatch(
            [submission.document for submission in submissions],
            [submission.begin(now) for submission in submissions],
            self._bulk,
        )

    async def _sections(self, batch: DocumentBatch) -> list[EncodedSection]:
        try:
            async with asyncio.timeout(self._limits.call_timeout_s):
                return await self._measured_call(batch)
        except Overloaded:
            status = Status.SHED
        except TimeoutError:
            status = Status.TIMEOUT
        except Exception:  # a dead replica, a lost node: this section fails, the others answer
            texts = len(batch.documents)
            log.exception("a call of %s with %d texts failed", self.analysis, texts)
            status = Status.FAILED
        return [missing_section(status, self.analysis)] * len(batch.documents)

    async def _measured_call(self, batch: DocumentBatch) -> list[EncodedSection]:
        started_at, calls = time.monotonic(), self._in_flight
        sections = await self._call(batch)
        if len(sections) != len(batch.documents):
            raise ValueError(f"{len(sections)} sections for {len(batch.documents)} texts")
        rate = batch.characters * calls / max(time.monotonic() - started_at, 1e-6)
        previous = self._characters_per_s or rate
        self._characters_per_s = previous + _LATEST_WEIGHT * (rate - previous)
        return sections


_REASONS = {
    Status.SHED: "{} has more work waiting than it takes; send the text again in a moment.",
    Status.TIMEOUT: "{} was not done in time; send the text again, or with a larger timeout_ms.",
    Status.FAILED: "{} could not be reached; the server's log has the cause.",
}


def missing_section(status: Status, analysis: str) -> EncodedSection:
    """The section of an analysis that gave no answer, with the reason for the user."""
    return encode(Section(status, None, 0.0, detail=_REASONS[status].format(analysis)))


class Fanout:
    """All analyses behind one call."""

    def __init__(
        self,
        calls: Mapping[str, Call],
        limits: BatchLimits,
        observe_batch: Callable[[str, int], None] = lambda analysis, texts: None,
    ) -> None:
        self._batchers = {
            (name, bulk): Batcher(name, call, limits, observe_batch, bulk=bulk)
            for name, call in calls.items()
            for bulk in (False, True)
        }

    def submit(
        self, document: Document, analyses: Iterable[str], caller: Caller
    ) -> dict[str, Submission]:
        """Have these analyses read a document; :func:`gather` waits for them."""
        return {
            name: self._batchers[name, caller.bulk].submit(document, caller) for name in analyses
        }

    def drain_s(self, characters: int, bulk: bool) -> float:
        """About how long the slowest analysis takes for so many characters; 0 where none tells."""
        batchers = self._batchers.items()
        times = (b.drain_s(characters) for (_, is_bulk), b in batchers if is_bulk == bulk)
        return max(times, default=0.0)


async def gather(
    submissions: Mapping[str, Submission], timeout_s: float
) -> dict[str, EncodedSection]:
    """The sections that are there in so many seconds; the rest have status ``timeout``.

    What has begun by then is finished, and its answer kept: a repeated request finds it. What
    has not, and nobody else waits for, never begins; nor does it if this is cancelled.
    """
    deadline = time.monotonic() + timeout_s
    for submission in submissions.values():
        submission.join(deadline)
    try:
        if submissions:
            futures = [submission.future for submission in submissions.values()]
            await asyncio.wait(futures, timeout=timeout_s)
        return {name: _section(name, submission) for name, submission in submissions.items()}
    finally:
        for submission in submissions.values():
            submission.leave()


def _section(analysis: str, submission: Submission) -> EncodedSection:
    if submission.future.done():
        return submission.future.result()
    return missing_section(Status.TIMEOUT, analysis)
