"""The analyses without a server, in a process of their own: its figures go to standard output.

    python -m loadtest.bench.in_process speed own|stock POSTS SEED MODELS
    python -m loadtest.bench.in_process answers < texts.json

``speed`` prints posts a second as JSON, two threads; ``answers`` prints each text's answer,
analysed alone.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

_THREADS = 2
#: Transformers' own advice for CPUs is 1; the better of the two counts.
_STOCK_BATCHES = (1, 8)
#: Of the first batch, which is not measured.
WARM_POSTS = 8


def speed(kind: str, count: int, seed: int, models: Path) -> dict[str, float]:
    """Posts a second of one batch, after a smaller one; of the stock models the best.

    Args:
        kind: ``own`` or ``stock`` analyzers.
        count: posts of the batch.
        seed: of the posts.
        models: where the stock models lie.
    """
    from loadtest.generator.posts import PostGenerator

    posts = PostGenerator(seed)
    warm, texts = posts.take(WARM_POSTS), posts.take(count)
    best = 0.0
    for analyze in _own_analyzers() if kind == "own" else _stock_models(models):
        analyze(warm if kind == "own" else warm[:2])
        started = time.perf_counter()
        analyze(texts)
        best = max(best, count / (time.perf_counter() - started))
    return {"per_s": best}


def answers(texts: Sequence[str]) -> list[dict[str, Any]]:
    """The answer to each text alone."""
    from serve_app.in_process import LocalAnalyses

    local = LocalAnalyses()
    return [item["result"] for text in texts for item in local.items([text])]


def _own_analyzers() -> list[Callable[[Sequence[str]], object]]:
    from serve_app.in_process import LocalAnalyses
    from serve_app.request.post import PostRequest

    local = LocalAnalyses()
    return [lambda texts: local.analyze([PostRequest(text) for text in texts])]


def _stock_models(models: Path) -> list[Callable[[Sequence[str]], object]]:
    import torch

    from loadtest.bench.peers.stock_models import StockModels

    torch.set_num_threads(_THREADS)
    stock = StockModels(models)
    return [lambda texts, size=size: stock.analyze(texts, batch_size=size)  # type: ignore[misc]
            for size in _STOCK_BATCHES]  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Run one command; see the module."""
    if arguments[0] == "answers":
        result: object = answers(orjson.loads(sys.stdin.buffer.read()))
    else:
        _, kind, count, seed, models = arguments
        result = speed(kind, int(count), int(seed), Path(models))
    sys.stdout.buffer.write(b"\n" + orjson.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
