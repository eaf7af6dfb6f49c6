"""The real service over deployments without models: real documents and offsets, plain rules."""

import asyncio
import re
import zlib
from collections.abc import Collection
from typing import Any

import numpy as np

from deployments.calls import Call, DocumentBatch
from deployments.driver import Fanout
from deployments.keywords.embedding import DIMENSIONS, quantized
from deployments.readability.formulas import GRADE_FORMULAS
from deployments.results import (
    ANALYSES,
    EMOTIONS,
    Entities,
    Entity,
    HardSentence,
    Keyword,
    Keywords,
    Model,
    PolarityScores,
    Readability,
    Result,
    Section,
    SentenceSentiment,
    Sentiment,
    Span,
    Status,
    Tone,
    ToneEvidence,
)
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode
from serve_app.analysis_record import AnalysisRecord
from serve_app.cache import MemoryCache, ResponseCache, TieredCache, TtlPolicy
from serve_app.errors import StoreUnavailable
from serve_app.readiness import Readiness
from serve_app.service import Service
from serve_app.settings import DriverSettings
from serve_app.store import NullStore

_MODEL = Model("plain-rules", "0" * 16)
_GLAD = re.compile(r"\b(proud|grateful|thank|glad|opened)", re.IGNORECASE)
_SAD = re.compile(r"\b(disappointed|lost|cancelled|sorry)", re.IGNORECASE)


class RuleService(Service):
    """The service over five rules, a memory cache, and no database.

    Attributes:
        statuses: sections that end otherwise than ``ok``, by analysis.
        pause_s: how long each call of an analysis takes.
        gate: while it is not set, no call ends.
        encoder_gate: while it is not set, the encoder reads nothing.
        read: the texts that each analysis was sent, in order.
        store: raises as Postgres does once its ``up`` is False.
    """

    def __init__(
        self, settings: DriverSettings | None = None, *, readers: Collection[str] = ()
    ) -> None:
        """Nothing is asked for yet; ``readers`` are the analyses that need the encoder."""
        settings = settings or DriverSettings()
        self.statuses: dict[str, Status] = {}
        self.pause_s = 0.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.encoder_gate = asyncio.Event()
        self.encoder_gate.set()
        self.read: dict[str, list[str]] = {name: [] for name in ANALYSES}
        self.store = DownableStore()
        calls = {name: self._rule_call(name) for name in ANALYSES}
        limits = settings.batch_limits()
        fanout = Fanout(calls, limits, read=self._encoder_call, readers=readers)
        cache = TieredCache(MemoryCache(2**24, TtlPolicy(3600, 3600)), None)
        super().__init__(
            fanout=fanout,
            cache=cache,
            responses=ResponseCache(2**16, cache.count_use),
            store=self.store,
            readiness=Readiness(fanout),
            observer=_NoMetrics(),
            settings=settings,
        )

    async def _encoder_call(self, batch: DocumentBatch) -> None:
        await self.encoder_gate.wait()

    def _rule_call(self, name: str) -> Call:
        async def call(batch: DocumentBatch) -> list[EncodedSection]:
            self.read[name] += [document.text for document in batch.documents]
            await asyncio.sleep(self.pause_s)
            await self.gate.wait()
            return [encode(self._rule_section(name, document)) for document in batch.documents]

        return call

    def _rule_section(self, name: str, document: Document) -> Section[Result]:
        status = self.statuses.get(name, Status.OK)
        if status is not Status.OK:
            return Section(status, _MODEL, 0.0, detail=f"{name} ended with {status}.")
        vector = word_vector(document) if name == "keywords" else b""
        return Section(status, _MODEL, 0.4, _RULES[name](document), vector=vector)


def word_vector(document: Document) -> bytes:
    """A text's words, each a step to one of 128 sides: the more two share, the nearer they are."""
    words = re.findall(r"\w+", document.plain.lower())
    sides = [zlib.crc32(word.encode()) % (2 * DIMENSIONS) for word in words]
    counts = np.bincount(sides, minlength=2 * DIMENSIONS).reshape(2, DIMENSIONS)
    return b"rule" + quantized((counts[0] - counts[1]).astype(np.float32)) if words else b""


class DownableStore(NullStore):
    """Stores nothing; can be down."""

    async def find(self, digest: str) -> AnalysisRecord | None:
        if not self.up:
            raise StoreUnavailable("connection refused")
        return None


class _NoMetrics:
    def answered(self, cache: str, seconds: float) -> None:
        pass

    def analysed(self, analysis: str, status: str, seconds: float) -> None:
        pass

    def joined(self) -> None:
        pass


def _covered(document: Document) -> Span:
    return Span(0, len(document.text))


def _sentiment(document: Document) -> Sentiment:
    sentences = tuple(_sentence(document, span) for span in document.sentences)
    shares = [
        (1 + sum(s.label == label for s in sentences)) / (3 + len(sentences))
        for label in ("positive", "neutral", "negative")
    ]
    scores = PolarityScores(*shares)
    label = max(("positive", "neutral", "negative"), key=lambda name: getattr(scores, name))
    mixed = {"positive", "negative"} <= {s.label for s in sentences}
    return Sentiment(label, mixed, scores, sentences, _covered(document))


def _sentence(document: Document, span: Span) -> SentenceSentiment:
    text = document.plain[span.start : span.end]
    label = "positive" if _GLAD.search(text) else "negative" if _SAD.search(text) else "neutral"
    return SentenceSentiment(span.start, span.end, label, 0.75)


def _tone(document: Document) -> Tone:
    glad, sad = (len(rule.findall(document.plain)) for rule in (_GLAD, _SAD))
    emotions = dict.fromkeys(EMOTIONS, 0.01)
    emotions |= {"gratitude": glad / (glad + 2), "disappointment": sad / (sad + 2), "neutral": 0.2}
    dominant = "grateful" if glad else "concerned" if sad else "informative"
    evidence = tuple(ToneEvidence(s.start, s.end, 0.5) for s in document.sentences[:3])
    return Tone(dominant, evidence, emotions, 0.6, 0.7, 0.4, _covered(document))


def _keywords(document: Document) -> Keywords:
    places: dict[str, list[Span]] = {}
    for span in document.words:
        places.setdefault(document.text[span.start : span.end].lower(), []).append(span)
    longest = sorted(places, key=len, reverse=True)[:50]
    items = [_keyword(document, word, places[word]) for word in longest]
    return Keywords(tuple(items), _covered(document))


def _keyword(document: Document, word: str, spans: list[Span]) -> Keyword:
    start, end = spans[0].start, spans[0].end
    return Keyword(document.text[start:end], len(word) / 50, start, end, tuple(spans))


def _entities(document: Document) -> Entities:
    names = list(re.finditer(r"(?<=[a-z] )[A-Z][a-z]+(?: [A-Z][a-z]+)*", document.plain))
    groups = list(dict.fromkeys(m.group() for m in names))
    items = [
        Entity(m.group(), "ORG", m.start(), m.end(), 0.8, groups.index(m.group())) for m in names
    ]
    return Entities(tuple(items), _covered(document))


def _readability(document: Document) -> Readability:
    words, sentences = len(document.words), max(1, len(document.sentences))
    grade = words / sentences / 2
    named = None if document.language.code == "de" else grade
    hard = tuple(HardSentence(s.start, s.end, named) for s in document.sentences[:1])
    ease = 100 - 2 * grade
    return Readability(
        ease=ease,
        **_formulas(document, ease, grade),
        words=words,
        sentences=sentences,
        syllables=2 * words,
        reading_time_s=words / 4,
        hardest_sentences=hard,
        covered=_covered(document),
    )


def _formulas(document: Document, ease: float, grade: float) -> dict[str, Any]:
    if document.language.code == "de":
        return {"lix": 40.0, "flesch_amstad": ease, "wiener_sachtextformel": grade}
    return {
        "flesch_reading_ease": ease,
        **dict.fromkeys((formula.__name__ for formula in GRADE_FORMULAS), grade),
        "dale_chall": grade,
        "grade": grade,
    }


_RULES = {
    "sentiment": _sentiment,
    "tone": _tone,
    "keywords": _keywords,
    "entities": _entities,
    "readability": _readability,
}
