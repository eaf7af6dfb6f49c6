"""Vectors of a document's segments, sentences and clauses, from one pass of the encoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from deployments.affect.segments import Segment, segments
from deployments.encoder.arrays import Vectors
from deployments.encoder.inputs import EncoderInput
from deployments.encoder.text_encoder import TextEncoder
from deployments.results import Span
from deployments.text.document import Document


@dataclass(frozen=True, slots=True)
class DocumentEmbeddings:
    """A document's vectors, (n, n_in) each, and how much of it each stands for.

    Attributes:
        segments: one vector for each segment.
        segment_lengths: code points of each segment, (n_segments,).
        sentences: one vector for each sentence; empty for a document without any.
        clauses: one vector for each side of a contrast, (2 * n_contrasts, n_in).
    """

    segments: Vectors
    segment_lengths: Vectors
    sentences: Vectors
    clauses: Vectors


def embed(
    encoder: TextEncoder, documents: Sequence[Document], layers: Sequence[int]
) -> list[DocumentEmbeddings]:
    """The embeddings of each document, in order, from these hidden states of the encoder."""
    segmented = [segments(document) for document in documents]
    inputs = [_encoder_input(segment) for parts in segmented for segment in parts]
    vectors = iter(encoder.pool(inputs, layers=layers))
    return [_split(parts, list(islice(vectors, len(parts)))) for parts in segmented]


def _encoder_input(segment: Segment) -> EncoderInput:
    whole = Span(0, len(segment.text))
    return EncoderInput(segment.text, (whole, *segment.sentences, *segment.clauses))


def _split(parts: list[Segment], vectors: list[Vectors]) -> DocumentEmbeddings:
    """From the vectors of each segment: its own, its sentences', its clauses'."""
    ends = [1 + len(segment.sentences) for segment in parts]
    return DocumentEmbeddings(
        np.stack([rows[0] for rows in vectors]),
        np.array([segment.characters for segment in parts], dtype=np.float32),
        np.concatenate([rows[1:end] for rows, end in zip(vectors, ends, strict=True)]),
        np.concatenate([rows[end:] for rows, end in zip(vectors, ends, strict=True)]),
    )


def sentence_lengths(document: Document) -> Vectors:
    """How many code points each sentence has; 1 for a document without any, (n_sentences,)."""
    spans = document.sentences or (Span(0, 1),)
    return np.array([span.end - span.start for span in spans], dtype=np.float32)
