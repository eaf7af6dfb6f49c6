"""What rules read of trends is what the posts themselves say."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from serve_app.alerts.calibration import HourSpan
from serve_app.alerts.definition import AlertScope
from serve_app.alerts.hourly import Array, Hourly, hour_of
from serve_app.alerts.measures import MEASURES
from serve_app.alerts.trend_totals import TrendTotals
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts

_WORKSPACE = 1
_SINCE = datetime(2026, 5, 1, tzinfo=UTC)
_HOURS = 48
_SPAN = HourSpan(hour_of(_SINCE), hour_of(_SINCE) + _HOURS)


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[KeptPosts]:
    choose = random.Random(1)
    posts = [
        {
            "text": f"{choose.choice(('Sorry', 'Thank you', 'Hello'))}, Berlin {number} "
            f"{choose.choice(('', '#hiring'))}",
            "author": choose.choice(("anna", "ben")),
            "tags": choose.choice(([], ["launch"])),
            "published_at": (_SINCE + timedelta(hours=choose.uniform(-3, _HOURS + 3))).isoformat(),
        }
        for number in range(150)
    ]
    async with empty_database(database_url) as url, kept_posts(url) as kept:
        answer = await kept.client.post("/v1/posts", json={"posts": posts})
        assert {item["status"] for item in answer.json()["items"]} == {201}
        yield kept


async def _totals(kept: KeptPosts, value: str, condition: str) -> Array:
    """Count, sum and squares of each hour, counted from the table of posts."""
    totals = np.zeros((3, _HOURS))
    async with kept.rooms.database.transaction(_WORKSPACE) as connection:
        rows = await connection.fetch(
            f"SELECT date_trunc('hour', published_at, 'UTC') AS hour, {value} AS value FROM posts "
            f"WHERE workspace = $1 AND {condition}",
            _WORKSPACE,
        )
    for row in rows:
        hour = hour_of(row["hour"]) - _SPAN.start
        if 0 <= hour < _HOURS and row["value"] is not None:
            each = float(row["value"])
            totals[:, hour] += (1, each, each**2)
    return totals


_VALUES = {
    "count": "1",
    "mean_sentiment": "sentiment",
    "negative_share": "('s:negative' = ANY (tsvector_to_array(search)))::int",
    "positive_share": "('s:positive' = ANY (tsvector_to_array(search)))::int",
    "mean_ease": "ease",
    "mean_words": "words",
}
_CONDITIONS = {
    AlertScope(): "true",
    AlertScope(author="anna"): "author = 'anna'",
    AlertScope(tag="launch"): "'launch' = ANY (tags)",
    AlertScope(hashtag="Hiring"): "'#:hiring' = ANY (tsvector_to_array(search))",
}


async def test_totals_are_those_of_the_posts(kept: KeptPosts) -> None:
    for measure, value in _VALUES.items():
        for scope, condition in _CONDITIONS.items():
            if MEASURES[measure].of_terms or not scope.has_term:
                read = await _read(kept, measure, scope)
                expected = await _totals(kept, value, condition)
                assert read.start == _SPAN.start
                assert read.count.tolist() == expected[0].tolist(), (measure, scope)
                assert read.count.sum() > 10
                np.testing.assert_allclose(read.total, expected[1], atol=0.01)
                np.testing.assert_allclose(read.squares, expected[2], rtol=0.01, atol=0.01)


async def test_every_measure_can_be_read(kept: KeptPosts) -> None:
    terms = (AlertScope(entity="berlin:LOC"), AlertScope(keyword="berlin"))
    for measure, rule in MEASURES.items():
        for scope in (AlertScope(), *(terms if rule.of_terms else ())):
            assert len(await _read(kept, measure, scope)) == _HOURS


async def _read(kept: KeptPosts, measure: str, scope: AlertScope) -> Hourly:
    async with kept.rooms.database.transaction(_WORKSPACE) as connection:
        return await TrendTotals().read(connection, _WORKSPACE, measure, scope, _SPAN)
