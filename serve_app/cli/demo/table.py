"""What the demonstration prints: a row for each post, and the figures of all."""

import statistics
from collections.abc import Callable, Sequence

from rich.console import Console

from deployments.results import R, Section
from serve_app.cli.demo.timed_answer import TimedAnswer

_HEADER = ("post", "lang", "sentiment", "tone", "first keyword", "entities", "ease", "ms")
_WIDTHS = (8, 5, 9, 14, 30, 9, 6, 8)
#: The first columns are words, the rest are numbers.
_LEFT_ALIGNED = 5


def header() -> str:
    """The names of the columns."""
    return _aligned(_HEADER)


def print_row(console: Console, answer: TimedAnswer) -> None:
    """Print one answer, red where there is none."""
    console.print(_aligned(_row(answer)), style=None if answer.analysis else "red")


def closing_line(answers: Sequence[TimedAnswer], took_s: float) -> str:
    """How many posts were analysed, and how fast."""
    failed = sum(bool(answer.failure) for answer in answers)
    times_ms = [answer.took_ms for answer in answers]
    p95_ms = statistics.quantiles(times_ms, n=20, method="inclusive")[-1]
    return (
        f"{len(answers) - failed} posts analysed, {failed} failed, "
        f"{len(answers) / took_s:.1f} posts/s, "
        f"p50 {statistics.median(times_ms):.0f} ms, p95 {p95_ms:.0f} ms"
    )


def cache_line(answers: Sequence[TimedAnswer]) -> str:
    """How fast the cache answered all of them."""
    p50_ms = statistics.median(answer.took_ms for answer in answers)
    return f"Second pass: all {len(answers)} from the cache, p50 {p50_ms:.1f} ms."


def _row(answer: TimedAnswer) -> tuple[str, ...]:
    analysis, took = answer.analysis, f"{answer.took_ms:,.0f}"
    if analysis is None:
        return (answer.post.id, "", "failed", answer.failure, "", "", "", took)
    return (
        answer.post.id,
        analysis.language.code,
        _cell(analysis.sentiment, lambda s: s.label),
        _cell(analysis.tone, lambda t: t.dominant),
        _cell(analysis.keywords, lambda k: k.items[0].text if k.items else ""),
        _cell(analysis.entities, lambda e: str(len(e.items))),
        _cell(analysis.readability, lambda r: "-" if r.ease is None else f"{r.ease:.0f}"),
        took,
    )


def _cell(section: Section[R] | None, describe: Callable[[R], str]) -> str:
    if section is None or section.result is None:
        return "-"
    return describe(section.result)


def _aligned(cells: Sequence[str]) -> str:
    columns = []
    for number, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True)):
        shortened = cell if len(cell) <= width else cell[: width - 1] + "…"
        is_text = number < _LEFT_ALIGNED
        columns.append(shortened.ljust(width) if is_text else shortened.rjust(width))
    return " ".join(columns)
