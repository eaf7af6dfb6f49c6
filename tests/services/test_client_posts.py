"""The Python client's posts and workspace, against the real API on a real port and Postgres."""

import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import httpx
import pytest

from deployments.results import ANALYSES, Analysis, Status
from serve_app.client import (
    AnalysisProblem,
    KeptPost,
    PostLens,
    PostLensError,
    RequestRefused,
    ServiceUnreachable,
)
from serve_app.request.post import MAX_BODY_BYTES
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts

TEXT = "Proud of our team in Berlin! Thank you. #hiring"
BERLIN = timezone(timedelta(hours=2))


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url, keys=("acme:a-key", "other:another")) as running:
        yield running


@pytest.fixture
def postlens(api: RunningApi) -> Iterator[PostLens]:
    api.front.statuses, api.front.retry_after = [], None
    with PostLens.over_http(api.url, api_key="a-key") as client:
        yield client


def test_a_post_is_kept_and_typed(postlens: PostLens) -> None:
    external_id = uuid4().hex
    post = postlens.posts.create(
        TEXT,
        external_id=external_id,
        author="anna",
        url="https://example.org/1",
        published_at=datetime(2026, 5, 31, 14, tzinfo=BERLIN),
        language="en",
        tags=("launch", "berlin"),
        metadata={"campaign": {"name": "spring"}},
    )
    assert isinstance(post.id, UUID)
    assert (post.text, post.external_id, post.author) == (TEXT, external_id, "anna")
    assert post.published_at == datetime(2026, 5, 31, 12, tzinfo=UTC)
    assert (post.tags, post.metadata) == (("launch", "berlin"), {"campaign": {"name": "spring"}})
    assert (post.state, post.failure, post.revision) == ("analysed", None, 1)
    assert datetime.now(UTC) - post.created_at < timedelta(minutes=1)
    assert isinstance(post.analysis, Analysis)
    assert all(getattr(post.analysis, name).status is Status.OK for name in ANALYSES)
    assert post.analysis.sentiment
    assert post.analysis.sentiment.result
    assert post.analysis.sentiment.result.label == "positive"
    assert postlens.posts.get(post.id) == postlens.posts.get(str(post.id)) == post
    with pytest.raises(FrozenInstanceError):
        post.text = "x"  # type: ignore[misc]


def test_who_does_not_wait_gets_it_pending(postlens: PostLens) -> None:
    post = postlens.posts.create(f"{TEXT} {uuid4()}", wait=False)
    assert (post.state, post.analysis) == ("pending", None)


def test_a_key_of_ones_own_makes_one_post_of_two_calls(postlens: PostLens) -> None:
    key = uuid4().hex
    first, again = (postlens.posts.create(TEXT, idempotency_key=key) for _ in range(2))
    assert first.id == again.id
    assert first.id != postlens.posts.create(TEXT).id
    with pytest.raises(RequestRefused, match="sent with another body") as refused:
        postlens.posts.create("Another text.", idempotency_key=key)
    assert refused.value.type == "/problems/idempotency-key-reused"


def test_a_refused_post_says_what_where_and_what_to_do(postlens: PostLens) -> None:
    with pytest.raises(RequestRefused) as refused:
        postlens.posts.create(TEXT, url="example.org")
    error = refused.value
    assert (error.type, error.status, error.pointer) == ("/problems/unknown-value", 422, "/url")
    assert error.fix == "Send the whole address."
    with pytest.raises(RequestRefused, match="surrogate") as refused:
        postlens.posts.create("half an emoji \ud83d")
    assert refused.value.pointer == "/text"


def test_many_come_back_in_order_with_the_bad_ones_in_their_places(
    api: RunningApi, postlens: PostLens
) -> None:
    posts: list[Mapping[str, object]] = [{"text": f"Post {n}.", "author": "m"} for n in range(25)]
    posts[7] = {"text": " "}
    posts[13] = {"text": "Post 13.", "tags": ["x" * 61]}
    posts[20] = {"text": "é" * (MAX_BODY_BYTES // 2)}
    posts[24] = {"text": "Post 24.", "published_at": datetime(2026, 1, 1, tzinfo=UTC)}
    before = len(api.front.requests)
    answers = postlens.posts.create_many(posts, batch_posts=10)
    assert len(api.front.requests) - before == 3  # the huge one is not sent
    problems = {n: a for n, a in enumerate(answers) if isinstance(a, AnalysisProblem)}
    assert {n: (p.type, p.pointer) for n, p in problems.items()} == {
        7: ("/problems/blank-text", "/text"),
        13: ("/problems/out-of-range", "/tags/0"),
        20: ("/problems/body-too-large", "/text"),
    }
    kept = {n: a for n, a in enumerate(answers) if isinstance(a, KeptPost)}
    assert all(post.text == f"Post {n}." for n, post in kept.items())
    assert kept[24].published_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert postlens.posts.delete_author("m") == 21
    assert postlens.posts.create_many([]) == []
    with pytest.raises(ValueError, match=r"1\.\.1000"):
        postlens.posts.create_many(posts, batch_posts=0)


def test_of_two_with_one_external_id_the_last_one_counts(postlens: PostLens) -> None:
    posts = [{"text": f"State {n}.", "external_id": "same"} for n in range(3)]
    *_, last = postlens.posts.create_many(posts, batch_posts=1)
    assert isinstance(last, KeptPost)
    assert (last.text, last.revision) == ("State 2.", 3)


def test_a_post_is_changed_where_nobody_else_has(postlens: PostLens) -> None:
    post = postlens.posts.create(TEXT, author="anna", metadata={"a": 1, "b": 2})
    changed = postlens.posts.update(post.id, if_match=post.etag, tags=["new"], metadata={"a": None})
    assert (changed.tags, changed.author, changed.metadata) == (("new",), "anna", {"b": 2})
    assert (changed.revision, changed.analysis) == (1, post.analysis)
    with pytest.raises(RequestRefused) as refused:
        postlens.posts.update(post.id, if_match=post.etag, author=None)
    assert (refused.value.type, refused.value.status) == ("/problems/precondition-failed", 412)
    assert postlens.posts.update(post.id, author=None).author is None
    replaced = postlens.posts.replace(post.id, "Sorry, we lost.", wait=False)
    assert (replaced.revision, replaced.tags, replaced.state) == (2, (), "pending")
    with pytest.raises(RequestRefused):
        postlens.posts.delete(post.id, if_match=post.etag)
    assert postlens.posts.delete(post.id) is True
    assert postlens.posts.delete(post.id) is False
    for lost in (postlens.posts.get, postlens.posts.update):
        with pytest.raises(RequestRefused) as refused:
            lost(post.id)
        assert refused.value.type == "/problems/unknown-post"


@pytest.mark.parametrize("author", ["Zoë / 100 % ?x#y", "..", ".", "a//b", "%2F", "é:é"])
def test_an_author_of_any_name_is_deleted(postlens: PostLens, author: str) -> None:
    kept = postlens.posts.create(TEXT, author=author)
    assert postlens.posts.delete_author(author) == 1
    assert postlens.posts.delete(kept.id) is False


def test_an_empty_name_asks_nobody(api: RunningApi, postlens: PostLens) -> None:
    before = len(api.front.requests)
    for call in (postlens.posts.get, postlens.posts.delete, postlens.posts.delete_author):
        with pytest.raises(PostLensError, match="names nothing"):
            call("")
    assert len(api.front.requests) == before


def test_a_workspace_is_its_keys(api: RunningApi, postlens: PostLens) -> None:
    post = postlens.posts.create(TEXT)
    with PostLens.over_http(api.url, api_key="another") as other:
        with pytest.raises(RequestRefused):
            other.posts.get(post.id)
        other.posts.create(TEXT)
        workspace = other.workspace.get()
        assert (workspace.name, workspace.posts, workspace.posts_exact) == ("other", 1, True)
        assert (workspace.retention_days, workspace.separate_cache) == (None, False)
        changed = other.workspace.change(retention_days=30, separate_cache=True)
        assert (changed.retention_days, changed.separate_cache) == (30, True)
        assert other.workspace.change(retention_days=None).separate_cache is True
        with pytest.raises(RequestRefused) as refused:
            other.workspace.change(retention_days=-1)
        assert refused.value.pointer == "/retention_days"
        assert other.workspace.delete() is True
        assert other.workspace.get().posts == 0
    assert postlens.posts.get(post.id) == post


async def test_the_async_twins_do_the_same(api: RunningApi) -> None:
    async with PostLens.over_http(api.url, api_key="a-key") as postlens:
        post = await postlens.posts.create_async(TEXT, author="async")
        assert await postlens.posts.get_async(post.id) == post
        [many] = await postlens.posts.create_many_async([{"text": TEXT, "author": "async"}])
        assert isinstance(many, KeptPost)
        updated = await postlens.posts.update_async(post.id, tags=["a"])
        assert (await postlens.posts.replace_async(post.id, TEXT)).tags != updated.tags
        assert await postlens.posts.delete_async(post.id)
        assert await postlens.posts.delete_author_async("async") == 1
        assert (await postlens.workspace.get_async()).name == "acme"


def test_the_twins_are_named_and_described() -> None:
    posts = PostLens.over_http().posts
    assert (posts.create.__name__, posts.create_async.__name__) == ("create", "create_async")
    assert posts.create_async.__qualname__ == "PostWriting.create_async"
    assert "external_id" in (posts.create.__doc__ or "")


def test_any_route_is_asked_for_its_json(postlens: PostLens) -> None:
    post = postlens.request("POST", "/v1/posts", body={"text": TEXT, "tags": ["a"]})
    assert postlens.request("GET", f"/v1/posts/{post['id']}") == post
    assert postlens.request("DELETE", f"/v1/posts/{post['id']}") is None
    with pytest.raises(RequestRefused) as refused:
        postlens.request("GET", "/v1/postz")
    assert "Did you mean /v1/posts" in refused.value.fix


class LostAnswer:
    """Hands the first request on to the service, and cuts the connection in place of its answer."""

    def __init__(self, url: str) -> None:
        self._service = httpx.URL(url)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.requests = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.requests += 1
            with (
                connection,
                socket.create_connection((self._service.host, self._service.port or 80)) as onward,
            ):
                connection.settimeout(0.3)
                while True:
                    try:
                        onward.sendall(connection.recv(100_000))
                    except TimeoutError:
                        break
                answer = onward.recv(1_000_000)
                if self.requests > 1:
                    connection.sendall(answer)

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def lossy(api: RunningApi) -> Iterator[LostAnswer]:
    front = LostAnswer(api.url)
    yield front
    front.close()


def test_a_creation_whose_answer_is_lost_is_sent_again_and_done_once(
    lossy: LostAnswer, postlens: PostLens
) -> None:
    with PostLens.over_http(lossy.url, api_key="a-key") as client:
        post = client.posts.create(TEXT, author="once")
    assert lossy.requests == 2
    assert postlens.posts.get(post.id).author == "once"
    assert postlens.posts.delete_author("once") == 1


def test_what_may_not_be_done_twice_is_not_sent_again(
    lossy: LostAnswer, postlens: PostLens
) -> None:
    post = postlens.posts.create(TEXT)
    expected = pytest.raises(ServiceUnreachable, match="may have been done")
    with PostLens.over_http(lossy.url, api_key="a-key") as client, expected:
        client.posts.update(post.id, if_match=post.etag, tags=["x"])
    assert lossy.requests == 1
    assert postlens.posts.get(post.id).tags == ("x",)


def test_a_foreign_creation_without_a_key_is_not_sent_again(lossy: LostAnswer) -> None:
    expected = pytest.raises(ServiceUnreachable, match="may have been done")
    with PostLens.over_http(lossy.url, api_key="a-key") as client, expected:
        client.request("POST", "/v1/posts", body={"text": TEXT})
    assert lossy.requests == 1


def test_a_service_that_says_not_now_has_done_nothing(api: RunningApi, postlens: PostLens) -> None:
    api.front.statuses = [503, 503]
    assert postlens.request("POST", "/v1/posts", body={"text": TEXT})["text"] == TEXT
    api.front.statuses = [502]
    with pytest.raises(ServiceUnreachable, match="may have been done"):
        postlens.request("POST", "/v1/posts", body={"text": TEXT})
    api.front.statuses, api.front.body = [503], b'{"type": "/problems/store-unavailable"}'
    with pytest.raises(ServiceUnreachable, match="may have been done"):
        postlens.request("POST", "/v1/posts", body={"text": TEXT})
    api.front.statuses = [503]
    assert postlens.posts.create(TEXT).text == TEXT
