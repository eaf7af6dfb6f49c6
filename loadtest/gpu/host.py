"""What the analyses cost the processor where a GPU does the encoders' work.

Runs the real analyzers with an encoder whose device answers at once: tokens, windows,
candidates, heads and rules are left.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
from threadpoolctl import threadpool_limits

from deployments.analyzer import analyze_batch
from deployments.encoder.arrays import Vectors
from deployments.encoder.encoder import Encoder
from deployments.encoder.inputs import EncoderInput, Tokens
from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES
from deployments.text.document import Document
from deployments.wire import encode

_BATCH_POSTS = 60


def host_ms(texts: Sequence[str]) -> dict[str, float]:
    """Processor ms for a post by analysis, and ``read`` for what the driver does once."""
    _documents(texts[:8])
    started = time.process_time()
    documents = _documents(texts)
    found = {"read": (time.process_time() - started) * 1000 / len(texts)}
    # One thread, or those of numpy that only wait for each other would be counted, too.
    with _without_device(), threadpool_limits(1):
        for name in ANALYSES:
            found[name] = _analysis_ms(name, documents)
    return found


def _documents(texts: Sequence[str]) -> list[Document]:
    return [Document.read(text) for text in texts]


def _analysis_ms(name: str, documents: list[Document]) -> float:
    analyzer = load(name, getattr(AnalysisConfigs(), name))
    analyze_batch(analyzer, documents[:8])
    started = time.process_time()
    for first in range(0, len(documents), _BATCH_POSTS):
        for section in analyze_batch(analyzer, documents[first : first + _BATCH_POSTS]):
            encode(section)
    return (time.process_time() - started) * 1000 / len(documents)


@contextmanager
def _without_device() -> Iterator[None]:
    """Encoders whose states are all the same small number, at no cost."""
    with patch.object(Encoder, "pool", _pool), patch.object(Encoder, "tokens", _tokens):
        yield


def _pool(
    encoder: Encoder, passages: Sequence[EncoderInput], *, layers: Sequence[int] = (-1,)
) -> list[Vectors]:
    for _ in encoder.windows(passages):  # tokens and windows are the processor's work
        pass
    size = len(layers) * encoder.hidden_size
    return [np.full((len(p.spans), size), size**-0.5, np.float32) for p in passages]


def _tokens(encoder: Encoder, passages: Sequence[EncoderInput]) -> list[tuple[Tokens, Vectors]]:
    found = {n: encoder.tokenize(each.text) for n, each in enumerate(passages)}
    size = encoder.hidden_size
    return [(own, np.zeros((len(own), size), np.float32)) for own in found.values()]
