"""What is taken for a post or a batch, and how exactly the rest is refused."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deployments.results import ANALYSES
from serve_app.errors import InvalidRequest
from serve_app.problems import Problem
from serve_app.request.batch import MAX_POSTS, InvalidPost, encode_batch, encode_items, parse_batch
from serve_app.request.post import MAX_CHARACTERS, PostRequest, parse_post


def refusal(body: Any) -> Problem:
    with pytest.raises(InvalidRequest) as caught:
        parse_post(body)
    return caught.value.problem


def refused(body: Any) -> tuple[str, str | None]:
    problem = refusal(body)
    return problem.type.slug, problem.pointer


def test_the_defaults() -> None:
    assert parse_post(b'{"text":"Hi"}') == PostRequest("Hi", None, ANALYSES, "codepoint", 10, None)


def test_bodies_and_dicts_are_read_alike() -> None:
    body = {
        "text": "Hi", "id": "a", "analyses": ["tone", "sentiment"], "offsets": "utf16",
        "top_n": 50, "timeout_ms": 600_000,
    }  # fmt: skip
    expected = PostRequest("Hi", "a", ("sentiment", "tone"), "utf16", 50, 600_000)
    assert parse_post(body) == parse_post(orjson.dumps(body)) == expected


@given(st.text(min_size=1).map(lambda text: text.replace("\0", "") + "x"))
@example("👩‍👩‍👧 e\u0301 \r\n 𝗯𝗼𝗹𝗱 ")
def test_text_is_taken_exactly_as_sent(text: str) -> None:
    assert parse_post(json.dumps({"text": text}).encode()).text == text
    assert parse_post(orjson.dumps({"text": text})).text == text


def test_a_text_at_the_limit_is_taken_and_one_more_is_not() -> None:
    assert len(parse_post({"text": "é" * MAX_CHARACTERS}).text) == MAX_CHARACTERS
    problem = refusal({"text": "é" * (MAX_CHARACTERS + 1)})
    assert problem.type.slug == "text-too-long"
    assert "20,001" in problem.detail
    assert "20,000" in problem.detail


@pytest.mark.parametrize(
    "text",
    ["", " ", "\r\n\t", "\u200b", "\ufeff \u2060", "\u3164", "\u2800", "\ufe0f", "\u00ad\u034f"],
)
def test_texts_that_show_nothing_are_blank(text: str) -> None:
    assert refused({"text": text}) == ("blank-text", "/text")


@pytest.mark.parametrize("text", [".", "🎉", "\u200b1", "  - ", "漢"])
def test_one_visible_character_is_enough(text: str) -> None:
    assert parse_post({"text": text}).text == text


@pytest.mark.parametrize(
    ("body", "slug", "pointer"),
    [
        ({}, "missing-field", ""),
        ([], "wrong-type", ""),
        ("text", "wrong-type", ""),
        (None, "wrong-type", ""),
        ({"text": None}, "wrong-type", "/text"),
        ({"text": 5}, "wrong-type", "/text"),
        ({"text": "a\0b"}, "nul-character", "/text"),
        ({"text": "a\ud83d"}, "lone-surrogate", "/text"),
        ({"text": "a", "id": 5}, "wrong-type", "/id"),
        ({"text": "a", "id": "\udc00"}, "lone-surrogate", "/id"),
        ({"text": "a", "id": "x" * 201}, "out-of-range", "/id"),
        ({"text": "a", "top_n": "5"}, "wrong-type", "/top_n"),
        ({"text": "a", "top_n": True}, "wrong-type", "/top_n"),
        ({"text": "a", "top_n": 5.5}, "wrong-type", "/top_n"),
        ({"text": "a", "top_n": float("inf")}, "wrong-type", "/top_n"),
        ({"text": "a", "top_n": 50.5}, "wrong-type", "/top_n"),
        ({"text": "a", "top_n": 51.0}, "out-of-range", "/top_n"),
        ({"text": "a", "timeout_ms": 1e300}, "out-of-range", "/timeout_ms"),
        ({"text": "a", "top_n": None}, "wrong-type", "/top_n"),
        ({"text": "a", "top_n": 0}, "out-of-range", "/top_n"),
        ({"text": "a", "top_n": 51}, "out-of-range", "/top_n"),
        ({"text": "a", "timeout_ms": 0}, "out-of-range", "/timeout_ms"),
        ({"text": "a", "timeout_ms": 10**5000}, "out-of-range", "/timeout_ms"),
        ({"text": "a", "offsets": "utf32"}, "unknown-value", "/offsets"),
        ({"text": "a", "offsets": ["utf8"]}, "wrong-type", "/offsets"),
        ({"text": "a", "analyses": "tone"}, "wrong-type", "/analyses"),
        ({"text": "a", "analyses": []}, "empty-list", "/analyses"),
        ({"text": "a", "analyses": ["tone", 5]}, "wrong-type", "/analyses/1"),
        ({"text": "a", "analyses": ["tone", "mood"]}, "unknown-analysis", "/analyses/1"),
        ({"text": "a", "analyses": ["tone", "tone"]}, "duplicate-analysis", "/analyses/0"),
        ({"text": "a", "a/b": 1}, "unknown-field", "/a~1b"),
        ({"text": "a", 5: 1}, "unknown-field", "/5"),
    ],
)
def test_what_is_refused_and_where(body: Any, slug: str, pointer: str) -> None:
    assert refused(body) == (slug, pointer)


@pytest.mark.parametrize("body", [b'{"text":"A","top_n":7.0}', b'{"text":"A","top_n":0.7E1}'])
def test_an_integer_may_be_written_with_a_fraction_of_zero(body: bytes) -> None:
    assert parse_post(body).top_n == 7
    assert isinstance(parse_post(body).top_n, int)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"text":"A","text":"B"}', "/text"),
        (b'{"text":"A","text":"A"}', "/text"),
        (b'{"text" : "A", "top_n":3 ,"te\\u0078t"\n:"B"}', "/text"),
        (b'{"text":"A: b","id":"c:d","top_n":1,"top_n":2}', "/top_n"),
        (b'{"text":"A \\u003a","id":"1","id":"2"}', "/id"),
        (b'{"text":"\\":\\":","text":"B"}', "/text"),
        (b'{"text":"\\ud800","text":"B"}', "/text"),
        (b'{"mood:x":1,"mood:x":1,"text":"A"}', "/mood:x"),
        (b'{"":1,"":1}', "/"),
    ],
)
def test_a_field_that_stands_twice_is_refused_by_name(body: bytes, pointer: str) -> None:
    assert refused(body) == ("repeated-field", pointer)


@pytest.mark.parametrize(
    "text",
    ["A: b", '":":"', "a :\t: b", r"\u003a", "\\", '\\":', "https://a.example:80/", "::"],
)
def test_colons_in_a_text_are_no_fields(text: str) -> None:
    for body in (json.dumps({"text": text}), json.dumps({"text": text}, indent=2)):
        assert parse_post(body.encode()).text == text


def test_in_a_batch_only_the_post_with_a_field_twice_is_refused() -> None:
    body = b'{"posts":[{"text":"A: a"},{"id":"b","text":"B","text":"C"},{"text":"D"}],"top_n":2}'
    first, second, third = parse_batch(body)
    assert isinstance(second, InvalidPost)
    assert (second.id, second.problem.type.slug) == ("b", "repeated-field")
    assert second.problem.pointer == "/posts/1/text"
    assert (first, third) == (PostRequest("A: a", top_n=2), PostRequest("D", top_n=2))


def test_a_batch_with_a_field_twice_is_refused_as_a_whole() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_batch(b'{"posts":[{"text":"A"}],"posts":[{"text":"B"}]}')
    assert caught.value.problem.pointer == "/posts"


@given(
    st.lists(st.tuples(st.sampled_from(["text", "id", "top_n", "a:b"]), st.text(), st.booleans()))
)
@example([("text", ":", False), ("text", "::", True)])
def test_a_repeated_name_is_never_overlooked(members: list[tuple[str, str, bool]]) -> None:
    parts = [f"{json.dumps(n)} : {json.dumps(v, ensure_ascii=a)}" for n, v, a in members]
    body = ("{" + ",".join(parts) + "}").encode("utf-8", "surrogatepass")
    names = [name for name, _, _ in members]
    repeated = len(set(names)) < len(names)
    slug = ""
    try:
        parse_post(body)
    except InvalidRequest as error:
        slug = error.problem.type.slug
    assert (slug == "repeated-field") == repeated


def test_a_misspelt_field_or_analysis_is_recognised() -> None:
    assert "'analyses'" in refusal({"text": "a", "analysis": []}).fix
    problem = refusal({"text": "a", "analyses": ["sentimant"]})
    assert "Did you mean 'sentiment'?" in problem.fix
    assert all(name in problem.fix for name in ANALYSES)


@pytest.mark.parametrize(
    ("body", "slug", "says"),
    [
        (b"", "not-json", "empty"),
        (b"not json", "not-json", "line 1, column 1"),
        (b'{"text":\n "a"; }', "not-json", "line 2, column 5"),
        (b'{"text":"a"} x', "not-json", "column 14"),
        (b'{"top_n":NaN}', "not-json", "column 10"),
        (b"[" * 5000, "not-json", "depth"),
        (b'{"text":"a\xffb"}', "invalid-utf8", "Byte 10 of the body (0xff)"),
        (b'{"text":"\xed\xa0\x80"}', "invalid-utf8", "Byte 9"),
        (b'{"text":"ab\\ud83d"}', "lone-surrogate", "Character 2 is the lone surrogate U+D83D"),
        (b'{"text":"\\ude00"}', "lone-surrogate", "U+DE00"),
        (b'{"text":"a\\u0000"}', "nul-character", "Character 1"),
        (b'{"text":"\\ud800", "top_n":NaN}', "not-json", "NaN"),
        (b'{"text":"\\ud800", "top_n":' + b"9" * 5000 + b"}", "not-json", "digits"),
        (b'{"text":"\\ud800", "a":' + b"[" * 5000, "not-json", ""),
        (b'{"text":"\\ud800"', "not-json", ""),
    ],
)
def test_a_body_that_cannot_be_read_says_where(body: bytes, slug: str, says: str) -> None:
    problem = refusal(body)
    assert problem.type.slug == slug
    assert says in problem.detail


@given(st.binary() | st.text().map(str.encode))
@example(b'{"text":"\\ud800","\\udfff":1}')
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        assert isinstance(parse_post(body), PostRequest)
    except InvalidRequest as error:
        orjson.dumps(error.problem.as_dict(None))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
fields = st.sampled_from(["text", "id", "analyses", "offsets", "top_n", "timeout_ms", "posts"])


@given(st.dictionaries(fields, json_values))
def test_any_json_is_read_or_refused(body: dict[str, object]) -> None:
    for parse in (parse_post, parse_batch):
        try:
            parse(body)
        except InvalidRequest as error:
            orjson.dumps(error.problem.as_dict(None))


def test_a_bad_post_is_refused_in_its_place_alone() -> None:
    valid, blank, number, surrogate = parse_batch(
        b'{"posts":[{"id":"a","text":"A"},{"id":"b","text":" "},5,{"id":"d","text":"\\ud800"}]}'
    )
    assert valid == PostRequest("A", "a")
    assert isinstance(blank, InvalidPost)
    assert isinstance(number, InvalidPost)
    assert isinstance(surrogate, InvalidPost)
    assert (blank.id, blank.problem.pointer) == ("b", "/posts/1/text")
    assert (number.id, number.problem.pointer) == (None, "/posts/2")
    assert (surrogate.id, surrogate.problem.type.slug) == ("d", "lone-surrogate")


def test_options_of_the_batch_hold_where_a_post_says_nothing_else() -> None:
    batch = {
        "analyses": ["tone"], "offsets": "utf8", "top_n": 3, "timeout_ms": 50,
        "posts": [{"text": "A"}, {"text": "B", "top_n": 4, "timeout_ms": None}],
    }  # fmt: skip
    first, second = parse_batch(batch)
    assert first == PostRequest("A", None, ("tone",), "utf8", 3, 50)
    assert second == PostRequest("B", None, ("tone",), "utf8", 4, None)


@pytest.mark.parametrize(
    ("batch", "slug", "pointer"),
    [
        ({}, "missing-field", ""),
        ({"posts": []}, "empty-list", "/posts"),
        ({"posts": {}}, "wrong-type", "/posts"),
        ({"posts": [{}] * (MAX_POSTS + 1)}, "batch-too-large", "/posts"),
        ({"posts": [{"text": "A"}], "top_n": 0}, "out-of-range", "/top_n"),
        ({"posts": [{"text": "A"}], "text": "A"}, "unknown-field", "/text"),
    ],
)
def test_a_batch_that_is_none_is_refused_as_a_whole(
    batch: dict[str, object], slug: str, pointer: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_batch(batch)
    assert (caught.value.problem.type.slug, caught.value.problem.pointer) == (slug, pointer)


def test_a_full_batch_is_taken() -> None:
    assert len(parse_batch({"posts": [{"text": "A"}] * MAX_POSTS})) == MAX_POSTS


def test_an_id_that_cannot_be_given_back_is_left_out() -> None:
    [item] = parse_batch({"posts": [{"id": "\ud800", "text": "A"}]})
    assert isinstance(item, InvalidPost)
    assert item.id is None


def test_items_are_answered_in_the_order_of_the_posts() -> None:
    items = parse_batch(
        {"posts": [{"id": "a", "text": "A"}, {"id": "b"}, {"id": "c", "text": "C"}]}
    )
    answers = [b'{"n":1}', b'{"n":2}']
    content = orjson.loads(encode_batch(items, answers, request_id="r"))["items"]
    assert [item["id"] for item in content] == ["a", "b", "c"]
    assert [item["status"] for item in content] == ["ok", "error", "ok"]
    assert content[2]["result"] == {"n": 2}
    assert content[1]["error"]["request_id"] == "r"
    assert [orjson.loads(item) for item in encode_items(items, answers, request_id="r")] == content
