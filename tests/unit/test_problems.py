"""The table of problems, and the one shape of a refusal."""

import pickle

import orjson
import pytest

from serve_app.errors import InvalidRequest
from serve_app.problems import PROBLEM_TYPES, ProblemType, pointer_to, problem, quote

MEMBERS = {"type", "title", "status", "detail", "pointer", "fix", "request_id"}


@pytest.mark.parametrize("kind", PROBLEM_TYPES.values(), ids=lambda kind: kind.slug)
def test_every_kind_says_what_and_how_to_fix_it(kind: ProblemType) -> None:
    assert kind.uri == f"/problems/{kind.slug}"
    assert 400 <= kind.status <= 599
    assert kind.fix.endswith(".")
    assert kind.example.endswith(".")
    assert not kind.title.endswith(".")


def test_titles_tell_the_kinds_apart() -> None:
    assert len({kind.title for kind in PROBLEM_TYPES.values()}) == len(PROBLEM_TYPES)


def test_the_shape() -> None:
    answer = problem("blank-text", "The text is empty.", pointer="/text").as_dict("r1")
    assert answer.keys() == MEMBERS
    assert answer["type"] == "/problems/blank-text"
    assert answer["status"] == 422
    assert answer["fix"] == PROBLEM_TYPES["blank-text"].fix
    assert answer["request_id"] == "r1"


def test_lone_surrogates_of_the_caller_cannot_break_the_answer() -> None:
    answer = problem("unknown-field", "'\ud800' is no field.", pointer="/\udfff").as_dict(None)
    assert orjson.loads(orjson.dumps(answer))["detail"] == "'\\ud800' is no field."


def test_a_problem_moves_with_the_body_it_is_in() -> None:
    inner = problem("wrong-type", "No.", pointer="/text")
    assert inner.with_prefix("/posts/3").pointer == "/posts/3/text"
    assert problem("wrong-type", "No.", pointer="").with_prefix("/posts/3").pointer == "/posts/3"


def test_pointer_steps_are_escaped_as_rfc_6901_says() -> None:
    assert pointer_to("a/b~c") == "/a~1b~0c"


def test_long_words_of_the_caller_are_shortened() -> None:
    assert quote("abc") == "'abc'"
    assert len(quote("x" * 10_000)) < 70


def test_a_refusal_can_be_sent_between_replicas() -> None:
    refusal = InvalidRequest(problem("blank-text", "The text is empty.", pointer="/text"))
    copy = pickle.loads(pickle.dumps(refusal))
    assert copy.problem == refusal.problem
    assert str(copy) == (
        "The text is empty. (at /text) "
        "Send a text with at least one visible character, or leave the post out."
    )
