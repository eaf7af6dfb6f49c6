"""The limits of a key, as a replica counts them by itself."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from serve_app.quotas.answer import Standing
from serve_app.quotas.key_count import KeyCount
from serve_app.quotas.limits import (
    MINUTE_US,
    SECOND_US,
    Cost,
    KeyLimits,
    KeyQuota,
    MonthUse,
    day_of,
    month_of,
)
from serve_app.quotas.local_limiter import LocalLimiter

NOW_US = round(datetime(2026, 5, 31, 23, 59, 0, tzinfo=UTC).timestamp()) * SECOND_US


def taken(limiter: LocalLimiter, quota: KeyQuota, posts: int, now_us: int) -> bool:
    return limiter.take(quota, Cost(posts, 10 * posts), now_us).fits


def quota(used: MonthUse | None = None, **limits: int) -> KeyQuota:
    return KeyQuota(1, uuid4(), KeyLimits(**limits), used or MonthUse())


@pytest.mark.parametrize("per_minute", [1, 7, 60, 999_999, 1_000_000])
def test_a_minute_takes_as_many_posts_as_its_limit_and_not_one_more(per_minute: int) -> None:
    limiter, key = LocalLimiter(), quota(posts_per_minute=per_minute)
    assert not taken(limiter, key, per_minute + 1, NOW_US)
    assert taken(limiter, key, per_minute, NOW_US)
    assert not taken(limiter, key, 1, NOW_US)
    one_us = -(-MINUTE_US // per_minute)
    assert not taken(limiter, key, 1, NOW_US + one_us - 1)
    assert taken(limiter, key, 1, NOW_US + one_us)
    assert not taken(limiter, key, per_minute, NOW_US + MINUTE_US)
    assert taken(limiter, key, per_minute, NOW_US + MINUTE_US + one_us)


def test_months_begin_anew_and_what_postgres_knows_counts() -> None:
    may = month_of(day_of(NOW_US))
    limiter = LocalLimiter()
    key = quota(MonthUse(may, posts=7, characters=70), posts_per_month=10)
    assert not taken(limiter, key, 4, NOW_US)
    assert taken(limiter, key, 3, NOW_US)
    assert not taken(limiter, key, 1, NOW_US + MINUTE_US - 1)
    assert taken(limiter, key, 10, NOW_US + MINUTE_US)
    assert not taken(limiter, key, 1, NOW_US)  # a clock that is behind


def test_characters_have_a_limit_of_their_own() -> None:
    limiter, key = LocalLimiter(), quota(characters_per_month=30)
    assert taken(limiter, key, 2, NOW_US)
    assert not taken(limiter, key, 2, NOW_US)
    assert taken(limiter, key, 1, NOW_US)


def test_a_refused_request_takes_nothing_of_any_limit() -> None:
    limiter, key = LocalLimiter(), quota(posts_per_minute=10, posts_per_month=5)
    assert not taken(limiter, key, 6, NOW_US)
    assert taken(limiter, key, 5, NOW_US)


def test_headers_tell_what_is_left_and_when_all_of_it_is() -> None:
    limits = KeyLimits(60, 1_000, 500)
    standing = Standing(limits, KeyCount(15 * MINUTE_US, NOW_US, 0, 400, 600), True, NOW_US)
    assert dict(standing.headers()) == {
        "RateLimit-Policy": '"minute";q=60;w=60, "month";q=1000, "month-characters";q=500',
        "RateLimit": '"minute";r=45;t=15, "month";r=600;t=60, "month-characters";r=0;t=60',
    }


@pytest.mark.parametrize(
    ("count", "cost", "slug", "words", "retry_after"),
    [
        (KeyCount(50 * MINUTE_US), Cost(20, 1), "rate-limited", "it fits in 10 s", "10"),
        (KeyCount(), Cost(61, 1), "rate-limited", "may send 60 a minute", None),
        (KeyCount(posts=990), Cost(11, 1), "quota-exhausted", "and 10 of the key's 1,000", "60"),
        (KeyCount(), Cost(1_001, 1), "quota-exhausted", "holds 1,001 posts", None),
        (KeyCount(characters=499), Cost(1, 2), "quota-exhausted", "2 characters, and 1 of", "60"),
    ],
)
def test_a_refusal_says_what_is_left_and_when_it_fits(
    count: KeyCount, cost: Cost, slug: str, words: str, retry_after: str | None
) -> None:
    standing = Standing(KeyLimits(60, 1_000, 500), count, False, NOW_US)
    problem = standing.refusal(cost)
    assert problem.type.slug == slug
    assert words in problem.detail
    assert dict(problem.headers).get("Retry-After") == retry_after
    assert ("never fits" in problem.fix) is (retry_after is None)


def test_rows_fit_up_to_the_first_that_does_not() -> None:
    standing = Standing(KeyLimits(5, None, 30), KeyCount(2 * MINUTE_US), False, NOW_US)
    assert standing.fitting([10, 10, 10, 1]) == 3
    assert standing.fitting([1, 1, 1, 1]) == 3
    assert standing.fitting([10, 21, 1]) == 1
    assert standing.fitting([1]) == 1
