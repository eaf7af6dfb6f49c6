"""The parts of `python -m loadtest.posts_scale` on two thousand posts, and what its report says."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from loadtest.posts_scale.__main__ import MeasuredDatabase, load_missing, measure
from loadtest.posts_scale.loading import stretches
from loadtest.posts_scale.made_posts import ENTITIES
from loadtest.posts_scale.plan import PostsScalePlan
from loadtest.posts_scale.plans import unindexed
from loadtest.posts_scale.processor_clock import ProcessorClock
from loadtest.posts_scale.queries import GROUPS, TRENDS, lists
from loadtest.posts_scale.report import PostsScaleResults, as_json, markdown
from loadtest.posts_scale.vocabulary import ZipfSupply, word
from serve_app.standalone.embedded import EmbeddedServers
from tests.services.databases import database_for_threads

PLAN = PostsScalePlan(
    posts=2_000, read=6, drafts=60, writers=2, requests=2, import_rows=300, created=0,
    days=400,
)  # fmt: skip
FACTS = {"date": "2026-11-26", "load at start": "0.5"}


@pytest.fixture(scope="module")
def measured(servers: EmbeddedServers) -> PostsScaleResults:
    with database_for_threads(servers.database_url) as url:
        database = MeasuredDatabase(url, servers.pids["postgres"])
        first = measure(database, PLAN)
        assert load_missing(url, PLAN) is None
    return first


def test_all_posts_are_loaded_and_every_kind_is_measured(measured: PostsScaleResults) -> None:
    assert measured.posts == 2_000
    assert measured.load_s
    assert [kind.name for kind in measured.list_kinds] == [kind.name for kind in lists()]
    assert len(measured.trends) == len(TRENDS)
    for kind in [*measured.list_kinds, *measured.trends]:
        assert len(kind.milliseconds) == len(kind.cpu_milliseconds) == 2
        assert min(kind.milliseconds) > 0
        assert min(kind.cpu_milliseconds) > 0


def test_requests_find_posts_but_where_none_can_be(measured: PostsScaleResults) -> None:
    """A measurement of empty answers would tell nothing."""
    given = {kind.name: kind.given for kind in measured.list_kinds}
    assert given["no condition"] == 100
    assert given["200 posts"] > 100
    assert given["a common word"] > 50
    assert given["a phrase"] + given["entity"] + given["author"] > 0
    assert given["a word of no post"] == 0
    # Of a few posts no term rises.
    assert all(kind.given for kind in measured.trends if not kind.name.startswith("rising"))


def test_what_posts_take_is_told_by_part(measured: PostsScaleResults) -> None:
    assert {"posts, rows", "index posts_search", "external_ids", "trend_blocks"} <= set(
        measured.bytes_by_part
    )
    assert measured.bytes_of_a_post > 2_000


def test_a_file_is_imported_and_forgotten(measured: PostsScaleResults) -> None:
    assert measured.imported.rows == 300
    assert measured.imported.rows_per_s > 0


def test_queries_are_explained(measured: PostsScaleResults) -> None:
    assert measured.explained.queries > 2 * len(list(lists()))


def test_the_report_has_every_figure(measured: PostsScaleResults) -> None:
    page = markdown(FACTS, PLAN, measured)
    assert "# A workspace of 2,000 posts" in page
    assert f"{measured.imported.rows_per_s:,.0f} rows/s" in page
    assert f"{measured.bytes_of_a_post:,.0f}" in page
    for kind in [*measured.list_kinds, *measured.trends]:
        assert f"\n| {kind.name} | " in page
    for group in GROUPS:
        assert f"### {group}\n" in page
    assert "no service was given" in page
    summary = as_json(FACTS, PLAN, measured)["summary"]
    assert summary["lists_p50_ms"] <= summary["lists_p95_ms"]


@pytest.mark.parametrize("goal", ["lists and searches, p95", "bytes of a post, indexes included"])
def test_a_goal_that_is_missed_is_said_to_be(measured: PostsScaleResults, goal: str) -> None:
    slow = {
        group: [replace(kind, milliseconds=[900.0] * 2) for kind in kinds]
        for group, kinds in measured.lists.items()
    }
    missed = replace(measured, lists=slow, posts=1)
    [row] = [line for line in markdown(FACTS, PLAN, missed).splitlines() if goal in line]
    assert row.endswith("| **no** |")
    quick = {
        group: [replace(kind, milliseconds=[9.0] * 2) for kind in kinds]
        for group, kinds in measured.lists.items()
    }
    held = replace(measured, lists=quick, posts=10**9)
    [row] = [line for line in markdown(FACTS, PLAN, held).splitlines() if goal in line]
    assert row.endswith("| yes |")


@pytest.mark.parametrize(
    ("node", "found"),
    [
        ({"Node Type": "Seq Scan", "Relation Name": "posts_2026_01"}, 1),
        ({"Node Type": "Seq Scan", "Relation Name": "posts_2026_02"}, 0),
        ({"Node Type": "Bitmap Index Scan", "Index Name": "i", "Index Cond": "(search @@ x)"}, 1),
        ({"Node Type": "Bitmap Index Scan", "Index Name": "i", "Index Cond": "(workspace = 1)"}, 0),
        ({"Node Type": "Bitmap Heap Scan", "Relation Name": "posts_2026_01"}, 0),
    ],
)
def test_a_month_that_is_read_in_vain_is_noticed(node: dict[str, str], found: int) -> None:
    plan = {"Node Type": "Append", "Plans": [node]}
    assert len(unindexed(plan, {"posts_2026_01"})) == found


def test_stretches_are_all_posts_and_all_of_the_time() -> None:
    last = datetime(2026, 11, 26, tzinfo=UTC)
    first = last - timedelta(days=1_000)
    parts = stretches(1_001, first, last, writers=3, drafts=1)
    assert sum(part.posts for part in parts) == 1_001
    times = [time for part in parts for time in part.times()]
    assert times == sorted(times)
    assert len(times) == 1_001
    assert times[0] == first
    assert last - times[-1] < timedelta(days=1.1)


def test_words_are_distinct_and_as_frequent_as_their_rank_says() -> None:
    assert len({word(n) for n in range(50_000)}) == 50_000
    counts = Counter(ZipfSupply(range(100)).draw(random.Random(1), 60_000))
    assert counts[0] / counts[1] == pytest.approx(2, rel=0.1)
    assert counts[0] / counts[9] == pytest.approx(10, rel=0.2)


def test_names_are_distinct() -> None:
    assert len({text for text, _ in ENTITIES.things}) == len(ENTITIES.things)


async def test_the_clock_counts_what_postgres_does(servers: EmbeddedServers) -> None:
    alone, together = ProcessorClock(None), ProcessorClock(servers.pids["postgres"])
    connection = await asyncpg.connect(servers.database_url)
    before = together.seconds() - alone.seconds()
    await connection.fetchval("SELECT count(*) FROM generate_series(1, 1000000)")
    after = together.seconds() - alone.seconds()
    await connection.close()
    assert after - before > 0.01
