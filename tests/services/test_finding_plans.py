"""Every query that finding asks is served by an index, in a database of some size."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from loadtest.posts_scale.plans import (
    ExplainingConnection,
    ExplainingDatabase,
    Plan,
    plan_nodes,
    scans,
    unindexed,
)
from serve_app.posts import emotion_order, first_keys
from serve_app.posts.filter_parameters import FilterParameters, post_filter
from serve_app.posts.filters import PostFilter
from serve_app.posts.finding import count_posts, find
from serve_app.posts.scanning import scan
from serve_app.posts.sorting import parse_sort
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from tests.services.databases import empty_database
from tests.services.generated_posts import WORDS, PostMaker, keep

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 170
WORKSPACES = (1, 2, 3)
#: Of each workspace, made up one by one and then repeated.
MADE, REPEATED = 300, 56
POPULATED = {f"posts_2026_{month:02}" for month in range(1, 7)}

FILTERS: dict[str, dict[str, Any]] = {
    "none": {},
    "author": {"author": "anna"},
    "author and words": {"author": "anna", "q": WORDS[0]},
    "tag": {"tag": ["launch"]},
    "since": {"since": "2026-05-01"},
    "time range and entity": {"since": "2026-03-01", "until": "2026-03-08", "entity": ["shell"]},
    "language": {"language": "de"},
    "sentiment": {"sentiment": "negative"},
    "sentiment range": {"sentiment_min": 0.2, "sentiment_max": 0.25},
    "mixed": {"mixed": True},
    "not mixed": {"mixed": False},
    "tone": {"tone": "grateful"},
    "emotion": {"emotion": ["joy>=0.455", "anger>=0.9"]},
    "entity with label": {"entity": ["shell:ORG", "Berlin"]},
    "keyword": {"keyword": ["net zero"]},
    "hashtag": {"hashtag": ["hiring", "newjob"]},
    "mention": {"mention": ["anna"]},
    "host": {"host": ["example.org"]},
    "ease": {"ease_min": 40, "ease_max": 41},
    "has": {"has": ["links", "emoji"], "has_not": ["tags"]},
    "has not": {"has_not": ["keywords"]},
    "pending": {"state": "pending"},
    "analysed": {"state": "analysed"},
    "words": {"q": f"{WORDS[0]} {WORDS[1]}"},
    "a phrase": {"q": f'"{WORDS[0]} {WORDS[1]}" -{WORDS[2]}'},
    "words or words": {"q": f"{WORDS[0]} or {WORDS[1]}", "language": "en"},
    "a word of no post": {"q": "unheard"},
    "all at once": {"author": "anna", "tag": ["launch"], "since": "2026-02-01", "ease_min": 10,
                    "sentiment_min": 0, "has": ["links"], "q": WORDS[3], "language": "en"},
}  # fmt: skip
SORTS = ("-time", "-sentiment", "words", "-emotion:joy", "relevance")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with empty_database(database_url) as url:
        opened = await Database.open(url, pool_size=2)
        await opened.migrate()
        async with opened.transaction(None) as connection:
            for workspace in WORKSPACES[1:]:
                name = f"client-{workspace}"
                await connection.execute("INSERT INTO workspaces (name) VALUES ($1)", name)
        for workspace in WORKSPACES:
            maker = PostMaker(workspace, first=FIRST, days=DAYS)
            await keep(opened, workspace, list(maker.take(MADE)))
        async with opened.transaction(None, timeout_s=120) as connection:
            await _repeat(connection)
        client = await asyncpg.connect(url)
        await client.execute("VACUUM ANALYZE posts")
        await client.close()
        yield opened
        await opened.close()


async def _repeat(connection: Connection) -> None:
    """Copy the posts, each copy with an id of its own in the same millisecond."""
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'posts'::regclass AND attnum > 0"
        " AND attgenerated = '' AND attname NOT IN ('id', 'published_at')"
    )
    columns = ", ".join(row["attname"] for row in rows)
    time = "published_at + copy * interval '97 seconds'"
    other_id = "overlay(id::text PLACING substr(md5(id::text || copy), 1, 12) FROM 25)::uuid"
    await connection.execute(
        f"""INSERT INTO posts (id, published_at, {columns}) SELECT {other_id}, {time}, {columns}
            FROM posts, generate_series(2, {REPEATED}) AS copy"""
    )


def _check(query: str, plan: Plan) -> None:
    """No month with posts is read but by a condition of an index that names the workspace."""
    ruled_out = "(id < $" in query  # the other months than those of a stretch of time
    assert scans(plan, POPULATED) or ruled_out, query
    assert not unindexed(plan, POPULATED), query


async def _list(database: Database, filter: PostFilter, sort_name: str) -> list[tuple[str, Any]]:
    sort = parse_sort(sort_name, filter)
    async with database.transaction(2) as connection:
        explaining = ExplainingConnection(connection)
        page = await find(explaining, 2, filter, sort, limit=20)
        if page.next_cursor:
            await find(explaining, 2, filter, sort, limit=20, cursor=page.next_cursor)
        await count_posts(explaining, 2, filter, sort)
    return explaining.plans


async def test_there_are_posts_enough(database: Database) -> None:
    async with database.transaction(None) as connection:
        assert (
            await connection.fetchval("SELECT count(*) FROM posts") == 3 * MADE * REPEATED >= 50_000
        )
        months = await connection.fetch(
            "SELECT DISTINCT tableoid::regclass::text AS name FROM posts"
        )
        assert {row["name"] for row in months} == POPULATED


def _sorts(filter: PostFilter) -> list[str]:
    """Those of the orders that go with a filter."""
    if filter.state == "pending":
        return ["time"]
    return [sort for sort in SORTS if filter.q or sort != "relevance"]


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("far", [False, True])
async def test_a_list_is_served_by_indexes(
    database: Database, name: str, far: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if far:  # as with millions of posts: nothing is few, and walks end soon
        monkeypatch.setattr(emotion_order, "FEW", -1)
        monkeypatch.setattr(first_keys, "_WINDOW", 30)
        monkeypatch.setattr(first_keys, "_LONGEST_WALK", 64)
        monkeypatch.setattr(first_keys, "_LONGEST_WALK_IN_TIME", 64)
    filter = post_filter(FilterParameters(**FILTERS[name]))
    sorts = _sorts(filter)
    for sort in sorts if far else sorts[:1]:
        for query, plan in await _list(database, filter, sort):
            _check(query, plan)


@pytest.mark.parametrize("name", FILTERS)
async def test_an_export_is_served_by_indexes(database: Database, name: str) -> None:
    explaining = ExplainingDatabase(database)
    async for _ in scan(explaining, 2, post_filter(FilterParameters(**FILTERS[name]))):
        break
    assert explaining.plans or name == "a word of no post"
    for query, plan in explaining.plans:
        _check(query, plan)


async def test_words_are_looked_up_in_the_index_of_terms(database: Database) -> None:
    """Although row-level security comes first: see the operator's leakproofness."""
    filter = post_filter(FilterParameters(q=f'"{WORDS[0]} {WORDS[1]}"', tag=["launch"]))
    gathers = [
        plan for query, plan in await _list(database, filter, "-time") if "MATERIALIZED" in query
    ]
    indexes = {node.get("Index Name", "") for plan in gathers for node in plan_nodes(plan)}
    assert any("search" in name for name in indexes), (indexes, len(gathers))
