import json

import pytest

from serve_app.cache.responses import ReadyAnswers
from serve_app.request.post import PostRequest

KEY = "ab" * 32
VERSIONS = {"tone": "v1", "sentiment": "v1"}
ANSWER = b'{"id":null,"digest":"ab","cache":"hit","tone":{"status":"ok"}}'


def kept(size_bytes: int = 10_000, *, in_cache: bool = True) -> ReadyAnswers:
    answers = ReadyAnswers(size_bytes, lambda digest: in_cache)
    answers.keep(PostRequest("We won."), KEY, VERSIONS, ANSWER)
    return answers


def test_the_answer_comes_back_with_the_id_of_who_asks() -> None:
    for post_id in (None, "a", 'quo"te', "née 👍"):
        found = kept().find(PostRequest("We won.", id=post_id), KEY, VERSIONS)
        assert found is not None
        assert json.loads(found) == {**json.loads(ANSWER), "id": post_id}


def test_an_answer_to_a_post_with_an_id_is_kept_without_it() -> None:
    answers = ReadyAnswers(10_000, lambda digest: True)
    answers.keep(PostRequest("x", id="mine"), KEY, VERSIONS, ANSWER.replace(b"null", b'"mine"'))
    assert answers.find(PostRequest("x"), KEY, VERSIONS) == ANSWER


@pytest.mark.parametrize(
    "post",
    [
        PostRequest("We won.", analyses=("tone",)),
        PostRequest("We won.", top_n=3),
        PostRequest("We wön.", offsets="utf8"),
    ],
)
def test_an_unusual_request_neither_finds_nor_leaves_an_answer(post: PostRequest) -> None:
    assert kept().find(post, KEY, VERSIONS) is None
    answers = ReadyAnswers(10_000, lambda digest: True)
    answers.keep(post, KEY, VERSIONS, ANSWER)
    assert len(answers) == 0


def test_another_version_of_a_model_takes_it_back() -> None:
    answers = kept()
    assert answers.find(PostRequest("We won."), KEY, {**VERSIONS, "tone": "v2"}) is None
    assert (len(answers), answers.size_bytes) == (0, 0)


def test_it_goes_with_its_record() -> None:
    answers = kept(in_cache=False)
    assert answers.find(PostRequest("We won."), KEY, VERSIONS) is None
    assert len(answers) == 0


def test_the_least_recently_sent_leave_first() -> None:
    answers = ReadyAnswers(3 * (500 + len(ANSWER)), lambda digest: True)
    post = PostRequest("We won.")
    for key in "abc":
        answers.keep(post, key, VERSIONS, ANSWER)
    answers.find(post, "a", VERSIONS)
    answers.keep(post, "d", VERSIONS, ANSWER)
    assert [bool(answers.find(post, key, VERSIONS)) for key in "abcd"] == [True, False, True, True]


def test_of_no_size_it_keeps_nothing() -> None:
    assert len(kept(0)) == 0
