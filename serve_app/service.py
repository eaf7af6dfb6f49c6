"""The request path: look in the cache, analyse what is missing, keep it, answer.

Everything between a parsed request and its JSON answer is here, for HTTP and for
Python handles alike. Knows no HTTP, no Ray, and neither Redis nor Postgres by name.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Protocol

from deployments.driver import Fanout, gather
from deployments.text.document import Document, digest
from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord, preamble
from serve_app.cache import Cache
from serve_app.cache.responses import ReadyAnswers
from serve_app.readiness import Readiness
from serve_app.request.post import PostRequest
from serve_app.response.render import render
from serve_app.settings import DriverSettings

log = logging.getLogger(__name__)

#: Reading this many characters takes about as long as a hop to a thread.
_READ_INLINE_CHARACTERS = 4_000
#: The analyses begin with the first posts of a batch while the next ones are read.
_SLICE_POSTS = 64


class Store(Protocol):
    """Where records are kept for good; see :class:`serve_app.store.store.Store`."""

    def save(self, record: AnalysisRecord, *, characters: int) -> None:
        """Keep the record of a text of so many code points, behind the answer."""

    async def find(self, digest: str) -> AnalysisRecord | None:
        """What is stored for a digest."""

    async def close(self) -> None:
        """Write what waits, then disconnect."""


class NoStore:
    """Where the environment names no database: nothing is kept beyond the caches."""

    queued = 0
    dropped = 0

    def save(self, record: AnalysisRecord, *, characters: int) -> None:
        """Forget it."""

    async def find(self, digest: str) -> AnalysisRecord | None:
        """Nothing is stored."""
        return None

    async def count_uses(self, uses: Mapping[str, int]) -> None:
        """Count nothing."""

    async def most_used(
        self, versions: Mapping[str, str], *, limit: int, offset: int
    ) -> list[AnalysisRecord]:
        """Nothing was ever used."""
        return []

    async def close(self) -> None:
        """Nothing to close."""


class Observer(Protocol):
    """What the request path tells the metrics."""

    def answered(self, cache: str, seconds: float) -> None:
        """A post was answered: ``hit``, ``partial`` or ``miss``, in so many seconds."""

    def analysed(self, analysis: str, status: str, seconds: float) -> None:
        """A section was computed, in so many seconds from its submission."""

    def joined(self) -> None:
        """A post waits for what is being computed for an equal one: a stampede avoided."""


class _Flight:
    """The analyses of one text that are being computed now, shared by all who ask for it."""

    def __init__(self, known: AnalysisRecord) -> None:
        self.known = known
        self.futures: dict[str, asyncio.Future[EncodedSection]] = {}


class Service:
    """Answers posts; one in each driver replica."""

    def __init__(
        self,
        *,
        fanout: Fanout,
        cache: Cache,
        ready_answers: ReadyAnswers,
        store: Store,
        readiness: Readiness,
        observer: Observer,
        metrics_page: Callable[[], Awaitable[bytes]],
        settings: DriverSettings,
    ) -> None:
        self._fanout = fanout
        self._cache = cache
        self._ready_answers = ready_answers
        self._store = store
        self._observer = observer
        self._settings = settings
        self._flights: dict[str, _Flight] = {}
        self._keeping: set[asyncio.Task[None]] = set()
        self._metrics_page = metrics_page
        self._readiness = readiness

    async def analyze(self, post: PostRequest) -> bytes:
        """The JSON answer to one post; see ``POST /v1/analyze``."""
        started = time.perf_counter()
        key = digest(post.text)
        ready = self._ready_answer(post, key, started)
        if ready is not None:
            return ready
        [answer] = await self._look_up([(post, key)], started)
        return answer

    async def analyze_many(self, posts: Sequence[PostRequest]) -> list[bytes]:
        """The JSON answers to the posts, in their order."""
        started = time.perf_counter()
        keyed = [(post, digest(post.text)) for post in posts]
        ready = [self._ready_answer(post, key, started) for post, key in keyed]
        others = [pair for pair, answer in zip(keyed, ready, strict=True) if answer is None]
        found = iter(await self._in_slices(others, started) if others else ())
        return [next(found) if answer is None else answer for answer in ready]

    async def find(self, key: str) -> bytes | None:
        """The stored answer for a digest, all its sections; None where there is none.

        What another version of PostLens stored in a form that is none of today's is left out.

        Raises:
            StoreUnavailable: it is in no cache, and Postgres cannot be asked.
        """
        record = (await self._cache.get_many([key])).get(key) or await self._store.find(key)
        if record is None:
            return None
        sections = record.valid().sections
        if record.sections and not sections:
            return None
        return render(PostRequest(text=""), key, record.preamble, sections, "hit")

    async def metrics(self) -> bytes:
        """The metrics of this node, in Prometheus' text format."""
        return await self._metrics_page()

    async def ready(self) -> dict[str, str]:
        """For each analysis ``ok`` if it answers a real text now, else how that ended."""
        return await self._readiness.check()

    async def close(self) -> None:
        """Finish what is being kept, then close store and cache."""
        await self._readiness.close()
        if self._keeping:
            await asyncio.wait(self._keeping, timeout=5)
        await self._store.close()
        await self._cache.close()

    def _ready_answer(self, post: PostRequest, key: str, started: float) -> bytes | None:
        answer = self._ready_answers.find(post, key, self._readiness.versions)
        if answer is not None:
            self._observer.answered("hit", time.perf_counter() - started)
        return answer

    async def _in_slices(
        self, keyed: Sequence[tuple[PostRequest, str]], started: float
    ) -> list[bytes]:
        """As :meth:`_look_up`, a slice at a time beside each other."""
        if len(keyed) <= _SLICE_POSTS:
            return await self._look_up(keyed, started)
        slices = (keyed[n : n + _SLICE_POSTS] for n in range(0, len(keyed), _SLICE_POSTS))
        found = await asyncio.gather(*(self._look_up(part, started) for part in slices))
        return list(chain(*found))

    async def _look_up(
        self, keyed: Sequence[tuple[PostRequest, str]], started: float
    ) -> list[bytes]:
        """The answers to posts, given with their digests, from what is kept and what is not."""
        posts, digests = zip(*keyed, strict=True)
        known = await self._cache.get_many(digests)
        kept = [self._kept(post, known.get(key)) for post, key in zip(posts, digests, strict=True)]
        documents = await self._read(
            {
                key: post.text
                for post, key, sections in zip(posts, digests, kept, strict=True)
                if len(sections) < len(post.analyses)
            }
        )
        records = {key: _new(key, document) for key, document in documents.items()} | known
        return await asyncio.gather(
            *(
                self._answer(post, records[key], sections, documents.get(key), started)
                for post, key, sections in zip(posts, digests, kept, strict=True)
            )
        )

    def _kept(self, post: PostRequest, record: AnalysisRecord | None) -> dict[str, EncodedSection]:
        """The sections asked for that need not be computed."""
        return record.current(self._readiness.versions, post.analyses) if record else {}

    async def _read(self, texts: Mapping[str, str]) -> dict[str, Document]:
        def read() -> dict[str, Document]:
            return {key: Document.read(text) for key, text in texts.items()}

        inline = sum(map(len, texts.values())) <= _READ_INLINE_CHARACTERS
        return read() if inline else await asyncio.to_thread(read)

    async def _answer(
        self,
        post: PostRequest,
        record: AnalysisRecord,
        kept: Mapping[str, EncodedSection],
        document: Document | None,
        started: float,
    ) -> bytes:
        """The answer; ``document`` is there wherever a section of the post is missing."""
        missing = [name for name in post.analyses if name not in kept]
        sections = dict(kept)
        if missing and document is not None:
            futures = self._compute(record, document, missing)
            sections |= await gather(futures, self._time_left_s(post, started))
        cache = "hit" if not missing else "partial" if kept else "miss"
        ordered = {name: sections[name] for name in post.analyses}
        answer = render(post, record.digest, record.preamble, ordered, cache)
        self._observer.answered(cache, time.perf_counter() - started)
        # Asked again: while this was waiting, a model may have become another.
        if not missing and len(self._kept(post, record)) == len(kept):
            self._ready_answers.keep(post, record.digest, self._readiness.versions, answer)
        return answer

    def _time_left_s(self, post: PostRequest, started: float) -> float:
        limit_ms = post.timeout_ms or self._settings.timeout_ms
        return max(0.0, limit_ms / 1000 - (time.perf_counter() - started))

    def _compute(
        self, record: AnalysisRecord, document: Document, names: Sequence[str]
    ) -> dict[str, asyncio.Future[EncodedSection]]:
        """Futures of these sections; those already being computed for this text are shared."""
        flight = self._flights.get(record.digest)
        if flight is None:
            flight = self._flights[record.digest] = _Flight(record)
        fresh = [name for name in names if name not in flight.futures]
        if len(fresh) < len(names):
            self._observer.joined()
        if fresh:
            submitted = self._fanout.submit(document, fresh)
            flight.futures |= submitted
            self._observe(submitted)
            keeping = self._keep(flight, submitted, characters=len(document.text))
            task = asyncio.get_running_loop().create_task(keeping)
            self._keeping.add(task)
            task.add_done_callback(self._keeping.discard)
        return {name: flight.futures[name] for name in names}

    async def _keep(
        self,
        flight: _Flight,
        submitted: Mapping[str, asyncio.Future[EncodedSection]],
        *,
        characters: int,
    ) -> None:
        """Wait for the sections, however late, and keep those that are final."""
        fresh = await gather(submitted, None)
        for name, section in fresh.items():
            self._readiness.learn(name, section)
        flight.known = flight.known.with_sections(fresh)
        # The cache has it before the flight ends, or an equal request would fall between.
        await self._cache.put_many([flight.known])
        for name in fresh:
            del flight.futures[name]
        if not flight.futures:
            self._flights.pop(flight.known.digest, None)
        if any(section.final for section in fresh.values()):
            self._store.save(flight.known, characters=characters)

    def _observe(self, submitted: Mapping[str, asyncio.Future[EncodedSection]]) -> None:
        started = time.perf_counter()
        for name, future in submitted.items():
            future.add_done_callback(partial(self._analysed, name, started))

    def _analysed(self, name: str, started: float, future: asyncio.Future[EncodedSection]) -> None:
        self._observer.analysed(name, future.result().status, time.perf_counter() - started)


def _new(key: str, document: Document) -> AnalysisRecord:
    return AnalysisRecord(key, preamble(document))
