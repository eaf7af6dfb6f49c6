"""The parts of a document that are judged, and their vectors from its reading."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from deployments.affect.clauses import clauses
from deployments.encoder.arrays import Vectors
from deployments.reading.reading import Reading
from deployments.results import Span
from deployments.text.document import Document

#: Code points that a segment has at most, unless one sentence has more.
SEGMENT_CHARACTERS = 240


@dataclass(frozen=True, slots=True)
class DocumentParts:
    """Segments, sentences and clauses of a document, in this order.

    Attributes:
        document: the text.
        vectors: the mean hidden states of each part, (n_parts, hidden size).
        segment_lengths: code points of each segment, (n_segments,); one segment at least.
        n_sentences: how many sentences; none in a text without prose.
    """

    document: Document
    vectors: Vectors
    segment_lengths: Vectors
    n_sentences: int

    @classmethod
    def of(cls, document: Document, reading: Reading) -> "DocumentParts":
        """The parts of a document as it was read."""
        segments = list(_segments(document))
        spans = [*segments, *document.sentences, *clauses(document)]
        vectors = reading.mean_states(reading.token_ranges(spans))
        lengths = np.array([max(1, span.end - span.start) for span in segments], np.float32)
        return cls(document, vectors, lengths, len(document.sentences))

    @property
    def segments(self) -> slice:
        """The rows of the segments."""
        return slice(0, len(self.segment_lengths))

    @property
    def sentences(self) -> slice:
        """The rows of the sentences."""
        return slice(self.segments.stop, self.segments.stop + self.n_sentences)

    @property
    def sentences_and_clauses(self) -> slice:
        """Their rows, the two sides of each contrast behind the sentences."""
        return slice(self.segments.stop, len(self.vectors))


def _segments(document: Document) -> Iterator[Span]:
    """Neighbouring sentences up to about a tweet's length; all of a text without a sentence.

    What a sentence means shows beside its neighbours, and what a whole post means does not fit
    into one vector.
    """
    if not document.sentences:
        yield document.full_span
        return
    start, end = document.sentences[0].start, 0
    for sentence in document.sentences:
        if end and sentence.end - start > SEGMENT_CHARACTERS:
            yield Span(start, end)
            start = sentence.start
        end = sentence.end
    yield Span(start, end)


def sentence_lengths(document: Document) -> Vectors:
    """How many code points each sentence has; 1 for a document without any, (n_sentences,)."""
    spans = document.sentences or (Span(0, 1),)
    return np.array([span.end - span.start for span in spans], dtype=np.float32)
