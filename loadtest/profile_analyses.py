"""Processor time of encoder and analyses for a post, on one thread: in one batch, and alone.

    python -m loadtest.profile_analyses [--posts N] [--operators]

``--operators`` also shows in which operators the encoder spends its time, by PyTorch's profiler.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median_high

import click

from deployments.reading.reading import Reading
from deployments.text.document import Document
from loadtest.generator.posts import PostGenerator
from loadtest.processor_time import thread_seconds
from serve_app.in_process import LoadedAnalyses

_SEED = 20261124
_WARM_UP_POSTS = 8
_ROUNDS = 3
_LONE_POSTS = 40
_OPERATORS = 12


#: Reads or analyses the documents of these numbers.
Work = Callable[[slice], object]


@dataclass(frozen=True, slots=True)
class AnalysisProfile:
    """Processor time of the encoder or of one analysis, in ms for a post.

    Attributes:
        first_ms: in the first batch, whose shapes are new to the allocator.
        later_ms: in the best of the batches after it.
        alone_ms: of a post sent alone, the median.
    """

    first_ms: float
    later_ms: float
    alone_ms: float


def profiles(count: int) -> Iterator[tuple[str, AnalysisProfile]]:
    """The encoder's profile and that of each analysis, by a batch of ``count`` posts."""
    posts = PostGenerator(_SEED)
    documents = [
        Document.read(text) for text in (*posts.of_length(_LONE_POSTS), *posts.take(count))
    ]
    loaded = LoadedAnalyses(threads=1)
    yield "encoder", _profile(lambda rows: loaded.read(documents[rows]), count)
    readings = loaded.read(documents)
    for name in loaded.analyzers:
        yield name, _profile(partial(_analyze, loaded, name, documents, readings), count)


def _analyze(
    loaded: LoadedAnalyses,
    name: str,
    documents: Sequence[Document],
    readings: Sequence[Reading | None],
    rows: slice,
) -> object:
    return loaded.sections(name, documents[rows], readings[rows])


def _profile(work: Work, count: int) -> AnalysisProfile:
    def batch_ms() -> float:
        batch = slice(_LONE_POSTS, _LONE_POSTS + count)
        return 1000 * thread_seconds(lambda: work(batch)) / count

    work(slice(_WARM_UP_POSTS))
    return AnalysisProfile(
        first_ms=batch_ms(),
        later_ms=min(batch_ms() for _ in range(_ROUNDS)),
        alone_ms=median_high(_alone_ms(work, number) for number in range(_LONE_POSTS)),
    )


def _alone_ms(work: Work, number: int) -> float:
    return 1000 * thread_seconds(lambda: work(slice(number, number + 1)))


def _operators(count: int) -> str:
    """PyTorch's table of the operators that the encoder takes longest in for ``count`` posts."""
    from torch.profiler import ProfilerActivity, profile

    loaded = LoadedAnalyses(threads=1)
    documents = [Document.read(text) for text in PostGenerator(_SEED).take(count)]
    loaded.read(documents)
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        loaded.read(documents)
    averages = profiler.key_averages()
    return str(averages.table(sort_by="self_cpu_time_total", row_limit=_OPERATORS))


@click.command()
@click.option("--posts", default=200, show_default=True, help="Of the batch.")
@click.option("--operators", is_flag=True, help="Where the encoder spends its time.")
def main(posts: int, operators: bool) -> None:
    """Measure, and print a table in Markdown."""
    print("| part | ms a post, first batch | later | alone, 573 characters |\n|---|---:|---:|---:|")
    for name, figures in profiles(posts):
        print(
            f"| {name} | {figures.first_ms:.2f} | {figures.later_ms:.2f} | {figures.alone_ms:.1f} |"
        )
    if operators:
        print(_operators(posts))


if __name__ == "__main__":
    main()
