"""Replicas as plain objects: what they compute once, and what becomes of a lost encoder."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from ray.exceptions import ActorDiedError

from deployments import graph
from deployments.analyzer import Analyzer
from deployments.driver import DocumentBatch
from deployments.encoder.config import EncoderConfig
from deployments.encoder.inputs import EncoderInput
from deployments.encoder.passes import KEPT_PASSES, EncoderPass
from deployments.encoder.text_encoder import EncoderSource, TextEncoder
from deployments.graph import AnalysisReplica, EncoderReplica
from deployments.results import Entities, Model, Span
from deployments.text.document import Document

REQUEST = EncoderPass("v1", (EncoderInput.whole("We won."),), (-1,))
OTHER = EncoderPass("v1", (EncoderInput.whole("We lost."),), (-1,))


class GatedEncoder:
    """Notes which texts it reads, and gives an answer once its gate is open."""

    version = "v1"
    gate = threading.Event()
    begun = threading.Semaphore(0)
    texts: list[str]
    error: Exception | None = None

    def __init__(self, config: EncoderConfig) -> None:
        type(self).texts = []

    def tokens(self, inputs: Sequence[EncoderInput]) -> list[Any]:
        return self.pool(inputs, layers=())

    def pool(self, inputs: Sequence[EncoderInput], *, layers: Sequence[int]) -> list[Any]:
        self.texts += [each.text for each in inputs]
        self.begun.release()
        assert self.gate.wait(10)
        if self.error:
            raise self.error
        return [np.ones((len(each.spans), 1), np.float32) for each in inputs]


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch) -> Iterator[EncoderReplica]:
    monkeypatch.setattr(graph, "Encoder", GatedEncoder)
    monkeypatch.setattr(graph, "_lower_priority", lambda niceness: None)
    GatedEncoder.gate, GatedEncoder.error = threading.Event(), None
    GatedEncoder.begun = threading.Semaphore(0)
    yield EncoderReplica([EncoderConfig(), EncoderConfig()], 2, lambda: None)
    GatedEncoder.gate.set()


async def test_equal_passes_at_one_time_are_computed_once(replica: EncoderReplica) -> None:
    tasks = [asyncio.create_task(replica.encode(each, False)) for each in (REQUEST, OTHER, REQUEST)]
    await asyncio.sleep(0)
    GatedEncoder.gate.set()
    [first], _, [third] = await asyncio.gather(*tasks)
    assert sorted(GatedEncoder.texts) == ["We lost.", "We won."]
    assert first is third
    await replica.encode(REQUEST, False)
    assert len(GatedEncoder.texts) == 2


async def test_a_text_is_shared_also_among_others(replica: EncoderReplica) -> None:
    """Two analyses' batches seldom hold the same posts, but mostly."""
    GatedEncoder.gate.set()
    both = EncoderPass("v1", OTHER.inputs + REQUEST.inputs + OTHER.inputs, (-1,))
    tasks = [asyncio.create_task(replica.encode(each, False)) for each in (REQUEST, both)]
    [first], [third, second, again] = await asyncio.gather(*tasks)
    assert sorted(GatedEncoder.texts) == ["We lost.", "We won."]
    assert second is first
    assert again is third
    assert third is not first


async def test_who_leaves_does_not_take_the_pass_along(replica: EncoderReplica) -> None:
    leaving, staying = (asyncio.create_task(replica.encode(REQUEST, False)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    GatedEncoder.gate.set()
    assert len(await staying) == 1
    assert leaving.cancelled()


async def test_a_pass_that_failed_is_not_kept(replica: EncoderReplica) -> None:
    GatedEncoder.gate.set()
    GatedEncoder.error = ValueError("out of memory")
    with pytest.raises(ValueError, match="out of memory"):
        await replica.encode(REQUEST, False)
    GatedEncoder.error = None
    assert len(await replica.encode(REQUEST, False)) == 1


async def test_the_states_of_all_tokens_are_not_kept(replica: EncoderReplica) -> None:
    GatedEncoder.gate.set()
    tokens = EncoderPass("v1", REQUEST.inputs, None)
    await replica.encode(tokens, False)
    await replica.encode(tokens, False)
    assert GatedEncoder.texts == ["We won.", "We won."]


async def test_the_latest_few_passes_are_kept(replica: EncoderReplica) -> None:
    GatedEncoder.gate.set()
    texts = [EncoderInput.whole(str(n)) for n in range(KEPT_PASSES + 1)]
    for text in [*texts, *texts[1:], texts[0]]:
        await replica.encode(EncoderPass("v1", (text,), (-1,)), False)
    assert GatedEncoder.texts == [*(text.text for text in texts), "0"]


async def test_memory_is_returned_once_nothing_was_asked_for_a_while(
    replica: EncoderReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    returned = asyncio.Event()
    monkeypatch.setattr(graph, "_return_freed_memory", returned.set)
    GatedEncoder.gate.set()
    monkeypatch.setattr(graph, "_IDLE_S", 3_600)
    await replica.encode(REQUEST, False)
    await asyncio.sleep(0)
    first = replica._idle_timer
    monkeypatch.setattr(graph, "_IDLE_S", 0)
    await replica.encode(OTHER, False)
    await asyncio.wait_for(returned.wait(), 10)
    assert first is not None
    assert first.cancelled()


async def test_bulk_waits_in_a_queue_of_its_own(replica: EncoderReplica) -> None:
    passes = [EncoderPass("v1", (EncoderInput.whole(str(n)),), (-1,)) for n in range(5)]
    bulk = [asyncio.create_task(replica.encode(each, True)) for each in passes]
    for _ in range(2):
        assert await asyncio.to_thread(GatedEncoder.begun.acquire, timeout=10)
    little = asyncio.create_task(replica.encode(REQUEST, False))
    assert await asyncio.to_thread(GatedEncoder.begun.acquire, timeout=10)
    assert GatedEncoder.texts[2:] == ["We won."]
    GatedEncoder.gate.set()
    await asyncio.gather(little, *bulk)


def test_passes_fill_the_cores_or_leave_them_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "usable_cores", lambda: 8)
    for threads, passes in [(1, 8), (3, 2), (8, 1), (16, 1), (None, 1)]:
        assert graph._passes_for_all_cores([EncoderConfig(threads=threads)] * 2) == passes


class OnePassAnalyzer:
    """Asks its encoder once for each batch."""

    name = "entities"
    model = Model("one-pass", "v1")
    languages = frozenset({"en"})

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder

    def analyze(self, documents: Sequence[Document]) -> list[Entities]:
        self._encoder.pool([EncoderInput.whole(document.text) for document in documents])
        return [Entities((), Span(0, len(document.text))) for document in documents]


class EncoderHandle:
    """Stands for Serve's handle: gives the next of some results, and notes what it was asked."""

    def __init__(self, *results: Any) -> None:
        self.encode = self
        self.asked: list[tuple[list[str], bool]] = []
        self._results = iter(results)

    def options(self, **options: bool) -> "EncoderHandle":
        return self

    async def remote(self, request: EncoderPass, bulk: bool) -> Any:
        self.asked.append(([each.text for each in request.inputs], bulk))
        result = next(self._results)
        if isinstance(result, Exception):
            raise result
        return result


@pytest.fixture(autouse=True)
def one_pass_analyzer(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(analysis: str, config: Any, encoder_of: EncoderSource) -> Analyzer[Any]:
        return OnePassAnalyzer(encoder_of(EncoderConfig()))

    monkeypatch.setattr(graph, "load", load)
    monkeypatch.setattr(graph, "_lower_priority", lambda niceness: None)


def analysis_replica(handle: EncoderHandle) -> AnalysisReplica:
    return AnalysisReplica("entities", EncoderConfig(), handle, lambda: None)  # type: ignore[arg-type]


def batch(*texts: str, bulk: bool = False) -> DocumentBatch:
    return DocumentBatch([Document.read(text) for text in texts], [60.0] * len(texts), bulk)


@pytest.mark.parametrize("bulk", [False, True])
async def test_a_batch_is_one_pass_and_says_whether_it_is_bulk(bulk: bool) -> None:
    handle = EncoderHandle([])
    sections = await analysis_replica(handle).analyze(batch("We won.", "We lost.", bulk=bulk))
    assert [section.status for section in sections] == ["ok", "ok"]
    assert handle.asked == [(["We won.", "We lost."], bulk)]


@pytest.mark.parametrize("error", [ActorDiedError(), TimeoutError()])
async def test_a_lost_encoder_fails_the_batch_at_once_and_the_next_is_asked_again(
    error: Exception,
) -> None:
    handle = EncoderHandle(error, [])
    replica = analysis_replica(handle)
    sections = await replica.analyze(batch("We won.", "We lost."))
    assert [section.status for section in sections] == ["failed", "failed"]
    assert len(handle.asked) == 1
    assert b"encoder" in sections[0].body
    [section] = await replica.analyze(batch("We won."))
    assert section.status == "ok"


async def test_a_text_that_breaks_the_encoder_costs_its_neighbours_nothing() -> None:
    broken = ValueError("no such token")
    handle = EncoderHandle(broken, [], broken, [])
    sections = await analysis_replica(handle).analyze(batch("We won.", "Odd.", "We lost."))
    assert [section.status for section in sections] == ["ok", "failed", "ok"]
