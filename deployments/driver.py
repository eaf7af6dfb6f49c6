"""The fan-out and the merge: concurrent texts in, few calls out.

Two batchers (:mod:`deployments.batcher`), one for requests of little text and one for bulk, serve
the analyses that read with the encoder, and two more each other analysis: a text is read once for
all that need it, and what needs no reading waits for none. Knows no Ray: a call is any coroutine
function.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from deployments.batcher import Batcher, Submission
from deployments.calls import BatchLimits, Call, Read, missing_section
from deployments.fair_queue import Caller
from deployments.results import Status
from deployments.text.document import Document
from deployments.wire import EncodedSection

#: Takes the name of an analysis and its section.
OnSection = Callable[[str, EncodedSection], None]
#: Each with the moments between which it is; what needs no encoder is never read.
_STAGES = (
    ("queue", "submitted", "begun"),
    ("encoder", "begun", "read"),
    ("heads", "read", "ended"),
)
_SectionFuture = asyncio.Future[EncodedSection]


class Fanout:
    """All analyses behind one call.

    Attributes:
        readers: the analyses that need the encoder.
    """

    def __init__(
        self,
        calls: Mapping[str, Call],
        limits: BatchLimits,
        observe_batch: Callable[[str, int], None] = lambda name, texts: None,
        *,
        read: Read | None = None,
        readers: Collection[str] = (),
    ) -> None:
        """Nothing is waiting yet.

        Args:
            calls: the way to each analysis.
            limits: of each batcher.
            observe_batch: told of every call: whose, and with how many texts.
            read: the way to the encoder.
            readers: the analyses that need it.
        """
        self._batchers: dict[tuple[str, bool], Batcher] = {}
        self.readers = frozenset(readers)
        together = [name for name in calls if name in readers]
        for group in (together, *([name] for name in calls if name not in readers)):
            for bulk in (False, True):
                batcher = Batcher(
                    {name: calls[name] for name in group},
                    limits,
                    observe_batch,
                    bulk=bulk,
                    read=read if group is together else None,
                )
                self._batchers |= {(name, bulk): batcher for name in group}

    def submit(
        self, document: Document, analyses: Iterable[str], caller: Caller
    ) -> dict[str, Submission]:
        """Have these analyses read a document; :func:`gather` waits for them."""
        groups: dict[Batcher, list[str]] = {}
        for name in analyses:
            groups.setdefault(self._batchers[name, caller.bulk], []).append(name)
        submissions: dict[str, Submission] = {}
        for batcher, names in groups.items():
            submissions |= batcher.submit(document, names, caller)
        return submissions


async def gather(
    submissions: Mapping[str, Submission],
    timeout_s: float,
    on_section: OnSection | None = None,
) -> dict[str, EncodedSection]:
    """The sections that are there in so many seconds; the rest have status ``timeout``.

    What has begun by then is finished, and its answer kept: a repeated request finds it. What
    has not, and nobody else waits for, never begins; nor does it if this is cancelled.

    Args:
        submissions: by analysis.
        timeout_s: how long to wait for them.
        on_section: told of each section that is there in time, as soon as it is.
    """
    deadline = time.monotonic() + timeout_s
    announcing = _announce(submissions, on_section) if on_section else ()
    for submission in submissions.values():
        submission.join(deadline)
    try:
        if submissions:
            futures = [submission.future for submission in submissions.values()]
            await asyncio.wait(futures, timeout=timeout_s)
        return {name: _section(name, submission) for name, submission in submissions.items()}
    finally:
        for future, announce in announcing:
            future.remove_done_callback(announce)
        for submission in submissions.values():
            submission.leave()


def _announce(
    submissions: Mapping[str, Submission], on_section: OnSection
) -> Sequence[tuple[_SectionFuture, Callable[[_SectionFuture], None]]]:
    """Have each section told of; the futures, each with the callback that does it."""
    announcing = [(s.future, partial(_tell, on_section, name)) for name, s in submissions.items()]
    for future, announce in announcing:
        future.add_done_callback(announce)
    return announcing


def _tell(on_section: OnSection, name: str, future: _SectionFuture) -> None:
    on_section(name, future.result())


def stages(submissions: Iterable[Submission]) -> dict[str, float]:
    """How long these were in each stage, the slowest of them: seconds, by stage.

    ``queue`` is until they left in a batch, ``encoder`` until they were read, ``heads`` until their
    sections were there. A stage that none has passed is left out.
    """
    passed: dict[str, float] = {}
    for submission in submissions:
        moments = submission.moments
        for stage, start, end in _STAGES:
            if end in moments and (since := moments.get(start) or moments.get("begun")):
                passed[stage] = max(passed.get(stage, 0.0), moments[end] - since)
    return passed


def _section(analysis: str, submission: Submission) -> EncodedSection:
    if submission.future.done():
        return submission.future.result()
    return missing_section(Status.TIMEOUT, analysis)
