"""The service behind the routes, without models: real documents and offsets, plain rules.

It keeps the promises of ``serve_app.api.backend.Backend``; only its opinions are simple.
"""

import re
from collections.abc import Mapping, Sequence

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
from deployments.text.document import Document, digest
from deployments.wire import encode
from serve_app.analysis_record import AnalysisRecord, preamble
from serve_app.errors import StoreUnavailable
from serve_app.request.post import PostRequest
from serve_app.response.render import render

_MODEL = Model("plain-rules", "0" * 16)
_GLAD = re.compile(r"\b(proud|grateful|thank|glad|opened)", re.IGNORECASE)
_SAD = re.compile(r"\b(disappointed|lost|cancelled|sorry)", re.IGNORECASE)


class MemoryBackend:
    """Answers posts by plain rules and keeps the answers in a dict.

    Attributes:
        statuses: sections that end otherwise than ``ok``, by analysis.
        store_is_up: whether stored answers can be found.
        failure: raised by every analysis, if set.
    """

    def __init__(self) -> None:
        self.statuses: dict[str, Status] = {}
        self.store_is_up = True
        self.failure: Exception | None = None
        self._records: dict[str, AnalysisRecord] = {}

    async def analyze(self, post: PostRequest) -> bytes:
        """The answer to one post."""
        [answer] = await self.analyze_many([post])
        return answer

    async def analyze_many(self, posts: Sequence[PostRequest]) -> list[bytes]:
        """The answers to the posts."""
        if self.failure:
            raise self.failure
        return [self._answer(post) for post in posts]

    async def find(self, digest: str) -> bytes | None:
        """The stored answer."""
        if not self.store_is_up:
            raise StoreUnavailable("connection refused")
        record = self._records.get(digest)
        if record is None:
            return None
        return render(PostRequest(text=""), digest, record.preamble, record.sections, "hit")

    async def ready(self) -> Mapping[str, str]:
        """The states of the five."""
        return {name: str(self.statuses.get(name, Status.OK)) for name in ANALYSES}

    async def metrics(self) -> bytes:
        """One metric."""
        return b"# TYPE posts gauge\nposts %d\n" % len(self._records)

    def _answer(self, post: PostRequest) -> bytes:
        document = Document.read(post.text)
        key = digest(post.text)
        record = self._records.get(key)
        known = record.sections if record else {}
        fresh = {
            name: encode(self._section(name, document))
            for name in post.analyses
            if name not in known
        }
        kept = record or AnalysisRecord(key, preamble(document))
        self._records[key] = kept.with_sections(fresh)
        cache = "hit" if not fresh else "partial" if len(fresh) < len(post.analyses) else "miss"
        sections = {name: {**known, **fresh}[name] for name in post.analyses}
        return render(post, key, kept.preamble, sections, cache)

    def _section(self, name: str, document: Document) -> Section[Result]:
        status = self.statuses.get(name, Status.OK)
        if status is not Status.OK:
            return Section(status, _MODEL, 0.0, detail=f"{name} ended with {status}.")
        return Section(status, _MODEL, 0.4, _RULES[name](document))


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


def _keyword(document: Document, word: str, found: list[Span]) -> Keyword:
    start, end = found[0].start, found[0].end
    return Keyword(document.text[start:end], len(word) / 50, start, end, tuple(found))


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
    hard = tuple(HardSentence(s.start, s.end, grade) for s in document.sentences[:1])
    return Readability(
        *(100 - 2 * grade, 100 - 2 * grade, grade, grade, grade, grade, grade, grade, grade),
        *(words, sentences, 2 * words, words / 4, hard, _covered(document)),
    )


_RULES = {
    "sentiment": _sentiment,
    "tone": _tone,
    "keywords": _keywords,
    "entities": _entities,
    "readability": _readability,
}
