"""Processor time of each analysis for a post, on one thread: in one batch, and alone.

    python -m loadtest.profile_analyses [--posts N] [--operators ANALYSIS]

``--operators`` also shows where a transformer's pass spends its time, by torch's profiler.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import click

from deployments.analyzer import Analyzer
from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES
from deployments.text.document import Document
from loadtest.generator.posts import PostGenerator

_SEED = 20261124
_ROUNDS = 3
_ALONE = 40


def measured(count: int) -> dict[str, tuple[float, float, float]]:
    """For each analysis ms a post: of the first batch, of the best later one, alone (median)."""
    posts = PostGenerator(_SEED)
    documents = [Document.read(text) for text in posts.take(count)]
    lone = [Document.read(text) for text in posts.of_length(_ALONE)]
    return {name: _measured(_analyzer(name), documents, lone) for name in ANALYSES}


def _measured(
    analyzer: Analyzer[Any], documents: Sequence[Document], lone: Sequence[Document]
) -> tuple[float, float, float]:
    analyzer.analyze(lone[:8])
    first = _ms(lambda: analyzer.analyze(documents)) / len(documents)
    later = min(_ms(lambda: analyzer.analyze(documents)) for _ in range(_ROUNDS)) / len(documents)
    alone = sorted(_ms(lambda one=one: analyzer.analyze([one])) for one in lone)  # type: ignore[misc]
    return first, later, alone[len(alone) // 2]


def _ms(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return (time.thread_time() - started) * 1000


def _analyzer(name: str) -> Analyzer[Any]:
    config = getattr(AnalysisConfigs(), name)
    if encoder := getattr(config, "encoder", None):
        config = config.model_copy(update={"encoder": encoder.model_copy(update={"threads": 1})})
    return load(name, config)


def _operators(name: str, count: int) -> str:
    from torch.profiler import ProfilerActivity, profile

    analyzer = _analyzer(name)
    documents = [Document.read(text) for text in PostGenerator(_SEED).take(count)]
    analyzer.analyze(documents)
    with profile(activities=[ProfilerActivity.CPU]) as found:
        analyzer.analyze(documents)
    averages = found.key_averages()
    return str(averages.table(sort_by="self_cpu_time_total", row_limit=12))


@click.command()
@click.option("--posts", default=200, show_default=True, help="Of the batch.")
@click.option("--operators", type=click.Choice(["sentiment", "tone", "keywords", "entities"]))
def main(posts: int, operators: str | None) -> None:
    """Measure, and print a table in Markdown."""
    print(
        "| analysis | ms a post, first batch | later | alone, 573 characters |\n"
        "|---|---:|---:|---:|"
    )
    for name, (first, later, alone) in measured(posts).items():
        print(f"| {name} | {first:.2f} | {later:.2f} | {alone:.1f} |")
    if operators:
        print(_operators(operators, posts))


if __name__ == "__main__":
    main()
