"""The request path: look in the caches, analyse what is missing, save it, answer.

Everything between a parsed request and its JSON answer is here, for HTTP and for Python
handles alike. Knows no HTTP, no Ray, and neither Redis nor Postgres by name.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from deployments.driver import Fanout, gather
from deployments.text.document import Document, digest
from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord, preamble
from serve_app.cache import Cache, ResponseCache
from serve_app.readiness import Readiness
from serve_app.request.post import PostRequest
from serve_app.response.render import render
from serve_app.settings import DriverSettings
from serve_app.single_flight import ComputationObserver, SingleFlight
from serve_app.store import Store

#: Splitting this many characters takes about as long as a hop to a thread.
_INLINE_CHARACTERS = 4_000
#: The analyses begin with the first posts of a batch while the next ones are split.
_SLICE_POSTS = 64
_CLOSE_TIMEOUT_S = 5.0


class Observer(ComputationObserver, Protocol):
    """What the request path tells the metrics."""

    def answered(self, cache: str, seconds: float) -> None:
        """A post was answered: ``hit``, ``partial`` or ``miss``, in so many seconds."""


@dataclass(slots=True)
class _PendingPost:
    """One post on its way to an answer.

    Attributes:
        post: what was asked for.
        digest: of its text.
        record: what is known of the text; None until the first analysis of it begins.
        sections: those asked for that need not be computed.
        document: the text, split, where a section has to be computed.
        answer: JSON, once it is there.
    """

    post: PostRequest
    digest: str
    record: AnalysisRecord | None = None
    sections: Mapping[str, EncodedSection] = field(default_factory=dict)
    document: Document | None = None
    answer: bytes = b""

    @property
    def missing(self) -> list[str]:
        """The analyses whose sections have to be computed."""
        return [name for name in self.post.analyses if name not in self.sections]


class Service:
    """Answers posts; one in each driver replica.

    Attributes:
        readiness: whether every analysis answers, and the version of its model.
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
    ) -> None:
        self._cache = cache
        self._responses = responses
        self._store = store
        self.readiness = readiness
        self._observer = observer
        self._settings = settings
        self._single_flight = SingleFlight(fanout, observer, self._save)

    async def analyze(self, post: PostRequest) -> bytes:
        """The JSON answer to one post; see ``POST /v1/analyze``."""
        started_at = time.perf_counter()
        text_digest = digest(post.text)
        if answer := self._cached_response(post, text_digest, started_at):
            return answer
        pending = _PendingPost(post, text_digest)
        await self._answer([pending], started_at)
        return pending.answer

    async def analyze_many(self, posts: Sequence[PostRequest]) -> list[bytes]:
        """The JSON answers to the posts, in their order."""
        started_at = time.perf_counter()
        batch = [_PendingPost(post, digest(post.text)) for post in posts]
        for pending in batch:
            pending.answer = self._cached_response(pending.post, pending.digest, started_at)
        if rest := [pending for pending in batch if not pending.answer]:
            await self._answer_in_slices(rest, started_at)
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

    async def close(self) -> None:
        """Finish what is being computed and saved, then close store and cache."""
        await self.readiness.close()
        await self._single_flight.close(timeout_s=_CLOSE_TIMEOUT_S)
        await self._store.close()
        await self._cache.close()

    def _cached_response(self, post: PostRequest, text_digest: str, started_at: float) -> bytes:
        """The whole answer as it was sent before; empty where there is none."""
        answer = self._responses.find(post, text_digest, self.readiness.versions)
        if answer is None:
            return b""
        self._observer.answered("hit", time.perf_counter() - started_at)
        return answer

    async def _answer_in_slices(self, batch: Sequence[_PendingPost], started_at: float) -> None:
        """As :meth:`_answer`, in slices beside each other."""
        if len(batch) <= _SLICE_POSTS:
            await self._answer(batch, started_at)
            return
        starts = range(0, len(batch), _SLICE_POSTS)
        slices = (batch[start : start + _SLICE_POSTS] for start in starts)
        await asyncio.gather(*(self._answer(part, started_at) for part in slices))

    async def _answer(self, batch: Sequence[_PendingPost], started_at: float) -> None:
        """Give each post of the batch its answer."""
        records = await self._cache.get_many([pending.digest for pending in batch])
        for pending in batch:
            pending.record = records.get(pending.digest)
            pending.sections = self._current_sections(pending)
        await self._split_texts([pending for pending in batch if pending.missing])
        await asyncio.gather(*(self._answer_one(pending, started_at) for pending in batch))

    def _current_sections(self, pending: _PendingPost) -> dict[str, EncodedSection]:
        """The sections asked for that today's models would give again."""
        if pending.record is None:
            return {}
        return pending.record.current(self.readiness.versions, pending.post.analyses)

    async def _split_texts(self, batch: Sequence[_PendingPost]) -> None:
        """Read the documents of these posts; equal texts once."""
        texts = {pending.digest: pending.post.text for pending in batch}

        def split() -> dict[str, Document]:
            return {key: Document.read(text) for key, text in texts.items()}

        inline = sum(map(len, texts.values())) <= _INLINE_CHARACTERS
        documents = split() if inline else await asyncio.to_thread(split)
        for pending in batch:
            pending.document = documents[pending.digest]

    async def _answer_one(self, pending: _PendingPost, started_at: float) -> None:
        """Compute what is missing, as far as the deadline allows, and put the answer together."""
        post, missing = pending.post, pending.missing
        cache = "hit" if not missing else "partial" if pending.sections else "miss"
        if missing:
            await self._compute(pending, missing, self._time_left_s(post, started_at))
        assert pending.record is not None  # cached, or made by _compute
        sections = {name: pending.sections[name] for name in post.analyses}
        pending.answer = render(post, pending.digest, pending.record.preamble, sections, cache)
        self._observer.answered(cache, time.perf_counter() - started_at)
        # Asked again: while this was waiting, a model may have become another.
        if not missing and len(self._current_sections(pending)) == len(sections):
            versions = self.readiness.versions
            self._responses.put(post, pending.digest, versions, pending.answer)

    def _time_left_s(self, post: PostRequest, started_at: float) -> float:
        limit_ms = post.timeout_ms or self._settings.timeout_ms
        return max(0.0, limit_ms / 1000 - (time.perf_counter() - started_at))

    async def _compute(
        self, pending: _PendingPost, missing: Sequence[str], timeout_s: float
    ) -> None:
        """Add the missing sections, each with its result or with the reason why it has none."""
        document = pending.document
        assert document is not None  # _split_texts read it
        if pending.record is None:
            pending.record = AnalysisRecord(pending.digest, preamble(document))
        futures = self._single_flight.compute(pending.record, document, missing)
        pending.sections = {**pending.sections, **await gather(futures, timeout_s)}

    async def _save(
        self, record: AnalysisRecord, sections: Mapping[str, EncodedSection], characters: int
    ) -> None:
        """Keep a record to which these sections were just added, however late they came."""
        for name, section in sections.items():
            self.readiness.learn(name, section)
        await self._cache.put_many([record])
        if any(section.final for section in sections.values()):
            self._store.save(record, characters=characters)
