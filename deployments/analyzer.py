"""What all analyzers have in common, and how a batch becomes sections.

An analyzer is plain synchronous Python: ``analyze`` takes documents, and what the encoder read
of them if it needs that, and gives as many results, in the same order. :func:`analyze_batch`
wraps that with what every section carries: language check, timing, model, failure.
:func:`analyze_in_time` leaves out, before that, what nobody waits for any more.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from deployments.reading.reading import Reading
from deployments.results import Model, Result, Section, Status
from deployments.text.document import Document

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True)
class EveryLanguageBut:
    """All languages, but for some.

    Attributes:
        excluded: their codes.
        reason: why, as an ending of "all languages ...".
    """

    excluded: frozenset[str]
    reason: str

    def __contains__(self, code: object) -> bool:
        return code not in self.excluded

    def __str__(self) -> str:
        return f"all languages {self.reason}"


class Describes(Protocol):
    """What every analyzer says of itself.

    Attributes:
        name: one of ``results.ANALYSES``.
        model: what computes it; its digest changes whenever an answer could.
        languages: the ISO 639-1 codes it knows.
        main_language_only: whether of a post in several languages it reads the one that most of
            it is in, and not all that it knows.
    """

    name: str
    model: Model
    main_language_only: bool

    @property
    def languages(self) -> frozenset[str] | EveryLanguageBut:
        """A plain attribute will do."""
        ...


class Analyzer(Describes, Protocol[R]):
    """One analysis over batches of documents."""

    def analyze(self, documents: Sequence[Document]) -> list[R]:
        """As many results as documents, in the same order; thread-safe."""
        ...


class ReadingAnalyzer(Describes, Protocol[R]):
    """One analysis over batches of documents and what the encoder read of each."""

    def analyze(self, documents: Sequence[Document], readings: Sequence[Reading]) -> list[R]:
        """As many results as documents, in the same order; thread-safe."""
        ...


@runtime_checkable
class EmbedsTexts(Protocol):
    """An analyzer that gives texts the vectors by which similar ones are found."""

    def vectors(self, readings: Sequence[Reading]) -> list[bytes]:
        """That of each text that was read, in order; empty where there is none."""
        ...


#: Of either kind.
AnyAnalyzer = Analyzer[Any] | ReadingAnalyzer[Any]

#: A document and its reading, where there is one.
_Text = tuple[Document, Reading | None]


def analyze_batch(
    analyzer: AnyAnalyzer,
    documents: Sequence[Document],
    readings: Sequence[Reading | None] | None = None,
) -> list[Section[Any]]:
    """One section for each document, in order; never raises for a document's sake.

    A batch that fails is tried again text by text, so that one text which breaks
    a model costs its neighbours time but not their sections.

    Args:
        analyzer: gives the results.
        documents: the texts.
        readings: of each, for an analyzer of readings; None for a text that broke the encoder.
    """
    known = [_in_known_languages(analyzer, document) for document in documents]
    texts = list(zip(known, readings or [None] * len(documents), strict=True))
    refusals: list[Section[Any] | None] = [None] * len(documents)
    for row, (document, reading) in enumerate(texts):
        if not document.languages:
            refusals[row] = _unsupported(analyzer, documents[row])
        elif readings is not None and reading is None:
            refusals[row] = _failed(analyzer)
    readable = [text for text, refusal in zip(texts, refusals, strict=True) if refusal is None]
    sections = iter(_timed(analyzer, readable))
    return [refusal or next(sections) for refusal in refusals]


def analyze_in_time(
    analyzer: AnyAnalyzer,
    documents: Sequence[Document],
    deadlines: Sequence[float],
    readings: Sequence[Reading | None] | None = None,
) -> list[Section[Any]]:
    """As :func:`analyze_batch`, without computing for documents whose deadline has passed.

    Args:
        analyzer: reads the others.
        documents: the batch.
        deadlines: of each, on the clock of :func:`time.monotonic`.
        readings: of each, for an analyzer of readings.
    """
    now = time.monotonic()
    in_time = [deadline > now for deadline in deadlines]
    waited_for = list(compress(documents, in_time))
    readings_left = None if readings is None else list(compress(readings, in_time))
    sections = iter(analyze_batch(analyzer, waited_for, readings_left))
    return [next(sections) if waits else _expired(analyzer) for waits in in_time]


def _expired(analyzer: AnyAnalyzer) -> Section[Any]:
    detail = f"The deadline had passed before {analyzer.name} could begin with the text."
    return Section(Status.TIMEOUT, analyzer.model, 0.0, detail=detail)


def _in_known_languages(analyzer: AnyAnalyzer, document: Document) -> Document:
    """What the analyzer reads of it: of a text in a language that it does not know, nothing."""
    known = document.in_languages(analyzer.languages)
    return known.in_languages((known.language.code,)) if analyzer.main_language_only else known


def _unsupported(analyzer: AnyAnalyzer, document: Document) -> Section[Any]:
    languages = analyzer.languages
    codes = ", ".join(sorted(languages)) if isinstance(languages, frozenset) else languages
    detail = f"The text is in language '{document.language.code}'; {analyzer.name} knows: {codes}."
    return Section(Status.UNSUPPORTED_LANGUAGE, analyzer.model, 0.0, detail=detail)


def _timed(analyzer: AnyAnalyzer, texts: Sequence[_Text]) -> list[Section[Any]]:
    if not texts:
        return []
    started = time.perf_counter()
    try:
        results = _results(analyzer, texts)
        vectors = _vectors(analyzer, texts)
    except Exception:  # whatever a model throws is this section's failure, no one else's
        log.exception("%s failed on a batch of %d", analyzer.name, len(texts))
        if len(texts) > 1:
            return [section for text in texts for section in _timed(analyzer, [text])]
        return [_failed(analyzer)]
    took_ms = (time.perf_counter() - started) * 1000
    return [
        Section(
            Status.OK, analyzer.model, took_ms, result, languages=document.languages, vector=vector
        )
        for result, vector, (document, _) in zip(results, vectors, texts, strict=True)
    ]


def _results(analyzer: AnyAnalyzer, texts: Sequence[_Text]) -> list[Any]:
    documents = [document for document, _ in texts]
    readings = [reading for _, reading in texts if reading is not None]
    if readings:
        return cast(ReadingAnalyzer[Any], analyzer).analyze(documents, readings)
    return cast(Analyzer[Any], analyzer).analyze(documents)


def _vectors(analyzer: AnyAnalyzer, texts: Sequence[_Text]) -> list[bytes]:
    readings = [reading for _, reading in texts if reading is not None]
    if readings and isinstance(analyzer, EmbedsTexts):
        return analyzer.vectors(readings)
    return [b""] * len(texts)


def _failed(analyzer: AnyAnalyzer) -> Section[Any]:
    detail = f"{analyzer.name} could not read this text; the server's log has the cause."
    return Section(Status.FAILED, analyzer.model, 0.0, detail=detail)
