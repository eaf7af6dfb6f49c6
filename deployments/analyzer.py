"""What all analyzers have in common, and how a batch becomes sections.

An analyzer is plain synchronous Python: ``analyze`` takes documents and gives as
many results, in the same order. :func:`analyze_batch` wraps that with what every section
carries: language check, timing, model, failure. :func:`analyze_in_time` leaves out, before
that, what nobody waits for any more.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from deployments.errors import EncoderUnavailable
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


class Analyzer(Protocol[R]):
    """One analysis over batches of documents.

    Attributes:
        name: one of ``results.ANALYSES``.
        model: what computes it; its digest changes whenever an answer could.
        languages: the ISO 639-1 codes it knows.
    """

    name: str
    model: Model

    @property
    def languages(self) -> frozenset[str] | EveryLanguageBut:
        """A plain attribute will do."""
        ...

    def analyze(self, documents: Sequence[Document]) -> list[R]:
        """As many results as documents, in the same order; thread-safe."""
        ...


def analyze_batch(analyzer: Analyzer[Any], documents: Sequence[Document]) -> list[Section[Any]]:
    """One section for each document, in order; never raises for a document's sake.

    A batch that fails is tried again text by text, so that one text which breaks
    a model costs its neighbours time but not their sections.
    """
    supported = [document for document in documents if _is_supported(analyzer, document)]
    sections = iter(_timed(analyzer, supported))
    return [
        next(sections) if _is_supported(analyzer, document) else _unsupported(analyzer, document)
        for document in documents
    ]


def analyze_in_time(
    analyzer: Analyzer[Any], documents: Sequence[Document], deadlines: Sequence[float]
) -> list[Section[Any]]:
    """As :func:`analyze_batch`, without computing for documents whose deadline has passed.

    Args:
        analyzer: reads the others.
        documents: the batch.
        deadlines: of each, on the clock of :func:`time.monotonic`.
    """
    now = time.monotonic()
    in_time = [deadline > now for deadline in deadlines]
    waited_for = [document for document, waits in zip(documents, in_time, strict=True) if waits]
    sections = iter(analyze_batch(analyzer, waited_for))
    return [next(sections) if waits else _expired(analyzer) for waits in in_time]


def _expired(analyzer: Analyzer[Any]) -> Section[Any]:
    detail = f"The deadline had passed before {analyzer.name} could begin with the text."
    return Section(Status.TIMEOUT, analyzer.model, 0.0, detail=detail)


def _is_supported(analyzer: Analyzer[Any], document: Document) -> bool:
    # "und" is a text too short or too odd to tell: an answer as for English beats none.
    return document.language.code in analyzer.languages or document.language.code == "und"


def _unsupported(analyzer: Analyzer[Any], document: Document) -> Section[Any]:
    languages = analyzer.languages
    codes = ", ".join(sorted(languages)) if isinstance(languages, frozenset) else languages
    detail = f"The text is in language '{document.language.code}'; {analyzer.name} knows: {codes}."
    return Section(Status.UNSUPPORTED_LANGUAGE, analyzer.model, 0.0, detail=detail)


def _timed(analyzer: Analyzer[Any], documents: list[Document]) -> list[Section[Any]]:
    if not documents:
        return []
    started = time.perf_counter()
    try:
        results = analyzer.analyze(documents)
    except EncoderUnavailable:  # no text's fault: asked for one by one they would fail alike
        log.exception("%s had no encoder for a batch of %d", analyzer.name, len(documents))
        return [_failed(analyzer, _NO_ENCODER)] * len(documents)
    except Exception:  # whatever a model throws is this section's failure, no one else's
        log.exception("%s failed on a batch of %d", analyzer.name, len(documents))
        if len(documents) > 1:
            return _one_by_one(analyzer, documents)
        return [_failed(analyzer, _UNREADABLE)]
    took_ms = (time.perf_counter() - started) * 1000
    return [Section(Status.OK, analyzer.model, took_ms, result) for result in results]


def _one_by_one(analyzer: Analyzer[Any], documents: list[Document]) -> list[Section[Any]]:
    return [section for document in documents for section in _timed(analyzer, [document])]


_UNREADABLE = "{} could not read this text; the server's log has the cause."
_NO_ENCODER = (
    "The encoder, which {} reads with, gave no answer; send the text again in a moment. "
    "The server's log has the cause."
)


def _failed(analyzer: Analyzer[Any], reason: str) -> Section[Any]:
    detail = reason.format(analyzer.name)
    return Section(Status.FAILED, analyzer.model, 0.0, detail=detail)
