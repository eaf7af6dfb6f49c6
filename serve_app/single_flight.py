"""Single flight: a section that is being computed is shared by all who ask for it meanwhile.

Knows texts, sections and the fan-out; neither requests nor answers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from deployments.driver import Fanout, gather
from deployments.text.document import Document
from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord

#: Sections of one text by analysis, each a future that never raises.
SectionFutures = Mapping[str, asyncio.Future[EncodedSection]]

#: Takes the record of a text, the sections just added to it, and the text's code points.
Save = Callable[[AnalysisRecord, Mapping[str, EncodedSection], int], Awaitable[None]]


class ComputationObserver(Protocol):
    """What is reported about computations."""

    def analysed(self, analysis: str, status: str, seconds: float) -> None:
        """A section was computed, in so many seconds from its submission."""

    def joined(self) -> None:
        """A post waits for what is being computed for an equal one: a stampede avoided."""


class _Flight:
    """One text whose analyses are being computed."""

    def __init__(self, record: AnalysisRecord) -> None:
        self.record = record
        self.futures: dict[str, asyncio.Future[EncodedSection]] = {}


class SingleFlight:
    """Starts computations, joins equal ones, and saves what they gave, however late."""

    def __init__(self, fanout: Fanout, observer: ComputationObserver, save: Save) -> None:
        """Nothing is being computed yet.

        Args:
            fanout: computes sections.
            observer: notified of every section, and of every post that joined another.
            save: awaited with what was computed, before the text's flight ends: an equal
                request finds it saved or still in flight, never in between.
        """
        self._fanout = fanout
        self._observer = observer
        self._save = save
        self._flights: dict[str, _Flight] = {}
        self._completions: set[asyncio.Task[None]] = set()

    def compute(
        self, record: AnalysisRecord, document: Document, analyses: Sequence[str]
    ) -> SectionFutures:
        """Futures of these sections of a text.

        Args:
            record: of the text, with the sections that need not be computed.
            document: the text.
            analyses: whose sections are missing.
        """
        flight = self._flights.get(record.digest)
        if flight is None:
            flight = self._flights[record.digest] = _Flight(record)
        absent = [name for name in analyses if name not in flight.futures]
        if len(absent) < len(analyses):
            self._observer.joined()
        if absent:
            self._start(flight, document, absent)
        return {name: flight.futures[name] for name in analyses}

    async def close(self, *, timeout_s: float) -> None:
        """Wait so long at most for what is being computed and saved."""
        if self._completions:
            await asyncio.wait(self._completions, timeout=timeout_s)

    def _start(self, flight: _Flight, document: Document, analyses: Sequence[str]) -> None:
        futures = self._fanout.submit(document, analyses)
        flight.futures |= futures
        submitted_at = time.perf_counter()
        for name, future in futures.items():
            future.add_done_callback(partial(self._observe, name, submitted_at))
        completion = self._complete(flight, futures, len(document.text))
        task = asyncio.get_running_loop().create_task(completion)
        self._completions.add(task)
        task.add_done_callback(self._completions.discard)

    async def _complete(self, flight: _Flight, futures: SectionFutures, characters: int) -> None:
        """Wait for the sections, save them, and end the flight with its last one."""
        sections = await gather(futures, None)
        flight.record = flight.record.with_sections(sections)
        try:
            await self._save(flight.record, sections, characters)
        finally:
            for name in sections:
                del flight.futures[name]
            if not flight.futures:
                self._flights.pop(flight.record.digest, None)

    def _observe(
        self, analysis: str, submitted_at: float, future: asyncio.Future[EncodedSection]
    ) -> None:
        seconds = time.perf_counter() - submitted_at
        self._observer.analysed(analysis, future.result().status, seconds)
