"""Whether every analysis answers a real text, and with which model.

The same answer tells both: a deployment is ready when it has read the probe, and the
version its section carries is what cached sections are compared with from then on.
"""

import asyncio
import time
from collections.abc import Iterable

from deployments.driver import Fanout, gather
from deployments.fair_queue import Caller
from deployments.results import ANALYSES, Status
from deployments.text.document import Document
from deployments.wire import EncodedSection
from serve_app.background_task import BackgroundTask

#: An ordinary English post: every analysis has an answer to it.
PROBE = "We are proud to open our new office in Berlin today. Thank you to the whole team!"

_PROBE_TIMEOUT_S = 30.0
_RETRY_S = 0.5
#: An analysis that answered somebody so recently is busy, not gone, if the probe has to wait.
_RECENT_S = 15.0
#: A model is replaced by a rollout, which takes minutes; every answer tells its version, too.
_REFRESH_S = 30.0


class Readiness:
    """Probes the analyses at start and from time to time, and learns from every answer."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._caller = Caller()
        self._watcher = BackgroundTask("The watch over the analyses", self._watch)
        self._document: Document | None = None
        self.versions: dict[str, str] = {}
        self.states: dict[str, str] = dict.fromkeys(ANALYSES, "starting")
        self._probed_at = 0.0
        self._answered_at: dict[str, float] = {}

    def start(self) -> None:
        """Begin probing; to be called inside the event loop."""
        self._watcher.start()

    async def close(self) -> None:
        """Stop probing."""
        await self._watcher.close()

    def learn(self, analysis: str, section: EncodedSection) -> None:
        """Take from an answer that just came in which model gave it, and that it is up."""
        if section.final and section.version:
            self.versions[analysis] = section.version
            self._answered_at[analysis] = time.monotonic()

    async def check(self) -> dict[str, str]:
        """``ok`` for each analysis that answers now, else how the probe ended."""
        # Kubernetes asks every few seconds, on every replica: one probe serves them for a while.
        if time.monotonic() - self._probed_at > _RETRY_S * 4 or not self.ready:
            await self._probe(ANALYSES, timeout_s=2.0)
        return dict(self.states)

    @property
    def ready(self) -> bool:
        """Whether all analyses answered the last probe."""
        return all(state == Status.OK for state in self.states.values())

    async def _watch(self) -> None:
        while True:
            pending = [name for name, state in self.states.items() if state != Status.OK]
            await self._probe(pending or ANALYSES, timeout_s=_PROBE_TIMEOUT_S)
            await asyncio.sleep(_REFRESH_S if self.ready else _RETRY_S)

    async def _probe(self, analyses: Iterable[str], *, timeout_s: float) -> None:
        if self._document is None:
            self._document = await asyncio.to_thread(Document.read, PROBE)
        submissions = self._fanout.submit(self._document, analyses, self._caller)
        for name, section in (await gather(submissions, timeout_s)).items():
            self.learn(name, section)
            busy = section.status == Status.TIMEOUT and self._answered_recently(name)
            self.states[name] = Status.OK if busy else section.status
        self._probed_at = time.monotonic()

    def _answered_recently(self, analysis: str) -> bool:
        answered_at = self._answered_at.get(analysis)
        return answered_at is not None and time.monotonic() - answered_at < _RECENT_S
