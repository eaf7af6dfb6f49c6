"""Replicas as plain objects: what they read and answer, and in whose turn."""

import asyncio
import pickle
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from deployments import graph
from deployments.analyzer import AnyAnalyzer
from deployments.encoder.config import EncoderConfig
from deployments.graph import AnalysisReplica, EncoderReplica
from deployments.reading.reading import PackedReadings, Reading, ReadingInput
from deployments.registry import AnalysisConfigs
from deployments.results import Entities, Model, Span
from deployments.text.document import Document

INF = float("inf")


def reading_of(text: str) -> Reading:
    """One token for each code point, its state the code point's number."""
    places = np.arange(len(text))
    states = np.array([[ord(sign)] for sign in text], np.float16).reshape(len(text), 1)
    return Reading(places, places + 1, places, np.array([0, len(text)]), states)


class GatedEncoder:
    """Notes which texts it reads, and gives an answer once its gate is open."""

    gate = threading.Event()
    begun = threading.Semaphore(0)
    batches: list[list[str]]

    def __init__(self, config: EncoderConfig) -> None:
        type(self).batches = []

    def read(self, inputs: Sequence[ReadingInput]) -> list[Reading]:
        self.batches.append([each.text for each in inputs])
        self.begun.release()
        assert self.gate.wait(10)
        if any("odd" in each.text for each in inputs):
            raise ValueError("no such token")
        return [reading_of(each.text) for each in inputs]


@pytest.fixture(autouse=True)
def plain_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "lower_priority", lambda: None)
    monkeypatch.setattr(graph, "_lowest_priority", lambda: None)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[EncoderReplica]:
    monkeypatch.setattr(graph, "Encoder", GatedEncoder)
    GatedEncoder.gate, GatedEncoder.begun = threading.Event(), threading.Semaphore(0)
    yield EncoderReplica(EncoderConfig(), 2, lambda: None)
    GatedEncoder.gate.set()


async def read(
    encoder: EncoderReplica, *texts: str, bulk: bool = False, left_s: Sequence[float] = ()
) -> list[Reading | None]:
    inputs = [ReadingInput(text) for text in texts]
    packed = await encoder.read(inputs, left_s or [INF] * len(texts), bulk)
    travelled: PackedReadings = pickle.loads(pickle.dumps(packed))
    return travelled.unpack()


async def test_a_batch_is_read_in_one_go(encoder: EncoderReplica) -> None:
    GatedEncoder.gate.set()
    first, second = await read(encoder, "We won.", "")
    assert GatedEncoder.batches == [["We won.", ""]]
    assert first is not None
    assert second is not None
    assert first.starts.tolist() == list(range(7))
    assert first.windows.tolist() == [0, 7]
    assert first.states[:, 0].tolist() == [ord(sign) for sign in "We won."]
    assert len(second) == 0


async def test_a_text_that_breaks_the_encoder_costs_its_neighbours_nothing(
    encoder: EncoderReplica,
) -> None:
    GatedEncoder.gate.set()
    readings = await read(encoder, "We won.", "odd", "We lost.")
    assert [reading and len(reading) for reading in readings] == [7, None, 8]


async def test_what_nobody_waits_for_is_not_read(encoder: EncoderReplica) -> None:
    GatedEncoder.gate.set()
    readings = await read(encoder, "late", "We won.", left_s=[0.0, 60.0])
    assert [reading is None for reading in readings] == [True, False]
    assert await read(encoder, "late", "too", left_s=[0.0, 0.0]) == [None, None]
    assert GatedEncoder.batches == [["We won."]]


async def test_memory_is_returned_once_nothing_was_asked_for_a_while(
    encoder: EncoderReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    returned = asyncio.Event()
    monkeypatch.setattr(graph, "_return_freed_memory", returned.set)
    GatedEncoder.gate.set()
    monkeypatch.setattr(graph, "_IDLE_S", 3_600)
    await read(encoder, "We won.")
    first = encoder._idle_timer
    monkeypatch.setattr(graph, "_IDLE_S", 0)
    await read(encoder, "We lost.")
    await asyncio.wait_for(returned.wait(), 10)
    assert first is not None
    assert first.cancelled()


async def test_bulk_waits_in_a_queue_of_its_own(encoder: EncoderReplica) -> None:
    bulk = [asyncio.create_task(read(encoder, str(n), bulk=True)) for n in range(5)]
    for _ in range(2):
        assert await asyncio.to_thread(GatedEncoder.begun.acquire, timeout=10)
    little = asyncio.create_task(read(encoder, "We won."))
    assert await asyncio.to_thread(GatedEncoder.begun.acquire, timeout=10)
    assert GatedEncoder.batches[2:] == [["We won."]]
    GatedEncoder.gate.set()
    await asyncio.gather(little, *bulk)


def test_passes_fill_the_cores_or_leave_them_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "usable_cores", lambda: 8)
    for threads, passes in [(1, 8), (3, 2), (8, 1), (16, 1), (None, 1)]:
        assert graph._passes_for_all_cores(EncoderConfig(threads=threads)) == passes


class RememberingAnalyzer:
    """Remembers of which texts it was given which readings."""

    name = "entities"
    model = Model("remembering", "v1")
    languages = frozenset({"en"})
    main_language_only = False

    def __init__(self) -> None:
        self.read: list[tuple[str, int]] = []

    def analyze(self, documents: Sequence[Document], readings: Sequence[Reading]) -> list[Entities]:
        for document, reading in zip(documents, readings, strict=True):
            self.read.append((document.text, len(reading)))
        return [Entities((), Span(0, len(document.text))) for document in documents]


@pytest.fixture
def analyzer(monkeypatch: pytest.MonkeyPatch) -> RememberingAnalyzer:
    remembering = RememberingAnalyzer()

    def load(analysis: str, configs: AnalysisConfigs) -> AnyAnalyzer:
        return remembering

    monkeypatch.setattr(graph, "load", load)
    return remembering


async def statuses(
    texts: Sequence[str], rows: Sequence[int], readings: Sequence[Reading | None], **left: float
) -> list[str]:
    replica = AnalysisReplica("entities", AnalysisConfigs(), lambda: None)
    documents = pickle.dumps([Document.read(text) for text in texts])
    times_s = [left.get("left_s", INF)] * len(rows)
    packed = PackedReadings.pack(readings)
    sections = await replica.analyze(documents, rows, times_s, False, packed)
    return [section.status for section in sections]


TEXTS = ("We won.", "It rained.", "We lost it.")


async def test_an_analysis_answers_for_the_documents_that_want_it(
    analyzer: RememberingAnalyzer,
) -> None:
    readings = [reading_of(text) for text in TEXTS]
    assert await statuses(TEXTS, [0, 2], readings) == ["ok", "ok"]
    assert analyzer.read == [("We won.", 7), ("We lost it.", 11)]


async def test_a_text_without_a_reading_fails_alone(analyzer: RememberingAnalyzer) -> None:
    readings: list[Any] = [reading_of(TEXTS[0]), None, reading_of(TEXTS[2])]
    assert await statuses(TEXTS, [0, 1, 2], readings) == ["ok", "failed", "ok"]


async def test_what_nobody_waits_for_is_not_analysed(analyzer: RememberingAnalyzer) -> None:
    assert await statuses(TEXTS, [0, 1, 2], [None] * 3, left_s=0.0) == ["timeout"] * 3
    assert analyzer.read == []


async def test_readings_may_come_as_bytes(
    encoder: EncoderReplica, analyzer: RememberingAnalyzer
) -> None:
    GatedEncoder.gate.set()
    readings = await encoder.read_bytes([ReadingInput(text) for text in TEXTS], [INF] * 3, False)
    replica = AnalysisReplica("entities", AnalysisConfigs(), lambda: None)
    documents = pickle.dumps([Document.read(text) for text in TEXTS])
    sections = await replica.analyze(documents, [1, 2], [INF] * 2, False, readings)
    assert [section.status for section in sections] == ["ok", "ok"]
    assert analyzer.read == [("It rained.", 10), ("We lost it.", 11)]


def test_readings_of_little_text_fit_into_a_message() -> None:
    # A token a character at most, 384 numbers of two bytes each and three of four.
    from ray.serve._private.constants import RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH as MOST

    assert graph._BY_VALUE_CHARACTERS * (384 * 2 + 3 * 4) < MOST * 0.9
