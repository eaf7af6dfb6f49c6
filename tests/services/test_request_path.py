"""The request path with real documents, caches and batching; the deployments are coroutines."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import pytest

from deployments.calls import BatchLimits, Call, DocumentBatch
from deployments.driver import Fanout
from deployments.results import (
    ANALYSES,
    EMOTIONS,
    Entities,
    Keywords,
    Model,
    PolarityScores,
    Readability,
    Result,
    Section,
    Sentiment,
    Span,
    Status,
    Tone,
)
from deployments.text.document import Document, digest
from deployments.wire import EncodedSection, encode
from serve_app.analysis_record import AnalysisRecord
from serve_app.cache import MemoryCache, ResponseCache, TieredCache, TtlPolicy
from serve_app.errors import StoreUnavailable
from serve_app.readiness import PROBE, Readiness
from serve_app.request.post import PostRequest
from serve_app.service import Service
from serve_app.settings import DriverSettings
from tests.memory_store import MemoryStore


class Deployments:
    """Five deployments with next to nothing to say, counting the texts they were sent."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.versions = dict.fromkeys(ANALYSES, "v1")
        self.closed: dict[str, asyncio.Event] = {}

    def calls(self) -> dict[str, Call]:
        return {name: self._call(name) for name in ANALYSES}

    def hold(self, name: str) -> asyncio.Event:
        self.closed[name] = asyncio.Event()
        return self.closed[name]

    def _call(self, name: str) -> Call:
        async def call(batch: DocumentBatch) -> list[EncodedSection]:
            documents = batch.documents
            if name in self.closed and documents[0].text != PROBE:
                await self.closed[name].wait()
            self.asked.update((name, document.text) for document in documents)
            return [self._section(name, document) for document in documents]

        return call

    def _section(self, name: str, document: Document) -> EncodedSection:
        model = Model(name, self.versions[name])
        vector = digest(document.text).encode() if name == "keywords" else b""
        return encode(Section(Status.OK, model, 1.0, result(name, document), vector=vector))


def result(name: str, document: Document) -> Result:
    covered, words = Span(0, len(document.text)), len(document.words)
    emotions = dict.fromkeys(EMOTIONS, 0.0)
    results: dict[str, Result] = {
        "sentiment": Sentiment("neutral", False, PolarityScores(0.0, 1.0, 0.0), (), covered),
        "tone": Tone("informative", (), emotions, 0.5, 0.5, 0.5, covered),
        "keywords": Keywords((), covered),
        "entities": Entities((), covered),
        "readability": Readability(
            ease=1.0,
            words=words,
            sentences=1,
            reading_time_s=1.0,
            hardest_sentences=(),
            covered=covered,
        ),
    }
    return results[name]


class Notes:
    """What the request path told the metrics."""

    def __init__(self) -> None:
        self.caches: list[str] = []
        self.sections: list[tuple[str, str]] = []
        self.joins = 0

    def answered(self, cache: str, seconds: float) -> None:
        assert seconds >= 0
        self.caches.append(cache)

    def analysed(self, analysis: str, status: str, seconds: float) -> None:
        self.sections.append((analysis, status))

    def joined(self) -> None:
        self.joins += 1


class Bench:
    """A service and everything around it."""

    def __init__(self) -> None:
        self.deployments = Deployments()
        self.store = MemoryStore()
        self.notes = Notes()
        fanout = Fanout(self.deployments.calls(), BatchLimits())
        self.cache = TieredCache(MemoryCache(2**20, TtlPolicy(3600, 3600)), None)
        self.responses = ResponseCache(2**16, self.cache.count_use)
        self.service = Service(
            fanout=fanout,
            cache=self.cache,
            responses=self.responses,
            store=self.store,
            readiness=Readiness(fanout),
            observer=self.notes,
            settings=DriverSettings(),
        )

    async def analyze(self, text: str, **options: object) -> dict[str, object]:
        answer = await self.service.analyze(PostRequest(text, **options))  # type: ignore[arg-type]
        return dict(json.loads(answer))

    async def analyze_many(self, posts: Sequence[PostRequest]) -> list[dict[str, object]]:
        answers = await self.service.analyze_many(posts)
        return [json.loads(answer) for answer in answers if isinstance(answer, bytes)]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    assert set((await bench.service.readiness.check()).values()) == {"ok"}
    bench.deployments.asked.clear()
    yield bench
    await bench.service.close()


async def settle() -> None:
    """Let what goes on behind an answer finish."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_second_request_is_answered_from_the_cache(bench: Bench) -> None:
    first = await bench.analyze("We won.")
    await settle()
    second = await bench.analyze("We won.")
    assert (first.pop("cache"), second.pop("cache")) == ("miss", "hit")
    assert first == second
    assert set(bench.deployments.asked.values()) == {1}
    assert bench.notes.caches == ["miss", "hit"]


async def test_a_third_request_is_answered_as_the_second_without_reading_the_record(
    bench: Bench,
) -> None:
    await bench.analyze("We won.")
    await settle()
    second = await bench.analyze("We won.", id="a")
    assert len(bench.responses) == 1
    third = await bench.analyze("We won.", id="b")
    assert (second.pop("id"), third.pop("id")) == ("a", "b")
    assert second == third
    assert bench.notes.caches == ["miss", "hit", "hit"]
    assert bench.cache.take_uses() == {digest("We won."): 2}


async def test_a_new_model_takes_back_the_answers_that_were_ready(bench: Bench) -> None:
    for _ in range(3):
        await bench.analyze("We won.")
        await settle()
    assert len(bench.responses) == 1
    bench.service.readiness.learn("tone", encode(Section(Status.OK, Model("tone", "v2"), 1.0)))
    bench.deployments.versions["tone"] = "v2"
    answer = await bench.analyze("We won.")
    assert answer["cache"] == "partial"
    assert answer["tone"]["model"]["digest"] == "v2"  # type: ignore[index]
    await settle()
    assert (await bench.analyze("We won."))["tone"] == answer["tone"]


async def test_responses_and_others_come_in_the_order_of_the_posts(bench: Bench) -> None:
    for _ in range(2):
        await bench.analyze("Ready.")
        await settle()
    posts = [PostRequest(text, id=text) for text in ("New.", "Ready.", "Newer.", "Ready.")]
    answers = await bench.analyze_many(posts)
    assert [answer["id"] for answer in answers] == [post.text for post in posts]
    assert [answer["cache"] for answer in answers] == ["miss", "hit", "miss", "hit"]


async def test_vectors_come_with_the_same_answers_also_of_those_that_are_ready(
    bench: Bench,
) -> None:
    posts = [PostRequest("We won."), PostRequest("We lost.", analyses=("tone",))]
    for cache in ("miss", "hit", "hit"):
        answered = await bench.service.analyze_with_vectors(posts)
        assert [each.vector for each in answered] == [digest("We won.").encode(), b""]
        await settle()
        answer = answered[0].answer
        assert isinstance(answer, bytes)
        assert json.loads(answer)["cache"] == cache
    assert await bench.service.analyze(posts[0]) == answer
    assert b"vector" not in answer


async def test_a_batch_of_ready_answers_looks_up_no_record(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        await bench.analyze("Ready.")
        await settle()
    lookups: list[list[str]] = []
    monkeypatch.setattr(bench.cache, "get_many", lookups.append)
    [answer] = await bench.analyze_many([PostRequest("Ready.")])
    assert answer["cache"] == "hit"
    assert lookups == []


async def test_only_what_is_missing_is_computed(bench: Bench) -> None:
    await bench.analyze("We won.", analyses=("tone",))
    await settle()
    answer = await bench.analyze("We won.", analyses=("sentiment", "tone"))
    assert answer["cache"] == "partial"
    assert bench.deployments.asked == {("tone", "We won."): 1, ("sentiment", "We won."): 1}


async def test_equal_requests_at_one_time_share_one_computation(bench: Bench) -> None:
    gate = bench.deployments.hold("tone")
    waiting = [asyncio.create_task(bench.analyze("We won.")) for _ in range(50)]
    await settle()
    gate.set()
    answers = await asyncio.gather(*waiting)
    assert set(bench.deployments.asked.values()) == {1}
    assert all(answer == answers[0] for answer in answers)
    assert bench.notes.joins == 49


async def test_equal_posts_in_one_batch_share_one_computation(bench: Bench) -> None:
    posts = [PostRequest("We won.", id=str(number)) for number in range(10)]
    answers = await bench.analyze_many(posts)
    assert [answer["id"] for answer in answers] == [str(number) for number in range(10)]
    assert set(bench.deployments.asked.values()) == {1}


async def test_a_whole_post_beside_an_equal_one_with_more_to_compute_is_a_hit(
    bench: Bench,
) -> None:
    await bench.analyze("We won.", analyses=("tone",))
    await settle()
    posts = [PostRequest("We won.", analyses=("tone",)), PostRequest("We won.")]
    answers = await bench.analyze_many(posts)
    assert [answer["cache"] for answer in answers] == ["hit", "partial"]


async def test_a_version_that_changes_while_a_text_is_read_does_not_fail_the_request(
    bench: Bench,
) -> None:
    await bench.analyze("We won.")
    await settle()
    long = "We are proud of what we built together. " * 400  # read in a thread
    posts = [PostRequest("We won."), PostRequest(long)]
    request = asyncio.create_task(bench.analyze_many(posts))
    await settle()
    newer = encode(Section(Status.OK, Model("tone", "v2"), 1.0))
    bench.service.readiness.learn("tone", newer)
    answers = await request
    assert [answer["cache"] for answer in answers] == ["hit", "miss"]


async def test_a_new_model_refreshes_its_own_section_alone(bench: Bench) -> None:
    await bench.analyze("We won.")
    await settle()
    bench.deployments.versions["sentiment"] = "v2"
    await bench.analyze("Another text tells the new version.")
    await settle()
    bench.deployments.asked.clear()
    answer = await bench.analyze("We won.")
    assert answer["cache"] == "partial"
    assert bench.deployments.asked == {("sentiment", "We won."): 1}


async def test_a_late_section_is_marked_and_found_by_the_next_request(bench: Bench) -> None:
    gate = bench.deployments.hold("tone")
    answer = await bench.analyze("We won.", timeout_ms=20)
    assert answer["tone"]["status"] == "timeout"  # type: ignore[index]
    assert answer["sentiment"]["status"] == "ok"  # type: ignore[index]
    gate.set()
    await settle()
    again = await bench.analyze("We won.")
    assert again["cache"] == "hit"
    assert again["tone"]["status"] == "ok"  # type: ignore[index]
    assert set(bench.deployments.asked.values()) == {1}


async def test_what_was_analysed_is_saved_without_its_text(bench: Bench) -> None:
    text = "We won a secret contract."
    await bench.analyze(text)
    await settle()
    record = bench.store.records[digest(text)]
    assert set(record.sections) == set(ANALYSES)
    assert bench.store.characters[digest(text)] == len(text)
    assert b"secret" not in record.to_bytes()


async def test_a_stored_answer_is_found_and_an_unknown_one_is_not(bench: Bench) -> None:
    answer = await bench.analyze("We won.")
    await settle()
    found = await bench.service.find(digest("We won."))
    assert found is not None
    assert json.loads(found)["tone"] == answer["tone"]
    assert await bench.service.find("0" * 64) is None


async def test_what_another_version_stored_in_its_own_form_is_never_shown(bench: Bench) -> None:
    key = digest("We won.")
    await bench.analyze("We won.")
    await settle()
    stored = bench.store.records[key]
    older = {name: _older(name, section) for name, section in stored.sections.items()}
    bench.store.records = {
        key: AnalysisRecord(key, stored.preamble, {**stored.sections, "tone": older["tone"]}),
        "0" * 64: AnalysisRecord("0" * 64, stored.preamble, {"tone": older["tone"]}),
    }
    await bench.service._cache.close()  # forgets everything
    found = await bench.service.find(key)
    assert found is not None
    assert json.loads(found).keys() & set(ANALYSES) == set(ANALYSES) - {"tone"}
    assert await bench.service.find("0" * 64) is None


def _older(name: str, section: EncodedSection) -> EncodedSection:
    """The section as 0.1.0 had it."""
    body = json.loads(section.body)
    body.pop("evidence", None)
    return EncodedSection(section.status, section.version, json.dumps(body).encode())


async def test_a_database_that_is_down_is_said_only_where_it_is_needed(bench: Bench) -> None:
    bench.store.up = False
    assert (await bench.analyze("We won."))["cache"] == "miss"
    with pytest.raises(StoreUnavailable):
        await bench.service.find("0" * 64)


async def test_keywords_are_cut_and_offsets_converted_for_the_caller_alone(bench: Bench) -> None:
    text = "🎉 We won."
    as_sent = await bench.analyze(text, offsets="utf16")
    await settle()
    again = await bench.analyze(text)
    assert as_sent["readability"]["covered"] == {"start": 0, "end": len(text) + 1}  # type: ignore[index]
    assert again["readability"]["covered"] == {"start": 0, "end": len(text)}  # type: ignore[index]
    assert again["cache"] == "hit"


async def test_an_analysis_that_is_busy_is_ready_and_one_that_never_answered_is_not() -> None:
    held: dict[str, asyncio.Event] = {"tone": asyncio.Event()}

    async def never(batch: DocumentBatch) -> list[EncodedSection]:
        await held["tone"].wait()
        return []

    deployments = Deployments()
    fanout = Fanout({**deployments.calls(), "tone": never}, BatchLimits())
    readiness = Readiness(fanout)
    assert (await readiness.check())["tone"] == "timeout"
    readiness.learn("tone", encode(Section(Status.OK, Model("tone", "v1"), 1.0)))
    assert (await readiness.check())["tone"] == "ok"
    held["tone"].set()
