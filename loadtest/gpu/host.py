"""What a post costs the processor where a GPU does the encoder's work.

Runs the real analyzers with an encoder whose device answers at once: tokens, windows,
candidates, heads and rules are left.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from deployments.encoder.batch import Batch
from deployments.encoder.encoder import Encoder
from deployments.reading.reading import Reading
from deployments.text.document import Document
from deployments.wire import encode
from serve_app.in_process import LoadedAnalyses

_BATCH_POSTS = 60


def host_ms(texts: Sequence[str]) -> dict[str, float]:
    """Processor ms for a post: ``document`` in the driver, ``encoder``, and each analysis."""
    documents = [Document.read(text) for text in texts]
    # One thread, or those of numpy that only wait for each other would be counted, too.
    with without_device(), threadpool_limits(1):
        loaded = LoadedAnalyses()
        readings = loaded.read(documents)
        works: dict[str, Callable[[slice], object]] = {
            "document": lambda rows: [Document.read(text) for text in texts[rows]],
            "encoder": lambda rows: loaded.read(documents[rows]),
        }
        for name in loaded.analyzers:
            works[name] = partial(_sections, loaded, name, documents, readings)
        return {name: _ms_a_post(work, len(texts)) for name, work in works.items()}


def _sections(
    loaded: LoadedAnalyses,
    name: str,
    documents: Sequence[Document],
    readings: Sequence[Reading | None],
    rows: slice,
) -> object:
    return [encode(each) for each in loaded.sections(name, documents[rows], readings[rows])]


def _ms_a_post(work: Callable[[slice], object], posts: int) -> float:
    work(slice(8))
    started = time.process_time()
    for first in range(0, posts, _BATCH_POSTS):
        work(slice(first, first + _BATCH_POSTS))
    return (time.process_time() - started) * 1000 / posts


@contextmanager
def without_device() -> Iterator[None]:
    """Encoders whose hidden states are the same small number everywhere."""

    def hidden_states(encoder: Encoder, batch: Batch, layers: Sequence[int]) -> list[Tensor]:
        shape = len(batch.input_ids), encoder.hidden_size
        return [torch.full(shape, encoder.hidden_size**-0.5)] * len(layers)

    with patch.object(Encoder, "hidden_states", hidden_states):
        yield
