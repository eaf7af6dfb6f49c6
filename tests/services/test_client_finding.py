"""The Python client's lists of posts, against the real API on a real port and Postgres."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from deployments.results import Span
from serve_app.client import KeptPost, PostLens, RequestRefused
from serve_app.client.posts.finding import PostCount
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url) as running:
        with PostLens.over_http(running.url) as postlens:
            postlens.posts.create_many([_post(number) for number in range(25)])
        yield running


def _post(number: int) -> dict[str, object]:
    news = "We opened in Oslo, thank you!" if number % 5 else "Sorry, we lost Bergen."
    return {
        "text": f"{news} Number {number}.",
        "author": "anna & co" if number % 2 else "ben",
        "published_at": FIRST + timedelta(days=number),
        "tags": ["even" if number % 2 == 0 else "odd", "all"],
    }


@pytest.fixture
def postlens(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url) as client:
        yield client


def test_all_posts_are_listed_page_by_page(api: RunningApi, postlens: PostLens) -> None:
    before = len(api.front.requests)
    posts = list(postlens.posts.find(page_posts=10))
    assert len(api.front.requests) - before == 3
    assert [post.published_at for post in posts] == [
        FIRST + timedelta(days=number) for number in reversed(range(25))
    ]
    assert all(isinstance(post, KeptPost) and post.analysis for post in posts)
    assert posts[0].text == "We opened in Oslo, thank you! Number 24."
    assert {post.etag for post in posts} == {None}


def test_only_what_is_taken_is_asked_for(api: RunningApi, postlens: PostLens) -> None:
    before = len(api.front.requests)
    first = next(postlens.posts.find(page_posts=5, sort="time", with_analysis=False))
    assert (first.published_at, first.analysis) == (FIRST, None)
    assert len(api.front.requests) - before == 1


def test_conditions_combine(postlens: PostLens) -> None:
    found = postlens.posts.find(
        tag=["even", "all"],
        author="ben",
        sentiment="neutral",
        since=FIRST + timedelta(days=5),
        until="2026-01-21",
        mixed=False,
        sentiment_max=0.0,
        has=["tags", "author"],
        has_not="url",
    )
    assert [post.published_at.day for post in found] == [11]
    assert postlens.posts.count(author="anna & co") == PostCount(12, exact=True)
    assert postlens.posts.count(author="nobody") == PostCount(0, exact=True)


def test_words_that_were_looked_for_are_marked(postlens: PostLens) -> None:
    posts = list(postlens.posts.find(q="opened -bergen", tag="odd"))
    assert len(posts) == 10
    for post in posts:
        assert all(isinstance(match, Span) for match in post.matches)
        assert [post.text[m.start : m.end] for m in post.matches] == ["opened"]


def test_a_condition_that_is_none_is_refused_at_the_first_post(postlens: PostLens) -> None:
    found = postlens.posts.find(sentiment="angry")
    with pytest.raises(RequestRefused) as refused:
        next(found)
    assert refused.value.type == "/problems/unknown-value"
    with pytest.raises(RequestRefused) as refused:
        postlens.posts.count(ease_min=60, ease_max=50)
    assert refused.value.type == "/problems/contradictory-filter"


def test_items_are_the_json_of_the_list(postlens: PostLens) -> None:
    [item] = postlens.posts.items(until="2026-01-02", with_analysis=False)
    assert item["published_at"] == "2026-01-01T00:00:00.000000Z"
    assert "analysis" not in item


async def test_the_async_iterators_do_the_same(api: RunningApi) -> None:
    async with PostLens.over_http(api.url) as postlens:
        days = [post.published_at.day async for post in postlens.posts.find_async(tag="even")]
        assert days == list(range(25, 0, -2))
        async for item in postlens.posts.items_async(page_posts=1):
            assert item["published_at"] == "2026-01-25T00:00:00.000000Z"
            break
        assert (await postlens.posts.count_async()).value == 25


def test_an_iterator_may_outlive_its_client(api: RunningApi) -> None:
    with PostLens.over_http(api.url) as postlens:
        found = postlens.posts.find(page_posts=1)
        next(found)
    found.close()  # type: ignore[attr-defined]
