import json

import pytest

from serve_app.cache import ResponseCache
from serve_app.request.post import PostRequest

KEY = "ab" * 32
VERSIONS = {"tone": "v1", "sentiment": "v1"}
ANSWER = b'{"id":null,"digest":"ab","cache":"hit","tone":{"status":"ok"}}'


def cache_of_one(size_bytes: int = 10_000, *, in_cache: bool = True) -> ResponseCache:
    responses = ResponseCache(size_bytes, lambda digest: in_cache)
    responses.put(PostRequest("We won."), KEY, VERSIONS, ANSWER)
    return responses


def test_the_answer_comes_back_with_the_id_of_who_asks() -> None:
    for post_id in (None, "a", 'quo"te', "née 👍"):
        answer = cache_of_one().find(PostRequest("We won.", id=post_id), KEY, VERSIONS)
        assert answer is not None
        assert json.loads(answer) == {**json.loads(ANSWER), "id": post_id}


def test_an_answer_to_a_post_with_an_id_is_kept_without_it() -> None:
    responses = ResponseCache(10_000, lambda digest: True)
    responses.put(PostRequest("x", id="mine"), KEY, VERSIONS, ANSWER.replace(b"null", b'"mine"'))
    assert responses.find(PostRequest("x"), KEY, VERSIONS) == ANSWER


@pytest.mark.parametrize(
    "post",
    [
        PostRequest("We won.", analyses=("tone",)),
        PostRequest("We won.", top_n=3),
        PostRequest("We wön.", offsets="utf8"),
    ],
)
def test_an_unusual_request_neither_finds_nor_leaves_an_answer(post: PostRequest) -> None:
    assert cache_of_one().find(post, KEY, VERSIONS) is None
    responses = ResponseCache(10_000, lambda digest: True)
    responses.put(post, KEY, VERSIONS, ANSWER)
    assert len(responses) == 0


def test_another_version_of_a_model_takes_it_back() -> None:
    responses = cache_of_one()
    assert responses.find(PostRequest("We won."), KEY, {**VERSIONS, "tone": "v2"}) is None
    assert (len(responses), responses.size_bytes) == (0, 0)


def test_it_goes_with_its_record() -> None:
    responses = cache_of_one(in_cache=False)
    assert responses.find(PostRequest("We won."), KEY, VERSIONS) is None
    assert len(responses) == 0


def test_the_least_recently_sent_leave_first() -> None:
    responses = ResponseCache(3 * (500 + len(ANSWER)), lambda digest: True)
    post = PostRequest("We won.")
    for key in "abc":
        responses.put(post, key, VERSIONS, ANSWER)
    responses.find(post, "a", VERSIONS)
    responses.put(post, "d", VERSIONS, ANSWER)
    assert [bool(responses.find(post, key, VERSIONS)) for key in "abcd"] == [
        True,
        False,
        True,
        True,
    ]


def test_of_no_size_it_keeps_nothing() -> None:
    assert len(cache_of_one(0)) == 0
