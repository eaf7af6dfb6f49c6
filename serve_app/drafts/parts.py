"""A draft in parts: its sentences, and what stands between them."""

from collections.abc import Iterator
from dataclasses import dataclass

from deployments.results import Span
from deployments.text.document import Document
from serve_app.request.post import OffsetUnit
from serve_app.response.offsets import convert


@dataclass(frozen=True, slots=True)
class DraftPart:
    """A stretch of a draft that is the same wherever it stands.

    Attributes:
        text: of it alone.
        language: the code of what it is written in, as the draft tells.
        is_sentence: whether it can be read by itself.
        start: where it begins in the draft, in the caller's unit of offsets.
        end: likewise.
    """

    text: str
    language: str
    is_sentence: bool
    start: int
    end: int


def parts_of(document: Document, unit: OffsetUnit) -> list[DraftPart]:
    """All parts of a draft in order, without what is blank."""
    spans = list(_spans(document))
    offsets = {"parts": [{"start": span.start, "end": span.end} for span, _ in spans]}
    converted = convert(offsets, document.text, unit)["parts"]
    return [
        DraftPart(
            document.text[span.start : span.end],
            document.code_at(span.start),
            is_sentence,
            each["start"],
            each["end"],
        )
        for (span, is_sentence), each in zip(spans, converted, strict=True)
    ]


def _spans(document: Document) -> Iterator[tuple[Span, bool]]:
    """Each sentence (True), and each gap between them that is not blank."""
    done = 0
    for sentence in (*document.sentences, Span(len(document.text), len(document.text))):
        if document.text[done : sentence.start].strip():
            yield Span(done, sentence.start), False
        if sentence.start < sentence.end:
            yield sentence, True
        done = sentence.end
