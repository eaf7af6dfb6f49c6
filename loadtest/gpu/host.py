"""What the analyses cost the processor where a GPU does the encoders' work.

Runs the real analyzers with an encoder whose device answers at once: tokens, windows,
candidates, heads and rules are left.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from threadpoolctl import threadpool_limits

from deployments.analyzer import Analyzer, analyze_batch
from deployments.encoder.arrays import Vectors
from deployments.encoder.encoder import Encoder
from deployments.encoder.inputs import EncoderInput, Tokens
from deployments.text.document import Document
from deployments.wire import encode
from loadtest.gpu.requests import EncoderRequest
from serve_app.in_process import load_analyzers

_BATCH_POSTS = 60


def host_ms(texts: Sequence[str]) -> dict[str, float]:
    """Processor ms for a post by analysis, and ``read`` for what the driver does once."""
    _documents(texts[:8])
    started = time.process_time()
    documents = _documents(texts)
    by_name = {"read": (time.process_time() - started) * 1000 / len(texts)}
    # One thread, or those of numpy that only wait for each other would be counted, too.
    with without_device(), threadpool_limits(1):
        for name, analyzer in load_analyzers().items():
            by_name[name] = _analysis_ms(analyzer, documents)
    return by_name


def recorded_requests(
    analyzer: Analyzer[Any], documents: Sequence[Document]
) -> list[EncoderRequest]:
    """What the analyzer asks of its encoder for these documents."""
    with without_device() as requests:
        analyze_batch(analyzer, documents)
    return requests


def _documents(texts: Sequence[str]) -> list[Document]:
    return [Document.read(text) for text in texts]


def _analysis_ms(analyzer: Analyzer[Any], documents: list[Document]) -> float:
    analyze_batch(analyzer, documents[:8])
    started = time.process_time()
    for first in range(0, len(documents), _BATCH_POSTS):
        for section in analyze_batch(analyzer, documents[first : first + _BATCH_POSTS]):
            encode(section)
    return (time.process_time() - started) * 1000 / len(documents)


@contextmanager
def without_device() -> Iterator[list[EncoderRequest]]:
    """Encoders that note what is asked of them and give the same small number for everything."""
    requests: list[EncoderRequest] = []

    def pool(
        encoder: Encoder, inputs: Sequence[EncoderInput], *, layers: Sequence[int] = (-1,)
    ) -> list[Vectors]:
        requests.append(EncoderRequest(encoder, tuple(inputs), tuple(layers), pools=True))
        encoder.windows(inputs)  # tokens and windows are the processor's work
        size = len(layers) * encoder.hidden_size
        return [np.full((len(each.spans), size), size**-0.5, np.float32) for each in inputs]

    def tokens(encoder: Encoder, inputs: Sequence[EncoderInput]) -> list[tuple[Tokens, Vectors]]:
        requests.append(EncoderRequest(encoder, tuple(inputs), (-1,), pools=False))
        encoder.windows(inputs)
        every = [encoder.tokenize(each.text) for each in inputs]
        return [(each, np.zeros((len(each), encoder.hidden_size), np.float32)) for each in every]

    with patch.object(Encoder, "pool", pool), patch.object(Encoder, "tokens", tokens):
        yield requests
