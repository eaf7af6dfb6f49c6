"""The request path: look in the caches, analyse what is missing, save it, answer.

Everything between a parsed request and its JSON answer is here, for HTTP and for Python
handles alike. Knows no HTTP, no Ray, and neither Redis nor Postgres by name.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from deployments.batcher import ENCODER
from deployments.calls import missing_section
from deployments.driver import Fanout, OnSection
from deployments.fair_queue import Caller
from deployments.results import Status
from deployments.text.document import Document
from deployments.wire import EncodedSection
from serve_app.admission.admission import Admission
from serve_app.admission.lane import Admitted, Lane
from serve_app.analysis_record import AnalysisRecord, preamble
from serve_app.answer_progress import AnswerProgress
from serve_app.cache import Cache, MemoryCache, ResponseCache, TtlPolicy
from serve_app.errors import ServiceOverloaded
from serve_app.pending_post import (
    SLICE_CHARACTERS,
    Answer,
    AnswerWithVector,
    PendingPost,
    slices,
)
from serve_app.problems import PROBLEM_TYPES, Problem, problem
from serve_app.readiness import Readiness
from serve_app.request.post import PostRequest
from serve_app.response.render import render, render_section
from serve_app.settings import DriverSettings
from serve_app.single_flight import ComputationObserver, SingleFlight
from serve_app.store import NullStore, Store

#: Splitting this many characters takes about as long as a hop to a thread.
_INLINE_CHARACTERS = 4_000
_CLOSE_TIMEOUT_S = 5.0
#: What was begun before a text was deleted is over by then.
_FORGOTTEN_S = 60.0


class Observer(ComputationObserver, Protocol):
    """What the request path tells the metrics."""

    def answered(self, cache: str, seconds: float) -> None:
        """A post was answered: ``hit``, ``partial`` or ``miss``, in so many seconds."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of one request: few of its slices are read at a time, the others wait.

    Attributes:
        caller: whose turns they are.
        admitted: told of each text that has its answer.
        slices: as many as are read at a time.
    """

    caller: Caller
    admitted: Admitted
    slices: asyncio.Semaphore


class Answering(Protocol):
    """What answers posts: the service, or the service seen from a workspace."""

    async def analyze(self, post: PostRequest, progress: AnswerProgress | None = None) -> bytes:
        """See :meth:`Service.analyze`."""

    async def analyze_many(self, posts: Sequence[PostRequest]) -> list[Answer]:
        """See :meth:`Service.analyze_many`."""

    def take_on(
        self, posts: Sequence[PostRequest], *, bulk: bool = False
    ) -> AbstractContextManager[Turns]:
        """See :meth:`Service.take_on`."""

    async def analyze_in_turn(self, posts: Sequence[PostRequest], turns: Turns) -> list[Answer]:
        """See :meth:`Service.analyze_in_turn`."""


@dataclass(frozen=True, slots=True)
class StorageState:
    """How it stands with the servers that keep answers, seen from one replica.

    Attributes:
        down: names of those that did not answer the last call, ``postgres`` and ``redis``.
        waiting: texts that wait to be written to Postgres.
        lost: texts that could not be, since the replica started.
    """

    down: list[str]
    waiting: int
    lost: int


class Service:
    """Answers posts; one in each driver replica.

    Attributes:
        readiness: whether every analysis answers, and the version of its model.
        lanes: what waits, by the class of its requests.
    """

    def __init__(
        self,
        *,
        fanout: Fanout,
        cache: Cache,
        responses: ResponseCache,
        store: Store,
        readiness: Readiness,
        observer: Observer,
        settings: DriverSettings,
        admission: Admission | None = None,
        comes_back: bool = True,
    ) -> None:
        """Put it together.

        Args:
            fanout: the analyses.
            cache, responses, store: where answers are kept.
            readiness: of the analyses.
            observer: told of what is answered and computed.
            settings: of batches, of what may wait, of time.
            admission: of another service over the same analyses; by default one of its own.
            comes_back: whether who is refused asks again with the same text.
        """
        self._cache = cache
        self._responses = responses
        self._store = store
        self.readiness = readiness
        self._observer = observer
        self._settings = settings
        self._fanout = fanout
        self._forgotten: dict[str, float] = {}  # until when, by digest
        self._single_flight = SingleFlight(fanout, observer, self._save)
        self._admission = admission or Admission.of(settings)
        self._comes_back = comes_back
        self.lanes: Mapping[str, Lane] = self._admission.lanes
        # One thread for bulk: it splits texts no faster than the analyses take them, and
        # several would take the interpreter from the event loop.
        self._bulk_reader = ThreadPoolExecutor(1, "bulk-reader")

    async def analyze(self, post: PostRequest, progress: AnswerProgress | None = None) -> bytes:
        """The JSON answer to one post; see ``POST /v1/analyze``.

        Args:
            post: what is asked for.
            progress: told of the sections that come one by one; those that it is not told of by
                the time of the answer are in the answer alone.

        Raises:
            ServiceOverloaded: too much is waiting to begin with it.
        """
        started_at = time.perf_counter()
        text_digest = post.digest
        if answer := self._cached_response(post, text_digest, started_at):
            return answer
        pending = PendingPost(post, text_digest, progress=progress)
        try:
            await self._answer([pending], started_at)
        except ServiceOverloaded as overload:
            if not (progress and progress.lenient):
                raise
            await self._answer_in_part(pending, started_at, overload)
            progress.retry_after_s = overload.retry_after_s
        assert isinstance(pending.answer, bytes)  # one post waits for no turn
        return pending.answer

    async def analyze_many(self, posts: Sequence[PostRequest]) -> list[Answer]:
        """The answers to the posts, in their order.

        Raises:
            ServiceOverloaded: too much is waiting to begin with them.
        """
        started_at = time.perf_counter()
        batch = self._pending(posts, started_at)
        if rest := [pending for pending in batch if not pending.answer]:
            await self._answer(rest, started_at)
        return [pending.answer for pending in batch]

    async def analyze_with_vectors(
        self,
        posts: Sequence[PostRequest],
        *,
        bulk: bool = False,
        stages: dict[str, float] | None = None,
    ) -> list[AnswerWithVector]:
        """As :meth:`analyze_many`, with the vectors, which answers that are ready do not have.

        Args:
            posts: to be answered.
            bulk: whether they give way to others however few they are.
            stages: is given how long the slowest was in each; see :class:`AnswerProgress`.

        Raises:
            ServiceOverloaded: too much is waiting to begin with them.
        """
        progress = None if stages is None else AnswerProgress(stages=stages)
        batch = [PendingPost(post, post.digest, progress=progress) for post in posts]
        await self._answer(batch, time.perf_counter(), bulk=bulk, comes_back=False)
        return [AnswerWithVector(pending.answer, pending.vector) for pending in batch]

    def take_on(
        self, posts: Sequence[PostRequest], *, bulk: bool = False
    ) -> AbstractContextManager[Turns]:
        """Take on posts that are answered slice by slice with :meth:`analyze_in_turn`.

        Args:
            posts: that will be answered.
            bulk: whether they give way to others however few they are.

        Raises:
            ServiceOverloaded: too much is waiting.
        """
        analyses = chain.from_iterable(post.analyses for post in posts)
        key = posts[0].digest if posts else None
        return self._take_on(posts, analyses, key=key, bulk=bulk)

    @contextmanager
    def _take_on(
        self,
        posts: Sequence[PostRequest],
        analyses: Iterable[str],
        *,
        key: str | None,
        bulk: bool = False,
    ) -> Iterator[Turns]:
        """Take on posts that need these analyses; see :meth:`Admission.admit`."""
        with self._admission.admit(
            sum(len(post.text) for post in posts),
            texts=len(posts),
            bulk=bulk,
            light=self._fanout.readers.isdisjoint(analyses),
            key=key,
        ) as (caller, admitted):
            yield self._turns(caller, admitted)

    async def analyze_in_turn(self, posts: Sequence[PostRequest], turns: Turns) -> list[Answer]:
        """The answers to some posts, their deadlines counted from when their turn comes."""
        batch = self._pending(posts, time.perf_counter())
        rest = [pending for pending in batch if not pending.answer]
        new = await self._look_up(rest, time.perf_counter()) if rest else []
        for pending in batch:
            if pending.answer:
                turns.admitted.answered(len(pending.post.text), done=False)
        if new:
            await self._answer_slice(new, turns, None)
        return [pending.answer for pending in batch]

    async def find(self, text_digest: str) -> bytes | None:
        """The stored answer for a digest, all its sections; None where there is none.

        Sections of another release that lack a field of this one are left out.

        Raises:
            StoreUnavailable: it is in no cache, and Postgres cannot be asked.
        """
        cached = await self._cache.get_many([text_digest])
        record = cached.get(text_digest) or await self._store.find(text_digest)
        if record is None:
            return None
        sections = record.valid().sections
        if record.sections and not sections:
            return None
        return render(PostRequest(text=""), text_digest, record.preamble, sections, "hit")

    async def forget(self, digests: Sequence[str]) -> None:
        """Have texts leave all that this replica keeps, and Redis; what is stored is left.

        Those that are being analysed now are not kept afterwards.
        """
        self._remember_forgotten(digests, time.monotonic())
        self._responses.forget(digests)
        self._store.forget(digests)
        await self._cache.forget(digests)

    def _remember_forgotten(self, digests: Sequence[str], now: float) -> None:
        """Note them as the last to end; those at the front that have ended go."""
        for digest in digests:
            self._forgotten.pop(digest, None)
            self._forgotten[digest] = now + _FORGOTTEN_S
        while self._forgotten and next(iter(self._forgotten.values())) <= now:
            del self._forgotten[next(iter(self._forgotten))]

    def storage(self) -> StorageState:
        """How it stands with the servers that keep answers."""
        states = {"postgres": self._store.up, "redis": self._cache.up}
        return StorageState(
            down=[name for name, up in states.items() if not up],
            waiting=self._store.queued,
            lost=self._store.dropped,
        )

    def keeping_nothing(self) -> "Service":
        """A service over the same analyses that neither keeps its answers nor counts them.

        Its texts wait with those of this one, and take turns with them. It needs no end.
        """
        return Service(
            fanout=self._fanout,
            cache=MemoryCache(0, TtlPolicy(1, 1)),
            responses=ResponseCache(0, lambda digest: False),
            store=NullStore(),
            readiness=self.readiness,
            observer=_Uncounted(self._observer),
            settings=self._settings,
            admission=self._admission,
            comes_back=False,
        )

    async def close(self) -> None:
        """Finish what is being computed and saved, then close store and cache."""
        await self.readiness.close()
        await self._single_flight.close(timeout_s=_CLOSE_TIMEOUT_S)
        await self._store.close()
        await self._cache.close()
        self._bulk_reader.shutdown(wait=False)

    def _pending(self, posts: Sequence[PostRequest], started_at: float) -> list[PendingPost]:
        """The posts, with those answers that are ready to be sent."""
        batch = [PendingPost(post, post.digest) for post in posts]
        for pending in batch:
            pending.answer = self._cached_response(pending.post, pending.digest, started_at)
        return batch

    def _turns(self, caller: Caller, admitted: Admitted) -> Turns:
        # While as many characters as the analyses are working on are sent next, more are read.
        limits = self._settings.batch_limits()
        count = 2 * limits.in_flight * limits.characters // SLICE_CHARACTERS
        return Turns(caller, admitted, asyncio.Semaphore(max(2, count)))

    def _cached_response(self, post: PostRequest, text_digest: str, started_at: float) -> bytes:
        """The whole answer as it was sent before; empty where there is none."""
        answer = self._responses.find(post, text_digest, self.readiness.versions)
        if answer is None:
            return b""
        self._observer.answered("hit", time.perf_counter() - started_at)
        return answer

    async def _answer(
        self,
        batch: Sequence[PendingPost],
        started_at: float,
        *,
        bulk: bool = False,
        comes_back: bool = True,
    ) -> None:
        """Give each post of the batch its answer."""
        parts = [self._look_up(part, started_at) for part in slices(batch)]
        new = list(chain.from_iterable(await asyncio.gather(*parts)))
        if new:
            posts = [pending.post for pending in new]
            analyses = chain.from_iterable(pending.missing for pending in new)
            key = new[0].digest if comes_back and self._comes_back else None
            with self._take_on(posts, analyses, key=key, bulk=bulk) as turns:
                answers = [self._answer_slice(part, turns, started_at) for part in slices(new)]
                await asyncio.gather(*answers)

    async def _answer_in_part(
        self, pending: PendingPost, started_at: float, overload: ServiceOverloaded
    ) -> None:
        """Answer a post with what needs no encoder; the other sections are shed.

        Raises:
            ServiceOverloaded: nothing would be left of the answer, or too much of that waits too.
        """
        shed = self._fanout.readers.intersection(pending.missing)
        if not pending.sections and len(shed) == len(pending.missing):
            raise overload
        pending.shed = shed
        if not pending.missing:
            self._finish(pending, "partial", started_at)
            return
        with ExitStack() as taken_on:
            try:
                part = self._take_on([pending.post], pending.missing, key=None)
                turns = taken_on.enter_context(part)
            except ServiceOverloaded:
                raise overload from None
            await self._answer_slice([pending], turns, started_at)

    async def _look_up(self, batch: Sequence[PendingPost], started_at: float) -> list[PendingPost]:
        """Answer those posts of which nothing has to be computed; the others."""
        records = await self._cache.get_many([pending.digest for pending in batch])
        for pending in batch:
            pending.record = records.get(pending.digest)
            pending.sections = self._current_sections(pending)
            if not pending.missing:
                self._finish(pending, "hit", started_at)
        return [pending for pending in batch if not pending.answer]

    async def _answer_slice(
        self, batch: Sequence[PendingPost], turns: Turns, started_at: float | None
    ) -> None:
        """Give some posts of a request their answers, once it is their turn.

        Args:
            batch: posts that were looked up.
            turns: of their request.
            started_at: when their time began to run; None is when their turn comes.
        """
        waited = turns.slices.locked()
        async with turns.slices:
            begun_at = time.perf_counter() if started_at is None else started_at
            late = [p for p in batch if waited and not self._time_left_s(p.post, begun_at)]
            for pending in late:
                pending.answer = _too_late()
                turns.admitted.answered(len(pending.post.text), done=False)
            in_time = [pending for pending in batch if not pending.answer]
            await self._split_texts(in_time, turns.caller)
            await asyncio.gather(*(self._answer_one(p, turns, begun_at) for p in in_time))

    def _current_sections(self, pending: PendingPost) -> dict[str, EncodedSection]:
        """The sections asked for that today's models would give again."""
        if pending.record is None:
            return {}
        return pending.record.current(self.readiness.versions, pending.post.analyses)

    async def _split_texts(self, batch: Sequence[PendingPost], caller: Caller) -> None:
        """Read the documents of these posts; equal texts once."""
        posts = {pending.digest: pending.post for pending in batch}

        def split() -> dict[str, Document]:
            return {key: Document.read(post.text, post.language) for key, post in posts.items()}

        if sum(len(post.text) for post in posts.values()) <= _INLINE_CHARACTERS:
            documents = split()
        else:
            reader = self._bulk_reader if caller.bulk else None
            documents = await asyncio.get_running_loop().run_in_executor(reader, split)
        for pending in batch:
            pending.document = documents[pending.digest]

    async def _answer_one(self, pending: PendingPost, turns: Turns, started_at: float) -> None:
        """Compute what is missing, as far as the deadline allows, and put the answer together."""
        cache = "partial" if pending.sections else "miss"
        if announce := _announcer(pending):
            for name, section in pending.sections.items():
                announce(name, section)
        missing = pending.missing
        await self._compute(pending, turns.caller, self._time_left_s(pending.post, started_at))
        turns.admitted.answered(len(pending.post.text), done=self._is_done(pending, missing))
        self._finish(pending, cache, started_at)

    def _is_done(self, pending: PendingPost, computed: Sequence[str]) -> bool:
        """Whether it was analysed, and did not only fail or time out on the longest way."""
        longest = self._fanout.readers.intersection(computed) or computed
        return any(pending.sections[name].final for name in longest)

    def _finish(self, pending: PendingPost, cache: str, started_at: float) -> None:
        """Put the answer together from the sections that are there."""
        post = pending.post
        assert pending.record is not None  # cached, or made by _compute
        sections = {
            name: pending.sections.get(name) or missing_section(Status.SHED, name, ENCODER)
            for name in post.analyses
        }
        pending.answer = render(post, pending.digest, pending.record.preamble, sections, cache)
        self._observer.answered(cache, time.perf_counter() - started_at)
        # Asked again: while this was waiting, a model may have become another.
        if cache == "hit" and len(self._current_sections(pending)) == len(sections):
            versions = self.readiness.versions
            self._responses.put(post, pending.digest, versions, pending.answer)

    def _time_left_s(self, post: PostRequest, started_at: float) -> float:
        limit_ms = post.timeout_ms or self._settings.timeout_ms
        return max(0.0, limit_ms / 1000 - (time.perf_counter() - started_at))

    async def _compute(self, pending: PendingPost, caller: Caller, timeout_s: float) -> None:
        """Add the missing sections, each with its result or with the reason why it has none."""
        document = pending.document
        assert document is not None  # _split_texts read it
        if pending.record is None:
            pending.record = AnalysisRecord(pending.digest, preamble(document))
        on_section = _announcer(pending)
        stages = pending.progress.stages if pending.progress else None
        computed = await self._single_flight.compute(
            pending.record, document, pending.missing, caller, timeout_s, on_section, stages
        )
        pending.sections = {**pending.sections, **computed}

    async def _save(
        self, record: AnalysisRecord, sections: Mapping[str, EncodedSection], characters: int
    ) -> None:
        """Keep a record to which these sections were just added, however late they came."""
        for name, section in sections.items():
            self.readiness.learn(name, section)
        if record.digest in self._forgotten:
            if self._forgotten[record.digest] > time.monotonic():
                return
            del self._forgotten[record.digest]
        if any(section.final for section in sections.values()):
            await self._cache.put_many([record])
            self._store.save(record, characters=characters)


class _Uncounted:
    """Tells of computations, and of no answers."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def answered(self, cache: str, seconds: float) -> None:
        """It was no post."""

    def analysed(self, analysis: str, status: str, seconds: float) -> None:
        """See :class:`ComputationObserver`."""
        self._observer.analysed(analysis, status, seconds)

    def joined(self) -> None:
        """See :class:`ComputationObserver`."""
        self._observer.joined()


def _announcer(pending: PendingPost) -> OnSection | None:
    """Tells who follows the post of a section, as it will be in the answer."""
    follower = pending.progress and pending.progress.on_section
    if not follower:
        return None
    return lambda name, section: follower(name, render_section(pending.post, name, section.body))


def _too_late() -> Problem:
    return problem("deadline-passed", PROBLEM_TYPES["deadline-passed"].example)
