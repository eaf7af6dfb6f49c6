"""Conditions on posts as callers write them: what is taken, and how the rest is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from serve_app.errors import InvalidRequest
from serve_app.posts.filter_parameters import (
    MAX_QUERY_CHARACTERS,
    MAX_QUERY_WORDS,
    MAX_VALUES,
    FilterParameters,
    post_filter,
)
from serve_app.posts.filters import EmotionAtLeast, EntityName, PostFilter
from serve_app.posts.sorting import parse_sort
from serve_app.problems import Problem

RULE = UUID("0197e7f0-5b2a-7b1c-8d3e-4f5a6b7c8d9e")


def parsed(**parameters: Any) -> PostFilter:
    return post_filter(FilterParameters(**parameters))


def refused(call: Callable[[], object]) -> Problem:
    with pytest.raises(InvalidRequest) as refusal:
        call()
    problem = refusal.value.problem
    assert problem.detail.endswith(".")
    assert problem.fix.endswith(".")
    assert problem.pointer is None  # no pointer leads to a query parameter
    return problem


def test_without_parameters_there_is_no_condition() -> None:
    assert parsed() == PostFilter()
    assert parsed().names == []


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"tag": ["b", "a", "b"]}, PostFilter(tags=("a", "b"))),
        ({"rule": str(RULE).upper()}, PostFilter(rule=str(RULE))),
        ({"keyword": ["  Net   ZERO "]}, PostFilter(keywords=("net zero",))),
        ({"hashtag": ["#NewJob", "＃newjob"]}, PostFilter(hashtags=("newjob",))),
        ({"mention": ["@Anna"]}, PostFilter(mentions=("anna",))),
        ({"host": ["https://www.Example.org:8080/a?b"]}, PostFilter(hosts=("example.org",))),
        ({"host": ["example.org"]}, PostFilter(hosts=("example.org",))),
        ({"entity": ["Shell:ORG"]}, PostFilter(entities=(EntityName("shell", "ORG"),))),
        ({"entity": ["Shell:OUR_2"]}, PostFilter(entities=(EntityName("shell", "OUR_2"),))),
        ({"entity": ["re: invent"]}, PostFilter(entities=(EntityName("re: invent"),))),
        ({"emotion": ["joy>=0.4"]}, PostFilter(emotions=(EmotionAtLeast("joy", 400),))),
        ({"emotion": ["joy >= 0.455"]}, PostFilter(emotions=(EmotionAtLeast("joy", 455),))),
        ({"emotion": ["joy>=1"]}, PostFilter(emotions=(EmotionAtLeast("joy", 1000),))),
        ({"emotion": ["joy>=0.1"]}, PostFilter(emotions=(EmotionAtLeast("joy", 100),))),
        ({"since": "2026-05-01"}, PostFilter(since=datetime(2026, 5, 1, tzinfo=UTC))),
        (
            {"until": "2026-05-01T02:00:00+02:00"},
            PostFilter(until=datetime(2026, 5, 1, tzinfo=UTC)),
        ),
        # In a query string a plus sign is a space.
        (
            {"until": "2026-05-01T02:00:00 02:00"},
            PostFilter(until=datetime(2026, 5, 1, tzinfo=UTC)),
        ),
        ({"since": "1200-01-01"}, PostFilter(since=datetime(1200, 1, 1, tzinfo=UTC))),
        (
            {"until": "9999-12-31T23:59:59-01:00"},
            PostFilter(until=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ),
        ({"mixed": "false"}, PostFilter(mixed=False)),
        ({"language": "und"}, PostFilter(language="und")),
        ({"q": "  net \n zero "}, PostFilter(q="net zero")),
    ],
)
def test_values_are_as_the_index_has_them(parameters: dict[str, Any], expected: PostFilter) -> None:
    assert parsed(**parameters) == expected


@pytest.mark.parametrize(
    ("parameters", "slug", "words"),
    [
        ({"emotion": ["joi>=0.4"]}, "unknown-value", "Did you mean 'joy'"),
        ({"emotion": ["joy"]}, "unknown-value", "joy>=0.4"),
        ({"emotion": ["joy>=0.4567"]}, "unknown-value", "3 decimals"),
        ({"emotion": ["joy>=0.09"]}, "out-of-range", "not told apart"),
        ({"emotion": ["joy>=1.001"]}, "out-of-range", ""),
        ({"sentiment": "Positiv"}, "unknown-value", "Did you mean 'positive'"),
        ({"tone": "gratefull"}, "unknown-value", "Did you mean 'grateful'"),
        ({"state": "done"}, "unknown-value", "pending"),
        ({"rule": "first"}, "unknown-value", "/v1/rules"),
        ({"has": ["entity"]}, "unknown-value", "Did you mean 'entities'"),
        ({"has_not": ["tag"]}, "unknown-value", "Did you mean 'tags'"),
        ({"entity": [" "]}, "out-of-range", ""),
        ({"hashtag": ["#"]}, "out-of-range", ""),
        ({"host": ["https://"]}, "unknown-value", "example.org"),
        ({"host": ["a b"]}, "unknown-value", "example.org"),
        ({"language": "English"}, "unknown-value", "es"),
        ({"since": "yesterday"}, "unknown-value", "RFC 3339"),
        ({"author": "a\0b"}, "nul-character", "author"),
        ({"keyword": ["a\0b"]}, "nul-character", "keyword"),
        ({"q": " "}, "out-of-range", "blank"),
        ({"q": "x " * (MAX_QUERY_WORDS + 1)}, "out-of-range", str(MAX_QUERY_WORDS)),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_do(
    parameters: dict[str, Any], slug: str, words: str
) -> None:
    problem = refused(lambda: parsed(**parameters))
    assert problem.type.slug == slug
    assert words in f"{problem.detail} {problem.fix}"


@pytest.mark.parametrize(
    "parameters",
    [
        {"sentiment_min": 0.5, "sentiment_max": 0.4},
        {"ease_min": 60, "ease_max": 59.5},
        {"since": "2026-05-02", "until": "2026-05-01"},
        {"since": "2026-05-01", "until": "2026-05-01"},
        {"has": ["links"], "has_not": ["links"]},
        {"tag": ["x"], "has_not": ["tags"]},
        {"author": "x", "has_not": ["author"]},
        {"entity": ["x"], "has_not": ["entities"]},
        {"keyword": ["x"], "has_not": ["keywords"]},
        {"hashtag": ["x"], "has_not": ["hashtags"]},
        {"mention": ["x"], "has_not": ["mentions"]},
        {"host": ["x.org"], "has_not": ["links"]},
        {"rule": str(RULE), "has_not": ["corrected"]},
        {"rule": str(RULE), "state": "failed"},
        {"state": "pending", "sentiment": "positive"},
        {"state": "failed", "emotion": ["joy>=0.4"]},
        {"state": "pending", "mixed": False},
        {"state": "pending", "has": ["emoji"]},
        {"state": "pending", "has_not": ["entities"]},
    ],
)
def test_what_no_post_can_meet_is_refused(parameters: dict[str, Any]) -> None:
    problem = refused(lambda: parsed(**parameters))
    assert problem.type.slug == "contradictory-filter"
    assert any(name in problem.detail for name in parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"sentiment_min": 0.4, "sentiment_max": 0.4},
        {"state": "pending", "author": "x", "has": ["author"], "has_not": ["tags"], "q": "x"},
        {"state": "pending", "language": "en"},
        {"has": ["links"], "has_not": ["mentions"]},
        {"emotion": ["joy>=0.4", "joy>=0.6", "anger>=0.2"]},
    ],
)
def test_what_some_post_may_meet_is_taken(parameters: dict[str, Any]) -> None:
    assert parsed(**parameters).names


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("author", 1, 200),
        ("q", 1, MAX_QUERY_CHARACTERS),
    ],
)
def test_limits_of_lengths_at_their_edges(name: str, least: int, most: int) -> None:
    for length in (least, most):
        assert parsed(**{name: "x" * length}).names == [name]
    for length in (least - 1, most + 1):
        with pytest.raises(ValidationError):
            FilterParameters(**{name: "x" * length})


@pytest.mark.parametrize(
    ("name", "most"),
    [("tag", 60), ("keyword", 200), ("hashtag", 200), ("mention", 200), ("entity", 233)],
)
def test_limits_of_repeated_values_at_their_edges(name: str, most: int) -> None:
    assert parsed(**{name: ["x" * most]}).names == [name]
    assert parsed(**{name: [f"x{number}" for number in range(MAX_VALUES)]}).names == [name]
    for values in ([""], ["x" * (most + 1)], ["x"] * (MAX_VALUES + 1)):
        with pytest.raises(ValidationError):
            FilterParameters(**{name: values})


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("sentiment_min", -1, 1),
        ("sentiment_max", -1, 1),
        ("ease_min", 0, 100),
        ("ease_max", 0, 100),
    ],
)
def test_limits_of_numbers_at_their_edges(name: str, low: float, high: float) -> None:
    for value in (low, high):
        assert getattr(parsed(**{name: value}), name) == value
    for value in (low - 0.001, high + 0.001, float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            FilterParameters(**{name: value})


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ValidationError):
        FilterParameters(**{"tags": ["x"]})


class TestSorts:
    @pytest.mark.parametrize(
        "name", ["time", "-time", "sentiment", "-ease", "words", "-formality", "-emotion:joy"]
    )
    def test_known_ones(self, name: str) -> None:
        assert parse_sort(name, PostFilter()).name == name

    def test_the_default_is_relevance_where_there_are_words(self) -> None:
        assert parse_sort(None, PostFilter()).name == "-time"
        assert parse_sort(None, PostFilter(q="x")).name == "relevance"
        assert parse_sort("-time", PostFilter(q="x")).name == "-time"

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("-relevance", "Did you mean 'relevance'"),
            ("sentimant", "Did you mean 'sentiment'"),
            ("emotion:joy", "-time"),
            ("-emotion:joi", "Did you mean 'joy'"),
            ("id", "-time"),
        ],
    )
    def test_unknown_ones(self, name: str, words: str) -> None:
        problem = refused(lambda: parse_sort(name, PostFilter(q="x")))
        assert problem.type.slug == "unknown-value"
        assert words in problem.fix

    def test_relevance_needs_words(self) -> None:
        problem = refused(lambda: parse_sort("relevance", PostFilter()))
        assert problem.type.slug == "contradictory-filter"

    @pytest.mark.parametrize("name", ["-sentiment", "words", "-emotion:joy"])
    def test_a_score_needs_an_analysis(self, name: str) -> None:
        problem = refused(lambda: parse_sort(name, PostFilter(state="pending")))
        assert problem.type.slug == "contradictory-filter"
        assert parse_sort(name, PostFilter(state="analysed"))
