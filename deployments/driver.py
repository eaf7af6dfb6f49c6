"""The batcher, the fan-out, the merge: concurrent texts in, few calls out.

Each analysis has its own :class:`Batcher`. Idle, it sends a text at once; while
its calls are out, the texts that arrive form the next batch. So a lone text never
waits, and a crowd shares the cost of a call (measured: one call a text and analysis
31 requests/s, coalesced 1,012). Knows no Ray: a call is any coroutine function.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass

from deployments.results import Section, Status
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode

log = logging.getLogger(__name__)

#: One call of one analysis: as many sections as documents, in the same order.
Call = Callable[[Sequence[Document]], Awaitable[list[EncodedSection]]]


class Overloaded(Exception):
    """The called deployment refuses more work; its texts are answered ``shed``."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How the texts of one analysis are batched and sent.

    Attributes:
        in_flight: calls out at a time.
        characters: a batch is closed at this many characters (one longer text still goes alone).
        queue_limit: texts that may wait for a batch; further ones are shed.
        call_timeout_s: a call without an answer after this has failed.
    """

    in_flight: int = 2
    characters: int = 40_000
    queue_limit: int = 5_000
    call_timeout_s: float = 60.0


class Batcher:
    """Coalesces the texts of one analysis into calls."""

    def __init__(
        self,
        analysis: str,
        call: Call,
        limits: BatchLimits,
        observe_batch: Callable[[str, int], None],
    ) -> None:
        self.analysis = analysis
        self._call = call
        self._limits = limits
        self._observe_batch = observe_batch
        self._queue: deque[tuple[Document, asyncio.Future[EncodedSection]]] = deque()
        self._in_flight = 0
        self._calls: set[asyncio.Task[None]] = set()
        self._send_scheduled = False

    def submit(self, document: Document) -> asyncio.Future[EncodedSection]:
        """A future of the document's section; it always gets a result, never an exception."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[EncodedSection] = loop.create_future()
        if len(self._queue) >= self._limits.queue_limit:
            future.set_result(missing_section(Status.SHED, self.analysis))
            return future
        self._queue.append((document, future))
        if not self._send_scheduled:
            # At the end of this iteration of the event loop: a request's texts leave together.
            self._send_scheduled = True
            loop.call_soon(self._send)
        return future

    def _send(self) -> None:
        self._send_scheduled = False
        while self._queue and self._in_flight < self._limits.in_flight:
            self._in_flight += 1
            # In a context of its own: a batch belongs to no single request. Serve finds the
            # calls of a request by its context, and cancels them when its client goes away,
            # which would take the batch from everyone else who is in it.
            task = asyncio.get_running_loop().create_task(
                self._run(self._next_batch()), context=Context()
            )
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    def _next_batch(self) -> list[tuple[Document, asyncio.Future[EncodedSection]]]:
        batch = [self._queue.popleft()]
        remaining = self._limits.characters - len(batch[0][0].text)
        while self._queue and len(self._queue[0][0].text) <= remaining:
            remaining -= len(self._queue[0][0].text)
            batch.append(self._queue.popleft())
        return batch

    async def _run(self, batch: list[tuple[Document, asyncio.Future[EncodedSection]]]) -> None:
        documents = [document for document, _ in batch]
        sections = [missing_section(Status.FAILED, self.analysis)] * len(batch)
        try:
            self._observe_batch(self.analysis, len(batch))
            sections = await self._sections(documents)
        finally:
            # Whatever happened: a future without a result, or a place in flight that is
            # never given back, would hold up every later text.
            self._in_flight -= 1
            for (_, future), section in zip(batch, sections, strict=True):
                if not future.done():
                    future.set_result(section)
            self._send()

    async def _sections(self, documents: list[Document]) -> list[EncodedSection]:
        try:
            async with asyncio.timeout(self._limits.call_timeout_s):
                sections = await self._call(documents)
            if len(sections) == len(documents):
                return sections
            log.error("%s: %d sections for %d texts", self.analysis, len(sections), len(documents))
            status = Status.FAILED
        except Overloaded:
            status = Status.SHED
        except TimeoutError:
            status = Status.TIMEOUT
        except Exception:  # a dead replica, a lost node: this section fails, the others answer
            log.exception("a call of %s with %d texts failed", self.analysis, len(documents))
            status = Status.FAILED
        return [missing_section(status, self.analysis)] * len(documents)


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
            name: Batcher(name, call, limits, observe_batch) for name, call in calls.items()
        }

    def submit(
        self, document: Document, analyses: Iterable[str]
    ) -> dict[str, asyncio.Future[EncodedSection]]:
        """Start these analyses of one document; the futures are merged by :func:`gather`."""
        return {name: self._batchers[name].submit(document) for name in analyses}


async def gather(
    futures: Mapping[str, asyncio.Future[EncodedSection]], timeout_s: float | None
) -> dict[str, EncodedSection]:
    """The sections that are there by the deadline; the rest have status ``timeout``.

    A late analysis is not cancelled: its answer is kept, and a repeated request finds it.
    """
    if futures:
        await asyncio.wait(futures.values(), timeout=timeout_s)
    return {
        name: future.result() if future.done() else missing_section(Status.TIMEOUT, name)
        for name, future in futures.items()
    }
