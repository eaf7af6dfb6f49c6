"""The Python client's trends and ``postlens trends``, against the real API on a real port."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from serve_app.client import PostLens, RequestRefused
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts

FIRST = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    """A post a day for four weeks; of each week's seven the last two are sad."""
    posts = [
        {
            "text": "Sorry, sorry. We lost it." if day % 7 > 4 else "Thank you, Oslo! Glad!",
            "author": "anna" if day % 2 else "ben",
            "published_at": FIRST + timedelta(days=day, hours=12),
            "tags": ["march"],
        }
        for day in range(28)
    ]
    with running_posts(database_url) as running:
        with PostLens.over_http(running.url) as postlens:
            postlens.posts.create_many(posts)
        yield running


@pytest.fixture
def client(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url) as postlens:
        yield postlens


def postlens(api: RunningApi, *arguments: object) -> Any:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTLENS_")}
    return subprocess.run(
        [sys.executable, "-m", "serve_app.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**clean, "POSTLENS_URL": api.url},
        timeout=60,
        check=False,
    )


def test_a_measure_over_time_is_typed(client: PostLens) -> None:
    trend = client.trends.get("sentiment", bucket="week", since=FIRST, until="2026-03-30")
    assert trend.buckets == tuple(FIRST + timedelta(weeks=week) for week in range(4))
    [series] = trend.series
    assert series.name is None
    assert series.posts == (7, 7, 7, 7)
    assert series.counts["positive"] == (5, 5, 5, 5)
    assert series.counts["negative"] == (2, 2, 2, 2)
    assert series.total.posts == 28
    assert series.means["score"][0] == series.total.means["score"]


def test_a_trend_is_parted_and_narrowed(client: PostLens) -> None:
    options: Any = {"since": FIRST, "until": FIRST + timedelta(days=2)}
    by_author = client.trends.get(by="author", **options)
    assert {series.name: series.posts for series in by_author.series} == {
        "anna": (0, 1),
        "ben": (1, 0),
    }
    assert client.trends.get(author="anna", **options).series[0].total.posts == 1
    assert client.trends.get(tag="march", **options).series[0].posts == (1, 1)
    assert client.trends.get(author="nobody", **options).series[0].posts == (0, 0)


def test_terms_that_rise_and_fall_are_typed(client: PostLens) -> None:
    changes = client.trends.terms(days=14, until="2026-03-30", kind=["keywords", "hashtags"])
    assert (changes.posts.now, changes.posts.before) == (14, 14)
    assert changes.since == FIRST + timedelta(days=14)
    assert {term.kind for term in (*changes.rising, *changes.falling)} <= {"keywords", "hashtags"}


def test_options_that_are_none_are_refused(client: PostLens) -> None:
    with pytest.raises(RequestRefused) as refused:
        client.trends.get("happiness")
    assert refused.value.type == "/problems/unknown-value"
    with pytest.raises(RequestRefused):
        client.trends.terms(days=0)


async def test_the_async_twins_do_the_same(api: RunningApi) -> None:
    async with PostLens.over_http(api.url) as client:
        trend = await client.trends.get_async(since=FIRST, until="2026-03-30", bucket="month")
        assert [series.posts for series in trend.series] == [(28,)]
        assert (await client.trends.terms_async(until="2026-03-30")).posts.now == 7


def test_a_trend_is_shown_with_its_sums(api: RunningApi) -> None:
    span = ("--since", "2026-03-02", "--until", "2026-03-30")
    done = postlens(api, "trends", "show", "sentiment", "--bucket", "week", *span)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["week", "posts", "positive", "neutral", "negative", "mixed", "score"]
    assert rows[1][:5] == ["2026-03-02", "7", "5", "0", "2"]
    assert rows[-1][:5] == ["all", "28", "20", "0", "8"]
    assert len(rows) == 6
    emotions = postlens(api, "trends", "show", "emotions", "--bucket", "month", *span)
    assert len(emotions.stdout.splitlines()[0].split()) == 10  # those that are strongest


def test_several_series_have_a_column_each(api: RunningApi) -> None:
    done = postlens(
        api, "trends", "show", "--by", "author", "--since", "2026-03-02", "--until", "2026-03-04"
    )
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows == [
        ["day", "anna", "ben"],
        ["2026-03-02", "0", "1"],
        ["2026-03-03", "1", "0"],
        ["all", "1", "1"],
    ]


def test_terms_are_shown_with_how_sure_they_are(api: RunningApi) -> None:
    done = postlens(api, "trends", "terms", "--days", "5", "--until", "2026-03-28")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split()[:5] == ["term", "kind", "now", "before", "ratio"]
    assert "5 posts since 2026-03-23 00:00 UTC, 5 in the period before" in done.stdout
    as_json = postlens(api, "trends", "terms", "--until", "2026-03-30", "--json")
    assert json.loads(as_json.stdout)["posts"] == {"now": 7, "before": 7}


def test_a_trend_is_json_for_programs(api: RunningApi) -> None:
    done = postlens(
        api, "trends", "show", "--since", "2026-03-02", "--until", "2026-03-04", "--json"
    )
    assert [series["posts"] for series in json.loads(done.stdout)["series"]] == [[1, 1]]
    refused = postlens(api, "trends", "show", "happiness")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "is no value of 'measure'" in refused.stderr
    assert "Traceback" not in refused.stderr
