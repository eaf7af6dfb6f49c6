"""Coalesces texts into batches, and has each batch read once and analysed.

Idle, a batcher sends a text at once; while its batches are out, the texts that arrive form the
next one. So a lone text never waits, and a crowd shares the cost of a call (measured: one call a
text and analysis 31 requests/s, coalesced 1,012). What nobody waits for any more is not begun.
"""

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from deployments.calls import (
    BatchLimits,
    Call,
    DocumentBatch,
    Overloaded,
    Read,
    missing_section,
)
from deployments.fair_queue import Caller, FairQueue
from deployments.results import Status
from deployments.text.document import Document
from deployments.wire import EncodedSection

log = logging.getLogger(__name__)

T = TypeVar("T")

#: The name of what reads texts for the analyses: a deployment, a metric label.
ENCODER = "encoder"

#: An analysis that takes longer for a batch holds up the other analyses of a text no more.
PATIENCE_S = 5.0


class Submission:
    """A document that one analysis is to read, for all who wait for its section.

    Attributes:
        document: the text.
        future: of the section; it always gets a result, never an exception.
        moments: when it was submitted, left in a batch (``begun``), was read by the encoder and
            ended, as far as it has come: seconds of :func:`time.monotonic`.
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
        self.moments = {"submitted": time.monotonic()}
        self.withdrawn = False

    def join(self, deadline: float) -> None:
        """One more waits, until this moment of :func:`time.monotonic`."""
        self._waiting += 1
        self._deadline = max(self._deadline, deadline)

    def leave(self) -> None:
        """One waits no longer; after the last one, what has not begun never will."""
        self._waiting -= 1
        if not (self._waiting or "begun" in self.moments or self.future.done()):
            self.withdrawn = True
            self.future.set_result(missing_section(Status.TIMEOUT, self._analysis))
            self._on_withdrawal()

    def begin(self) -> None:
        """It leaves in a batch."""
        self.moments["begun"] = time.monotonic()

    def read(self) -> None:
        """The encoder has read it."""
        self.moments["read"] = time.monotonic()

    def time_left_s(self, now: float) -> float:
        """The seconds until nobody waits for it any more."""
        # Who submits without joining waits for as long as it takes.
        return math.inf if self._deadline == -math.inf else max(0.0, self._deadline - now)

    def end(self, section: EncodedSection) -> None:
        """The section is there; the first one counts."""
        if not self.future.done():
            self.moments["ended"] = time.monotonic()
            self.future.set_result(section)


@dataclass(slots=True)
class _Text:
    """A document in the queue, and the analyses that are to have it."""

    document: Document
    submissions: dict[str, Submission]

    @property
    def withdrawn(self) -> bool:
        return all(submission.withdrawn for submission in self.submissions.values())

    def begin(self) -> None:
        """It leaves in a batch, for those analyses that somebody still waits for."""
        self.submissions = {n: s for n, s in self.submissions.items() if not s.withdrawn}
        for submission in self.submissions.values():
            submission.begin()

    def read(self) -> None:
        """The encoder has read it, for all of them."""
        for submission in self.submissions.values():
            submission.read()

    def time_left_s(self, now: float) -> float:
        return max(submission.time_left_s(now) for submission in self.submissions.values())


class Batcher:
    """Coalesces the texts of some analyses into batches, in turns of those who ask for them.

    With an encoder, a batch is read by it once, and goes with the readings to each of the
    analyses that its texts want.
    """

    def __init__(
        self,
        calls: Mapping[str, Call],
        limits: BatchLimits,
        observe_batch: Callable[[str, int], None],
        *,
        bulk: bool,
        read: Read | None = None,
    ) -> None:
        self._calls = calls
        self._read = read
        self._limits = limits
        self._observe_batch = observe_batch
        self._bulk = bulk
        self._queue: FairQueue[_Text] = FairQueue()
        self._withdrawn = 0
        self._in_flight = 0
        self._overdue: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._send_scheduled = False

    def submit(
        self, document: Document, analyses: Iterable[str], caller: Caller
    ) -> dict[str, Submission]:
        """Have a document analysed when it is the caller's turn."""
        text = _Text(document, {})
        forget = partial(self._forget_withdrawn, text)
        text.submissions = {name: Submission(document, name, forget) for name in analyses}
        self._queue.push(text, len(document.text), caller)
        if not self._send_scheduled:
            # At the end of this iteration of the event loop: a request's texts leave together.
            self._send_scheduled = True
            asyncio.get_running_loop().call_soon(self._send)
        return dict(text.submissions)

    def _forget_withdrawn(self, text: _Text) -> None:
        # While a dead replica holds up its calls, requests come, wait and go.
        self._withdrawn += text.withdrawn
        if self._withdrawn * 2 > len(self._queue):
            self._queue.keep(lambda waiting: not waiting.withdrawn)
            self._withdrawn = 0

    def _send(self) -> None:
        self._send_scheduled = False
        while self._in_flight < self._limits.in_flight and (texts := self._next_batch()):
            self._in_flight += 1
            self._start(self._run(texts))

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        # In a context of its own: a batch belongs to no single request. Serve finds the
        # calls of a request by its context, and cancels them when its client goes away,
        # which would take the batch from everyone else who is in it.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _next_batch(self) -> list[_Text]:
        texts: list[_Text] = []
        remaining = self._limits.characters
        while self._queue:
            text = self._queue.head()
            size = len(text.document.text)
            if texts and not text.withdrawn and size > remaining:
                break
            self._queue.pop()
            if not text.withdrawn:
                text.begin()
                texts.append(text)
                remaining -= size
        return texts

    async def _run(self, texts: list[_Text]) -> None:
        try:
            await self._answer(texts)
        finally:
            # Whatever happened: a place in flight that is never given back would hold up
            # every later text.
            self._in_flight -= 1
            self._send()

    async def _answer(self, texts: Sequence[_Text]) -> None:
        """Have the texts read and analysed, and wait for those analyses that are punctual."""
        readings: object = None
        if self._read:
            status, readings = await self._attempt(ENCODER, self._read, self._batch(texts))
            if status is not Status.OK:
                _end_all(texts, status)
                return
            for text in texts:
                text.read()
        calls = self._start_calls(texts, readings)
        # One that hangs must not hold up the others, nor may calls to it pile up.
        punctual = [task for name, task in calls.items() if not self._overdue[name]]
        if punctual:
            await asyncio.wait(punctual, timeout=PATIENCE_S if self._read else None)
        for name, task in calls.items():
            if not task.done():
                self._overdue[name] += 1
                task.add_done_callback(partial(self._forget_overdue, name))

    def _batch(self, texts: Sequence[_Text]) -> DocumentBatch:
        now = time.monotonic()
        documents = [text.document for text in texts]
        return DocumentBatch(documents, [text.time_left_s(now) for text in texts], self._bulk)

    def _start_calls(
        self, texts: Sequence[_Text], readings: object
    ) -> dict[str, asyncio.Task[None]]:
        wanted = {name: None for text in texts for name in text.submissions}
        return {name: self._start(self._analyse(name, texts, readings)) for name in wanted}

    def _forget_overdue(self, analysis: str, task: asyncio.Task[None]) -> None:
        self._overdue[analysis] -= 1

    async def _analyse(self, analysis: str, texts: Sequence[_Text], readings: object) -> None:
        """Have those of the texts that want it analysed."""
        rows = [row for row, text in enumerate(texts) if analysis in text.submissions]
        submissions = [texts[row].submissions[analysis] for row in rows]
        status, sections = Status.SHED, None
        if self._overdue[analysis] < self._limits.in_flight:
            now = time.monotonic()
            batch = DocumentBatch(
                [submission.document for submission in submissions],
                [submission.time_left_s(now) for submission in submissions],
                self._bulk,
                readings,
                rows,
            )
            call = partial(_sections, self._calls[analysis])
            status, sections = await self._attempt(analysis, call, batch)
        missing = [missing_section(status, analysis)] * len(rows) if sections is None else sections
        for submission, section in zip(submissions, missing, strict=True):
            submission.end(section)

    async def _attempt(
        self, name: str, call: Callable[[DocumentBatch], Awaitable[T]], batch: DocumentBatch
    ) -> tuple[Status, T | None]:
        """How the call of a deployment ended, and what it gave if it ended well."""
        texts = len(batch.documents)
        try:
            self._observe_batch(name, texts)
            async with asyncio.timeout(self._limits.call_timeout_s):
                return Status.OK, await call(batch)
        except Overloaded:
            return Status.SHED, None
        except TimeoutError:
            return Status.TIMEOUT, None
        # A dead replica, a lost node: its sections fail, the others answer.
        except (Exception, asyncio.CancelledError):
            log.exception("a call of %s with %d texts failed", name, texts)
            return Status.FAILED, None


async def _sections(call: Call, batch: DocumentBatch) -> list[EncodedSection]:
    sections = await call(batch)
    if len(sections) != len(batch.documents):
        raise ValueError(f"{len(sections)} sections for {len(batch.documents)} texts")
    return sections


def _end_all(texts: Sequence[_Text], status: Status) -> None:
    """The encoder gave no answer: neither do the analyses that read with it."""
    for text in texts:
        for name, submission in text.submissions.items():
            submission.end(missing_section(status, name, ENCODER))
