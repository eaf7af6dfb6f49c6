"""Stretches of time in time zones, whatever their clocks do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.trends.buckets import BUCKETS, MAX_BUCKETS, TooManyBuckets, buckets


def _starts(bucket: str, zone: str, since: str, until: str) -> list[str]:
    moments = (
        datetime.fromisoformat(each).replace(tzinfo=ZoneInfo(zone)) for each in (since, until)
    )
    return [time.isoformat() for time in buckets(bucket, ZoneInfo(zone), *moments).times()]


@pytest.mark.parametrize(
    "bucket, zone, since, until, starts",
    [
        (
            "day", "UTC", "2026-02-27T12:00", "2026-03-01T00:00",
            ["2026-02-27T00:00:00+00:00", "2026-02-28T00:00:00+00:00", "2026-03-01T00:00:00+00:00"],
        ),
        (  # the day on which summer time begins has 23 hours
            "day", "Europe/Madrid", "2026-03-29T05:00", "2026-03-29T05:01",
            ["2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"],
        ),
        (  # weeks begin on Monday, also across a year's end
            "week", "Europe/Madrid", "2027-01-01", "2027-01-04T00:01",
            ["2026-12-28T00:00:00+01:00", "2027-01-04T00:00:00+01:00", "2027-01-11T00:00:00+01:00"],
        ),
        (
            "month", "Asia/Kolkata", "2026-01-31", "2026-02-01T00:01",
            ["2026-01-01T00:00:00+05:30", "2026-02-01T00:00:00+05:30", "2026-03-01T00:00:00+05:30"],
        ),
        (  # hours begin at minute 0 of that zone's clocks
            "hour", "Asia/Kathmandu", "2026-01-01T10:30", "2026-01-01T11:01",
            ["2026-01-01T10:00:00+05:45", "2026-01-01T11:00:00+05:45", "2026-01-01T12:00:00+05:45"],
        ),
        (  # clocks go back by half an hour: the hour from one o'clock lasts longer
            "hour", "Australia/Lord_Howe", "2026-04-05T00:30", "2026-04-05T02:30",
            [
                "2026-04-05T00:00:00+11:00", "2026-04-05T01:00:00+11:00",
                "2026-04-05T02:00:00+10:30", "2026-04-05T03:00:00+10:30",
            ],
        ),
        (  # midnight is skipped: the day begins at one o'clock
            "day", "Africa/Cairo", "2026-04-24T12:00", "2026-04-25T00:00",
            ["2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"],
        ),
        (  # a whole day is skipped: it is no bucket
            "day", "Pacific/Apia", "2011-12-29T12:00", "2011-12-31T12:00",
            ["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"],
        ),
    ],
)  # fmt: skip
def test_where_buckets_begin(
    bucket: str, zone: str, since: str, until: str, starts: list[str]
) -> None:
    assert _starts(bucket, zone, since, until) == starts


def test_every_zone_is_a_whole_number_of_quarters_of_an_hour_ahead_since_1990() -> None:
    first = datetime(1990, 1, 1, tzinfo=UTC)
    for name in available_timezones():
        zone = ZoneInfo(name)
        for month in range(12 * 38):
            time = (first + timedelta(days=30.5 * month)).astimezone(zone)
            offset = time.utcoffset()
            assert offset is not None
            assert offset.total_seconds() % 900 == 0, (name, time)


@given(
    bucket=st.sampled_from(BUCKETS),
    zone=st.sampled_from(sorted(available_timezones())),
    since=st.datetimes(datetime(1990, 1, 2), datetime(2030, 1, 1), timezones=st.just(UTC)),
    minutes=st.integers(1, 60_000),
)
def test_buckets_cover_the_range_and_no_more(
    bucket: str, zone: str, since: datetime, minutes: int
) -> None:
    until = since + timedelta(minutes=minutes)
    made = buckets(bucket, ZoneInfo(zone), since, until)
    times = made.times()
    assert list(made.edges) == sorted(set(made.edges))
    assert times[0] <= since < times[1]
    assert times[-2] < until <= times[-1]
    if bucket != "hour":
        assert len({(each.year, each.month, each.day) for each in times}) == len(times)


def test_the_limit_of_buckets() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert len(buckets("hour", UTC, since, since + timedelta(hours=MAX_BUCKETS))) == MAX_BUCKETS
    with pytest.raises(TooManyBuckets):
        buckets("hour", UTC, since, since + timedelta(hours=MAX_BUCKETS, seconds=1))
    with pytest.raises(TooManyBuckets):  # at once, not one by one
        buckets("hour", UTC, since, datetime(9999, 1, 1, tzinfo=UTC))
