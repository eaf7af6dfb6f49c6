"""Embeddings of texts, computed once and kept in a temporary folder.

The cache is addressed by the encoder's digest, the layers and the texts themselves, so
that a stale one is never used. It is never part of the project.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deployments.encoder import Encoder, Passage
from deployments.results import Span

CACHE = Path(tempfile.gettempdir()) / "postlens-embeddings"

#: Texts between two signs of life on a slow machine.
_CHUNK = 2_000


def embed(
    encoder: Encoder, texts: Sequence[str], layers: Sequence[int], *, cache: Path = CACHE
) -> NDArray[np.float16]:
    """One vector for each whole text, shape (n_texts, n_layers * hidden size)."""
    address = hashlib.sha256("\0".join([encoder.digest, str(list(layers)), *texts]).encode())
    path = cache / f"{address.hexdigest()}.npy"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npy")
        np.save(partial, _computed(encoder, texts, layers))
        partial.replace(path)
    loaded: NDArray[np.float16] = np.load(path)
    return loaded


def _computed(encoder: Encoder, texts: Sequence[str], layers: Sequence[int]) -> NDArray[np.float16]:
    parts = []
    for start in range(0, len(texts), _CHUNK):
        passages = [Passage(t, (Span(0, len(t)),)) for t in texts[start : start + _CHUNK]]
        vectors = np.concatenate(encoder.pool(passages, layers=layers))
        parts.append(vectors.astype(np.float16))
        print(f"  embedded {start + len(passages)} of {len(texts)}", flush=True)
    return np.concatenate(parts)
