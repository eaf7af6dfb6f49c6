"""BentoML: adaptive batching, and a worker for each core.

bentoml serve loadtest.bench.peers.bentoml_server:BentoAnalyses --host 127.0.0.1 --port PORT
"""

from typing import Any

import bentoml

from loadtest.bench.peers.analyzers import load

_MAX_BATCH = 32


# `concurrency` as its documentation advises: what the batches take.
@bentoml.service(workers="cpu_count", traffic={"timeout": 600, "concurrency": _MAX_BATCH})
class BentoAnalyses:
    """All analyses of a batch of posts."""

    def __init__(self) -> None:
        self._analyze = load()

    @bentoml.api(batchable=True, max_batch_size=_MAX_BATCH)
    def analyze(self, texts: list[str]) -> list[dict[str, Any]]:
        """The answers to a batch, which BentoML gathers from concurrent requests."""
        return self._analyze(texts)
