"""What the query parameters of trends mean, and which are refused."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from serve_app.errors import InvalidRequest
from serve_app.problems import Problem
from serve_app.trends.buckets import MAX_BUCKETS
from serve_app.trends.parameters import (
    MAX_NUMBERS,
    MAX_SERIES,
    MAX_TERMS,
    RisingParameters,
    TrendParameters,
    rising_query,
    trend_query,
)
from serve_app.trends.trend import Scope, Term, TrendQuery

NOW = datetime(2026, 5, 13, 10, 7, tzinfo=UTC)


def _query(**given: Any) -> TrendQuery:
    return trend_query(TrendParameters(**given), NOW)


def _refused(**given: Any) -> Problem:
    with pytest.raises(InvalidRequest) as refusal:
        _query(**given)
    return refusal.value.problem


def _times(**given: Any) -> tuple[str, str]:
    times = _query(measure="posts", **given).buckets.times()
    return times[0].isoformat(), times[-1].isoformat()


def test_the_range_by_default_ends_with_the_bucket_of_now() -> None:
    assert _times() == ("2026-04-13T00:00:00+00:00", "2026-05-14T00:00:00+00:00")
    assert _times(bucket="hour") == ("2026-05-11T10:00:00+00:00", "2026-05-13T11:00:00+00:00")
    assert _times(bucket="month") == ("2025-05-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00")


@pytest.mark.parametrize(
    "since, first",
    [
        ("2026-05-01", "2026-05-01T00:00:00+02:00"),
        ("2026-05-01T08:00", "2026-05-01T00:00:00+02:00"),
        ("2026-04-30T22:00:00Z", "2026-05-01T00:00:00+02:00"),
        ("2026-05-01T01:00:00+03:00", "2026-05-01T00:00:00+02:00"),
        ("2026-05-01T01:00:00 03:00", "2026-05-01T00:00:00+02:00"),  # a plus sign that was lost
        ("2026-04-30T21:59:59Z", "2026-04-30T00:00:00+02:00"),
    ],
)
def test_a_moment_without_an_offset_is_meant_in_the_time_zone(since: str, first: str) -> None:
    assert _times(tz="Europe/Madrid", since=since)[0] == first


def test_the_first_range_that_posts_can_have() -> None:
    zone = "America/New_York"
    assert _times(since="1990-01-01T00:00Z", until="1990-01-02T05:00Z", tz=zone) == (
        "1989-12-31T00:00:00-05:00", "1990-01-02T00:00:00-05:00",
    )  # fmt: skip


def test_moments_without_posts_are_cut_off() -> None:
    assert _times(bucket="month", since="0001-01-01", until="1990-01-02")[0][:4] == "1990"
    assert _times(until="9999-01-01")[1] == "2027-05-15T00:00:00+00:00"
    far = rising_query(RisingParameters(until="9999-12-31"), NOW).edges[2]
    assert far * 900 - NOW.timestamp() == pytest.approx(366 * 86_400, abs=900)


def test_terms_are_folded_each_once_in_their_order() -> None:
    terms = _query(measure="entities", entity=["Shell ", "shell:ORG", "SHELL", "a:b"]).terms
    assert terms == (
        Term("entities", "shell"), Term("entities", "shell", "ORG"), Term("entities", "a:b"),
    )  # fmt: skip
    assert _query(measure="hashtags", hashtag=["#NewJob"]).terms == (Term("hashtags", "newjob"),)
    assert _query(measure="sentiment", keyword=["Net  Zero"], author="Anna").rule.kind == "keywords"


def test_share_of_names_entities_by_commas_or_one_by_one() -> None:
    once = _query(share_of=["Shell, bp"])
    assert once.measure == "share"
    assert [str(term) for term in once.terms] == ["shell", "bp"]
    many = _query(measure="share", share_of=["Apple, Inc.", "bp:ORG"])
    assert [str(term) for term in many.terms] == ["apple, inc.", "bp:ORG"]


@pytest.mark.parametrize(
    "given, slug, fix",
    [
        ({"measure": "sentimant"}, "unknown-value", "Did you mean 'sentiment'?"),
        ({"measure": "entity"}, "unknown-value", "Did you mean 'entities'?"),
        ({"bucket": "days"}, "unknown-value", "Did you mean 'day'?"),
        ({"bucket": "quarter_hour"}, "unknown-value", "Use one of: hour, day, week, month."),
        ({"tz": "europe/madrid"}, "unknown-value", "Did you mean 'Europe/Madrid'?"),
        ({"tz": "Lisboa"}, "unknown-value", "name of the IANA database"),
        ({"tz": "../etc/passwd"}, "unknown-value", "name of the IANA database"),
        ({"tz": "+02:00"}, "unknown-value", "name of the IANA database"),
        ({"by": "autor"}, "unknown-value", "Did you mean 'author'?"),
        ({"since": "yesterday"}, "unknown-value", "Send it like"),
        ({"until": "1989-12-31"}, "contradictory-filter", "Exchange"),
        ({"since": "9999-12-31T23:59:59-12:00"}, "contradictory-filter", "Exchange"),
        ({"until": "1990-01-01"}, "contradictory-filter", "Exchange"),
        ({"since": "2026-05-02", "until": "2026-05-02"}, "contradictory-filter", "Exchange"),
        ({"author": "a", "tag": "b"}, "contradictory-filter", "Leave one of them out."),
        ({"author": "a", "by": "author"}, "contradictory-filter", "Leave one of them out."),
        ({"measure": "entities", "by": "tag"}, "contradictory-filter", "by 'author' or 'tag'"),
        ({"entity": ["shell"], "by": "tag"}, "contradictory-filter", "by 'author' or 'tag'"),
        ({"entity": ["a"], "keyword": ["b"]}, "contradictory-filter", "of one kind"),
        ({"measure": "tone", "entity": ["a"]}, "contradictory-filter", "measure=posts or"),
        ({"measure": "hashtags", "entity": ["a"]}, "contradictory-filter", "measure=entities"),
        ({"entity": ["a", "b"]}, "contradictory-filter", "measure=entities for a series each"),
        ({"share_of": ["a,b"]}, "contradictory-filter", "Leave 'measure' out"),
        (
            {"measure": "share", "share_of": ["a,b"], "hashtag": ["c"]},
            "contradictory-filter",
            "Leave one of them out.",
        ),
        ({"measure": "share"}, "contradictory-filter", "share_of=shell,bp"),
        ({"measure": "share", "share_of": ["a,,b"]}, "out-of-range", ""),
        ({"entity": [" "]}, "out-of-range", ""),
        ({"hashtag": ["#"]}, "out-of-range", ""),
        ({"author": "a\0"}, "nul-character", ""),
        ({"keyword": ["\0"]}, "nul-character", ""),
    ],
)
def test_what_is_refused(given: dict[str, Any], slug: str, fix: str) -> None:
    problem = _refused(**{"measure": "sentiment", **given})
    assert problem.type.slug == slug
    assert fix in problem.fix


def test_the_limits_at_their_edges() -> None:
    hours = {"bucket": "hour", "since": "2026-01-01"}
    edge = "2026-07-28T08:00"
    assert len(_query(measure="posts", **hours, until=edge).buckets) == MAX_BUCKETS
    problem = _refused(measure="posts", **hours, until=f"{edge}:01")
    assert problem.type.slug == "contradictory-filter"
    assert "5,000 buckets" in problem.detail
    names = [f"n{number}" for number in range(MAX_TERMS)]
    assert len(_query(share_of=[",".join(names)]).terms) == MAX_TERMS
    problem = _refused(share_of=[",".join([*names, "x"])])
    assert problem.type.slug == "out-of-range"
    assert "names 21" in problem.detail
    assert len(_query(share_of=["a,A"]).terms) == 1
    # 57 numbers of emotions in each bucket of each series.
    emotions = {"measure": "emotions", "by": "author", "until": "2026-05-13"}
    buckets = MAX_NUMBERS // 57 // MAX_SERIES
    within = {"since": "2026-01-28", "limit": MAX_SERIES}
    assert len(_query(**emotions, **within).buckets) == buckets
    problem = _refused(**emotions, **{**within, "since": "2026-01-27"})
    assert problem.type.slug == "contradictory-filter"
    assert "300,000" in problem.detail


def test_the_periods_of_rising_terms() -> None:
    query = rising_query(RisingParameters(days=2, tag="launch"), NOW)
    day = 96
    assert query.edges[2] * 900 == datetime(2026, 5, 13, 10, 15, tzinfo=UTC).timestamp()
    assert [b - a for a, b in pairwise(query.edges)] == [2 * day] * 2
    assert query.kinds == ("entities", "hashtags", "keywords")
    assert query.scope == Scope(tag="launch")
    whole = rising_query(RisingParameters(until="2026-05-01", kind=["hashtags"] * 2), NOW)
    assert whole.edges[2] * 900 == datetime(2026, 5, 1, tzinfo=UTC).timestamp()
    assert whole.kinds == ("hashtags",)
    with pytest.raises(InvalidRequest, match="Did you mean 'keywords'"):
        rising_query(RisingParameters(kind=["keyword"]), NOW)
