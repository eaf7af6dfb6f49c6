"""POSTS.md and posts.json: the figures of kept posts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from loadtest.environment import facts_line
from loadtest.posts_scale.creating import CreatingSpeed
from loadtest.posts_scale.explaining import ExplainedQueries
from loadtest.posts_scale.importing import ImportSpeed
from loadtest.posts_scale.plan import (
    BYTES_GOAL,
    IMPORT_GOAL_PER_S,
    LIST_GOAL_MS,
    TREND_GOAL_MS,
    PostsScalePlan,
)
from loadtest.posts_scale.timing import TimedKind, percentile

_SLOWEST = 8


@dataclass(frozen=True, slots=True)
class PostsScaleResults:
    """Everything that was measured.

    Attributes:
        posts: that were there.
        load_s: that loading them took; None where they had been loaded before.
        lists: kinds of lists, by group.
        trends: over a year.
        bytes_by_part: of all tables and indexes.
        explained: the plans.
        imported: a file without analyses.
        created: with analyses; None where no service was given.
    """

    posts: int
    load_s: float | None
    lists: Mapping[str, Sequence[TimedKind]]
    trends: Sequence[TimedKind]
    bytes_by_part: Mapping[str, int]
    explained: ExplainedQueries
    imported: ImportSpeed
    created: CreatingSpeed | None

    @property
    def list_kinds(self) -> list[TimedKind]:
        """Of all groups."""
        return list(chain.from_iterable(self.lists.values()))

    @property
    def bytes_of_a_post(self) -> float:
        """In all tables and indexes."""
        return sum(self.bytes_by_part.values()) / self.posts


def as_json(
    facts: Mapping[str, str], plan: PostsScalePlan, results: PostsScaleResults
) -> dict[str, Any]:
    """The content of posts.json."""
    return {
        "machine": facts,
        "plan": asdict(plan),
        **asdict(results),
        "summary": {
            "lists_p50_ms": _overall(results.list_kinds, 50),
            "lists_p95_ms": _overall(results.list_kinds, 95),
            "lists_p95_cpu_ms": _overall_cpu(results.list_kinds, 95),
            "trends_p50_ms": _overall(results.trends, 50),
            "trends_p95_ms": _overall(results.trends, 95),
            "trends_p95_cpu_ms": _overall_cpu(results.trends, 95),
            "import_rows_per_s": results.imported.rows_per_s,
            "bytes_of_a_post": results.bytes_of_a_post,
        },
    }


def markdown(facts: dict[str, str], plan: PostsScalePlan, results: PostsScaleResults) -> str:
    """The content of POSTS.md."""
    kinds, trends = results.list_kinds, results.trends
    return _PAGE.format(
        facts=facts_line(facts), posts=results.posts, months=results.explained.months,
        read=plan.read, loaded=_loaded(results), requests=plan.requests,
        summary="\n".join(_summary(results)),
        groups="\n\n".join(_group(*each) for each in results.lists.items()),
        slowest="\n".join(_slowest(kinds)), kinds=len(kinds),
        trends="\n".join(map(_row, trends)),
        imported=results.imported, created=_created(results.created),
        parts="\n".join(_parts(results)), queries=results.explained.queries,
        unindexed="\n".join(_unindexed(results.explained)) or "None.",
    )  # fmt: skip


def _summary(results: PostsScaleResults) -> Iterable[str]:
    lists, trends = results.list_kinds, results.trends
    list_p95, trend_p95 = _overall(lists, 95), _overall(trends, 95)
    list_goal, trend_goal = f"< {LIST_GOAL_MS:.0f} ms", f"< {TREND_GOAL_MS:.0f} ms"
    yield _goal_row("lists and searches, p50", f"{_overall(lists, 50):.1f} ms", "", None)
    held = list_p95 < LIST_GOAL_MS
    yield _goal_row("lists and searches, p95", f"{list_p95:.1f} ms", list_goal, held)
    cpu_p95 = _overall_cpu(lists, 95)
    held = cpu_p95 < LIST_GOAL_MS
    yield _goal_row("the same, processor time", f"{cpu_p95:.1f} ms", list_goal, held)
    slow = sum(percentile(kind.cpu_milliseconds, 95) >= LIST_GOAL_MS for kind in lists)
    of_all = f"{slow} of {len(lists)}"
    yield _goal_row("kinds of these that take more of the processor", of_all, "0", slow == 0)
    held = trend_p95 < TREND_GOAL_MS
    yield _goal_row("trends over a year, p95", f"{trend_p95:.0f} ms", trend_goal, held)
    cpu_p95 = _overall_cpu(trends, 95)
    held = cpu_p95 < TREND_GOAL_MS
    yield _goal_row("the same, processor time", f"{cpu_p95:.0f} ms", trend_goal, held)
    rate = results.imported.rows_per_s
    yield _goal_row(
        "import without analysis", f"{rate:,.0f} rows/s", f">= {IMPORT_GOAL_PER_S:,} rows/s",
        rate >= IMPORT_GOAL_PER_S,
    )  # fmt: skip
    weight = results.bytes_of_a_post
    yield _goal_row(
        "bytes of a post, indexes included", f"{weight:,.0f}", f"<= {BYTES_GOAL:,}",
        weight <= BYTES_GOAL,
    )  # fmt: skip
    found = sum(results.explained.unindexed.values())
    yield _goal_row("scans of a month without an index", f"{found}", "0", found == 0)


def _goal_row(what: str, figure: str, goal: str, held: bool | None) -> str:
    verdict = "" if held is None else "yes" if held else "**no**"
    return f"| {what} | {figure} | {goal} | {verdict} |"


def _group(name: str, kinds: Sequence[TimedKind]) -> str:
    rows = "\n".join(map(_row, kinds))
    return f"### {name}\n\n{_HEAD}\n{rows}"


def _row(kind: TimedKind) -> str:
    wall, cpu = kind.milliseconds, kind.cpu_milliseconds
    return (
        f"| {kind.name} | {percentile(wall, 50):.1f} | {percentile(wall, 95):.1f} | "
        f"{percentile(cpu, 50):.1f} | {percentile(cpu, 95):.1f} | {kind.given / len(wall):.0f} |"
    )


def _slowest(kinds: Sequence[TimedKind]) -> Iterable[str]:
    for kind in sorted(kinds, key=lambda each: -max(each.cpu_milliseconds))[:_SLOWEST]:
        asked = "&".join(f"{name}={value}" for name, value in kind.slowest.items())
        yield f"| {kind.name} | {max(kind.cpu_milliseconds):.1f} | `{asked or '-'}` |"


def _unindexed(explained: ExplainedQueries) -> Iterable[str]:
    for kind, scans in explained.unindexed.items():
        yield f"- {kind}: {scans}"


def _loaded(results: PostsScaleResults) -> str:
    if results.load_s is None:
        return "They had been loaded by an earlier run."
    rate = results.posts / results.load_s
    return f"To load them took {results.load_s:,.0f} s, {rate:,.0f} posts/s."


def _created(created: CreatingSpeed | None) -> str:
    if created is None:
        return "Not measured: no service was given (`--service-url`)."
    return (
        f"{created.created_per_s:.1f} posts/s created with their analyses, {created.pending} of "
        f"them answered before; {created.analysed_per_s:.1f} posts/s by the analyses alone."
    )


def _parts(results: PostsScaleResults) -> Iterable[str]:
    for part, size in results.bytes_by_part.items():
        yield f"| {part} | {size / results.posts:,.0f} | {size / 2**20:,.0f} |"


def _overall(kinds: Sequence[TimedKind], share: float) -> float:
    return percentile([each for kind in kinds for each in kind.milliseconds], share)


def _overall_cpu(kinds: Sequence[TimedKind], share: float) -> float:
    return percentile([each for kind in kinds for each in kind.cpu_milliseconds], share)


_HEAD = (
    "| asked for | p50 ms | p95 ms | processor p50 ms | p95 ms | given |\n"
    "|---|---:|---:|---:|---:|---:|"
)

_PAGE = (
    """# A workspace of {posts:,} posts

Made by `python -m loadtest.posts_scale`; do not edit. {facts}

{posts:,} posts of 200 authors in {months} months, accepted one after the other, in one workspace on
an embedded Postgres with the settings that are shipped. Texts are as long as posts are: {read} were
read by the models themselves, and each post has one of these with other scores, and with
names, phrases, hashtags and words of its own, frequent and rare after Zipf. They were written by
the functions that write the posts of a request, trends and external ids included. {loaded}

Figures are of requests over HTTP to one replica in this process, one at a time, {requests} of each
kind, none left out: the time on the wall, and the *processor* time of client, service and Postgres
together, which is what a request takes where nothing else works.

| | measured | goal | held |
|---|---:|---:|---|
{summary}

## Lists and searches

A page of 50 with analyses where nothing else is said; *given* is the mean number of posts.

{groups}

### Those that took most of the processor

| kind | ms | parameters |
|---|---:|---|
{slowest}

## Trends over a year

"""
    + _HEAD
    + """
{trends}

## Import

A file of {imported.rows:,} rows and {imported.file_bytes:,} bytes, sent to `POST /v1/posts:import`
of the same replica, its posts left pending: {imported.seconds:.1f} s, {imported.rows_per_s:,.0f}
rows/s; {imported.cpu_s:.1f} s of the processor, client and Postgres included.

## Creating posts with their analyses

{created}

## Bytes of a post

| part | bytes of a post | MiB |
|---|---:|---:|
{parts}

## Plans

{queries:,} queries of pages, counts and exports of these {kinds} kinds were explained in this
database. Scans of a month with posts that no condition of an index limits, by kind:

{unindexed}
"""
)
