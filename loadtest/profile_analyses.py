"""Processor time of each analysis for a post, on one thread: in one batch, and alone.

    python -m loadtest.profile_analyses [--posts N] [--operators ANALYSIS]

``--operators`` also shows in which operators an analysis spends its time, by PyTorch's profiler.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median_high
from typing import Any

import click

from deployments.analyzer import Analyzer
from deployments.text.document import Document
from loadtest.generator.posts import PostGenerator
from loadtest.processor_time import thread_seconds
from serve_app.in_process import load_analyzers

_SEED = 20261124
_WARM_UP_POSTS = 8
_ROUNDS = 3
_LONE_POSTS = 40
_OPERATORS = 12


@dataclass(frozen=True, slots=True)
class AnalysisProfile:
    """Processor time of one analysis, in ms for a post.

    Attributes:
        first_ms: in the first batch, whose shapes are new to the allocator.
        later_ms: in the best of the batches after it.
        alone_ms: of a post sent alone, the median.
    """

    first_ms: float
    later_ms: float
    alone_ms: float


def profiles(count: int) -> Iterator[tuple[str, AnalysisProfile]]:
    """The name of each analysis and its profile, by a batch of ``count`` posts."""
    posts = PostGenerator(_SEED)
    batch = [Document.read(text) for text in posts.take(count)]
    lone = [Document.read(text) for text in posts.of_length(_LONE_POSTS)]
    for name, analyzer in load_analyzers(threads=1).items():
        yield name, _profile(analyzer, batch, lone)


def _profile(
    analyzer: Analyzer[Any], batch: Sequence[Document], lone: Sequence[Document]
) -> AnalysisProfile:
    def batch_ms() -> float:
        return 1000 * thread_seconds(lambda: analyzer.analyze(batch)) / len(batch)

    analyzer.analyze(lone[:_WARM_UP_POSTS])
    return AnalysisProfile(
        first_ms=batch_ms(),
        later_ms=min(batch_ms() for _ in range(_ROUNDS)),
        alone_ms=median_high(_alone_ms(analyzer, document) for document in lone),
    )


def _alone_ms(analyzer: Analyzer[Any], document: Document) -> float:
    return 1000 * thread_seconds(lambda: analyzer.analyze([document]))


def _operators(name: str, count: int) -> str:
    """PyTorch's table of the operators that one batch of ``count`` posts takes longest in."""
    from torch.profiler import ProfilerActivity, profile

    analyzer = load_analyzers([name], threads=1)[name]
    documents = [Document.read(text) for text in PostGenerator(_SEED).take(count)]
    analyzer.analyze(documents)
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        analyzer.analyze(documents)
    averages = profiler.key_averages()
    return str(averages.table(sort_by="self_cpu_time_total", row_limit=_OPERATORS))


@click.command()
@click.option("--posts", default=200, show_default=True, help="Of the batch.")
@click.option("--operators", type=click.Choice(["sentiment", "tone", "keywords", "entities"]))
def main(posts: int, operators: str | None) -> None:
    """Measure, and print a table in Markdown."""
    print(
        "| analysis | ms a post, first batch | later | alone, 573 characters |\n"
        "|---|---:|---:|---:|"
    )
    for name, figures in profiles(posts):
        print(
            f"| {name} | {figures.first_ms:.2f} | {figures.later_ms:.2f} | {figures.alone_ms:.1f} |"
        )
    if operators:
        print(_operators(operators, posts))


if __name__ == "__main__":
    main()
