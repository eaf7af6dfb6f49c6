"""The Python client's similar posts, against the real API on a real port."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from serve_app.client import PostLens, RequestRefused
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts

TEXT = "Our workshop in Graz repairs bicycles on Mondays, and bells at any time."
COPY = "Our workshop in Graz repairs bicycles on Mondays, and bells at any time of the year."
OTHER = "Our workshop has a new roof."


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url) as running:
        yield running


@pytest.fixture
def postlens(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url) as client:
        yield client


async def test_similar_posts_by_both_twins(postlens: PostLens) -> None:
    first, other, copy = (postlens.posts.create(text) for text in (TEXT, OTHER, COPY))
    nearest, far = postlens.posts.similar(first.id)
    assert (nearest.post.id, nearest.post.text, nearest.post.analysis) == (copy.id, COPY, None)
    assert nearest.near_duplicate
    assert 1 > nearest.similarity > far.similarity > 0
    assert 1 >= nearest.shared_words > far.shared_words == 0
    assert (far.post.id, far.near_duplicate) == (other.id, False)
    for query in (
        {"limit": 1},
        {"near_duplicates": True},
        {"min_similarity": far.similarity + 0.01},
    ):
        assert postlens.posts.similar(str(first.id), **query) == [nearest]
        assert await postlens.posts.similar_async(first.id, **query) == [nearest]


def test_a_post_that_is_not_there_is_refused(postlens: PostLens) -> None:
    with pytest.raises(RequestRefused) as refused:
        postlens.posts.similar(uuid4())
    assert refused.value.type == "/problems/unknown-post"
