"""Single flight: a section that is being computed is shared by all who ask for it meanwhile.

It is computed as long as one of them waits; when the last one has gone before it began, it is
left. Knows texts, sections and the fan-out; neither requests nor answers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from deployments.batcher import Submission
from deployments.driver import Fanout, OnSection, gather, stages
from deployments.fair_queue import Caller
from deployments.text.document import Document
from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord

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

    def __init__(self, key: tuple[str, bool], record: AnalysisRecord) -> None:
        self.key = key
        self.record = record
        self.submissions: dict[str, Submission] = {}

    def absent(self, analyses: Sequence[str]) -> list[str]:
        """Those of the analyses that nobody has begun to wait for, or everybody has left."""
        current = self.submissions
        return [name for name in analyses if name not in current or current[name].withdrawn]


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
        self._flights: dict[tuple[str, bool], _Flight] = {}
        self._completions: set[asyncio.Task[None]] = set()

    async def compute(
        self,
        record: AnalysisRecord,
        document: Document,
        analyses: Sequence[str],
        caller: Caller,
        timeout_s: float,
        on_section: OnSection | None = None,
        passed: dict[str, float] | None = None,
    ) -> dict[str, EncodedSection]:
        """These sections of a text, each with its result or with the reason why it has none.

        Args:
            record: of the text, with the sections that need not be computed.
            document: the text.
            analyses: whose sections are missing.
            caller: whose turn they take.
            timeout_s: how long to wait for them.
            on_section: told of each, as soon as it is there.
            passed: is given the seconds of each stage (:func:`deployments.driver.stages`), where it
                has no more already: of another text of the request.
        """
        # Bulk is joined by bulk alone: others would have to wait for its turn.
        key = record.digest, caller.bulk
        flight = self._flights.setdefault(key, _Flight(key, record))
        absent = flight.absent(analyses)
        if len(absent) < len(analyses):
            self._observer.joined()
        if absent:
            self._start(flight, document, absent, caller)
        submissions = {name: flight.submissions[name] for name in analyses}
        sections = await gather(submissions, timeout_s, on_section)
        if passed is not None:
            for stage, seconds in stages(submissions.values()).items():
                passed[stage] = max(passed.get(stage, 0.0), seconds)
        return sections

    async def close(self, *, timeout_s: float) -> None:
        """Wait so long at most for what is being computed and saved."""
        if self._completions:
            await asyncio.wait(self._completions, timeout=timeout_s)

    def _start(
        self, flight: _Flight, document: Document, analyses: Sequence[str], caller: Caller
    ) -> None:
        submissions = self._fanout.submit(document, analyses, caller)
        flight.submissions |= submissions
        submitted_at = time.perf_counter()
        for name, submission in submissions.items():
            submission.future.add_done_callback(partial(self._observe, name, submitted_at))
        completion = self._complete(flight, submissions, len(document.text))
        task = asyncio.get_running_loop().create_task(completion)
        self._completions.add(task)
        task.add_done_callback(self._completions.discard)

    async def _complete(
        self, flight: _Flight, submissions: Mapping[str, Submission], characters: int
    ) -> None:
        """Wait for the sections, save them, and end the flight with its last one."""
        await asyncio.wait([submission.future for submission in submissions.values()])
        sections = {name: submission.future.result() for name, submission in submissions.items()}
        flight.record = flight.record.with_sections(sections)
        try:
            await self._save(flight.record, sections, characters)
        finally:
            self._end(flight, submissions)

    def _end(self, flight: _Flight, submissions: Mapping[str, Submission]) -> None:
        for name, submission in submissions.items():
            # One that was left may have been submitted again meanwhile.
            if flight.submissions.get(name) is submission:
                del flight.submissions[name]
        if not flight.submissions and self._flights.get(flight.key) is flight:
            del self._flights[flight.key]

    def _observe(
        self, analysis: str, submitted_at: float, future: asyncio.Future[EncodedSection]
    ) -> None:
        seconds = time.perf_counter() - submitted_at
        self._observer.analysed(analysis, future.result().status, seconds)
