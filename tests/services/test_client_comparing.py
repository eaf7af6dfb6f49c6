"""The Python client's revisions and comparisons, against the real API on a real port."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from deployments.results import Analysis, Span
from serve_app.client import PostLens, RequestRefused
from serve_app.client.decoding import decode
from serve_app.client.errors import ServiceFailed
from serve_app.client.posts.comparison import Comparison, Pair, TextChange
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts

OLD, NEW = "We opened in Oslo. Thank you!", "We opened in Bergen. Thank you! #hiring"


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url) as running:
        yield running


@pytest.fixture
def postlens(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url) as client:
        yield client


def test_the_texts_that_a_post_has_had_newest_first(postlens: PostLens) -> None:
    post = postlens.posts.create(OLD)
    postlens.posts.update(post.id, text=NEW)
    newest, first = postlens.posts.revisions(post.id)
    assert (newest.revision, newest.text, newest.state) == (2, NEW, "analysed")
    assert (first.revision, first.text, first.analysis) == (1, OLD, post.analysis)
    assert newest.revised_at > first.revised_at
    assert isinstance(newest.analysis, Analysis)
    assert [revision.text for revision in postlens.posts.revisions(post.id, limit=1)] == [NEW]


def test_what_changed_is_typed(postlens: PostLens) -> None:
    post = postlens.posts.create(OLD)
    postlens.posts.update(post.id, text=NEW)
    change = postlens.posts.compare(post.id)
    assert (change.old.post, change.old.revision, change.new.revision) == (post.id, 1, 2)
    assert (change.old.text, change.new.text) == (OLD, NEW)
    assert TextChange("replaced", Span(13, 17), Span(13, 19)) in change.text.changes
    assert change.sentiment.label == Pair("positive", "positive")
    assert change.signals.hashtags
    assert change.signals.hashtags.gained == ("#hiring",)
    assert change.readability.words
    assert change.readability.words.difference == 0
    assert change.summaries()["text"] == change.text.summary
    back = postlens.posts.compare(post.id, from_revision=2, to_revision=1)
    assert (back.old.text, back.new.text) == (NEW, OLD)


def test_posts_and_drafts_are_compared(postlens: PostLens) -> None:
    one, other = (postlens.posts.create(text).id for text in (OLD, NEW))
    between = postlens.posts.compare(one, with_post=other)
    assert (between.old.post, between.new.post) == (one, other)
    draft = postlens.posts.compare(one, with_draft="Sorry.")
    assert (draft.old.post, draft.new.post, draft.new.text) == (one, None, "Sorry.")
    drafts = postlens.posts.compare_drafts(OLD, "Sorry, we lost. Sorry.")
    assert drafts.sentiment.label
    assert drafts.sentiment.label.new == "negative"
    with pytest.raises(ValueError, match="A draft stands alone"):
        postlens.posts.compare(one, with_post=other, with_draft="Sorry.")


def test_what_is_not_there_is_refused(postlens: PostLens) -> None:
    post = postlens.posts.create(OLD)
    with pytest.raises(RequestRefused) as refused:
        postlens.posts.compare(post.id, to_revision=7)
    assert refused.value.type == "/problems/unknown-revision"
    for call in (postlens.posts.revisions, postlens.posts.compare):
        with pytest.raises(RequestRefused) as refused:
            call(uuid4())
        assert refused.value.type == "/problems/unknown-post"


async def test_the_async_twins_do_the_same(api: RunningApi) -> None:
    async with PostLens.over_http(api.url) as postlens:
        post = await postlens.posts.create_async(OLD)
        [only] = await postlens.posts.revisions_async(post.id)
        assert only.text == OLD
        change = await postlens.posts.compare_async(post.id, with_draft=NEW)
        assert change == await postlens.posts.compare_async(post.id, with_draft=NEW)
        assert (await postlens.posts.compare_drafts_async(OLD, OLD)).text.changed is False


def test_an_answer_of_another_release_is_named() -> None:
    with pytest.raises(ServiceFailed, match=r"no Comparison \(Field required at 'from.text'\)"):
        decode(Comparison, {"from": {}})
