"""Conditions as one query of the index of terms."""

from datetime import UTC, datetime

import pytest

from serve_app.errors import InvalidRequest
from serve_app.posts.filters import EmotionAtLeast, EntityName, PostFilter
from serve_app.posts.search_query import (
    ParsedWords,
    days_query,
    rank_query,
    search_query,
)
from serve_app.posts.terms import PLAIN_TEXT_SEARCH, TEXT_SEARCH

CONFIGURATIONS = (*TEXT_SEARCH.values(), PLAIN_TEXT_SEARCH)


def readings(default: str, **others: str) -> dict[str, ParsedWords]:
    """What each configuration makes of some words; what begins with ! names none."""
    queries = dict.fromkeys(CONFIGURATIONS, default) | others
    return {
        configuration: ParsedWords(query, "" if query.startswith("!") else query)
        for configuration, query in queries.items()
    }


def test_without_conditions_there_is_no_query() -> None:
    assert search_query(PostFilter(), {}) is None
    assert search_query(PostFilter(author="anna", sentiment_min=0.5, state="failed"), {}) is None


@pytest.mark.parametrize(
    ("filter", "query"),
    [
        (PostFilter(tags=("it's", "a\\b")), r"'g:it''s' & 'g:a\\b'"),
        (PostFilter(language="en", sentiment="positive"), "'l:en' & 's:positive'"),
        (PostFilter(mixed=True, tone="critical"), "'t:critical' & 'x:mixed'"),
        (
            PostFilter(mixed=False),
            "('s:positive' | 's:neutral' | 's:negative') & !'x:mixed'",
        ),
        (PostFilter(emotions=(EmotionAtLeast("joy", 850),)), "('m:joy:8' | 'm:joy:9')"),
        (PostFilter(emotions=(EmotionAtLeast("joy", 1000),)), "('m:joy:9')"),
        (PostFilter(entities=(EntityName("net zero", "ORG"),)), "'e:net zero:ORG'"),
        (
            PostFilter(keywords=("a",), hashtags=("b",), mentions=("c",), hosts=("d.org",)),
            "'k:a' & '#:b' & '@:c' & 'h:d.org'",
        ),
        (PostFilter(has=("links",), has_not=("tags",)), "'has:links' & 'n:tags'"),
    ],
)
def test_each_condition_is_a_term(filter: PostFilter, query: str) -> None:
    assert search_query(filter, {}) == query


class TestWords:
    def test_what_all_languages_read_alike_is_asked_for_once(self) -> None:
        assert search_query(PostFilter(q="x"), readings("'x'")) == "((('x')))"

    def test_another_reading_is_for_the_posts_of_its_language(self) -> None:
        words = readings("'goals'", english="'goal'", german="'goal'")
        assert search_query(PostFilter(q="goals"), words) == (
            "((('l:en' | 'l:de') & ('goal')) | (!'l:en' & !'l:de' & ('goals')))"
        )

    def test_a_language_that_passes_over_all_words_has_no_posts(self) -> None:
        words = readings("'die'", german="")
        assert search_query(PostFilter(q="die"), words) == "((!'l:de' & ('die')))"

    def test_of_a_filter_for_a_language_only_its_reading_counts(self) -> None:
        words = readings("'goals'", english="'goal'")
        assert search_query(PostFilter(q="x", language="en"), words) == "'l:en' & ('goal')"
        assert search_query(PostFilter(q="x", language="pl"), words) == "'l:pl' & ('goals')"

    def test_only_to_leave_out_takes_another_condition(self) -> None:
        words = readings("!'die'", german="")
        with pytest.raises(InvalidRequest, match="names no word"):
            search_query(PostFilter(q="-die"), words)
        query = search_query(PostFilter(q="-die", tags=("a",)), words)
        assert query == "'g:a' & ((!'l:de' & (!'die')) | (('l:de')))"

    def test_the_rank_goes_by_every_reading_once(self) -> None:
        words = readings("'goals'", english="'goal'", german="")
        assert rank_query(PostFilter(q="goals"), words) == "('goal' | 'goals')"


@pytest.mark.parametrize(
    ("first", "last", "query"),
    [
        ((2026, 2, 28, 23), (2026, 3, 1, 1), "('d:20260228' | 'd:20260301')"),
        ((2026, 3, 1, 0), (2026, 3, 1, 0), "('d:20260301')"),
        ((2025, 12, 20, 0), (2026, 1, 5, 0), "('d:202512':* | 'd:202601':*)"),
    ],
)
def test_days_are_looked_for_one_by_one_or_by_their_months(
    first: tuple[int, int, int, int], last: tuple[int, int, int, int], query: str
) -> None:
    assert days_query(datetime(*first, tzinfo=UTC), datetime(*last, tzinfo=UTC)) == query
