"""What a peer server computes: a batch of texts in, a dict for each out.

``LOADTEST_ANALYZERS`` says which: ``stock`` or ``own``; ``LOADTEST_MODELS`` where the stock
ones lie; ``LOADTEST_THREADS`` how many threads torch has in one process.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

Analyze = Callable[[Sequence[str]], list[dict[str, Any]]]


def load() -> Analyze:
    """The analyses that the environment names, loaded."""
    if threads := os.environ.get("LOADTEST_THREADS"):
        import torch

        torch.set_num_threads(int(threads))
    return _own_analyzers() if os.environ["LOADTEST_ANALYZERS"] == "own" else _stock_models()


def _stock_models() -> Analyze:
    from loadtest.bench.peers.stock_models import StockModels

    # One text a pass: padding a batch to its longest text costs a CPU more than it gains,
    # which is why transformers advises against batches on CPUs.
    return StockModels(Path(os.environ["LOADTEST_MODELS"])).analyze


def _own_analyzers() -> Analyze:
    from serve_app.in_process import LocalAnalyses
    from serve_app.request.post import PostRequest

    local = LocalAnalyses()

    def analyze(texts: Sequence[str]) -> list[dict[str, Any]]:
        return [orjson.loads(a) for a in local.analyze([PostRequest(text) for text in texts])]

    return analyze
