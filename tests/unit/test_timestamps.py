"""Times as exports write them, and what is no time for certain."""

import contextlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serve_app.files.timestamps import DATE_ORDERS, NoTime, parse_time

MOMENT = datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    "value",
    [
        "2018-10-10T20:19:24Z",
        "2018-10-10T22:19:24.000000+02:00",
        "20181010T201924Z",
        "2018-10-10 20:19:24",
        " 2018-10-10 20:19:24 UTC\t",
        "2018-10-10 20:19:24 +0000",
        "Wed Oct 10 20:19:24 +0000 2018",
        "Wed Oct 10 22:19:24 +0200 2018",
        "Wed, 10 Oct 2018 20:19:24 GMT",
        "10 Oct 2018 15:49:24 -0430",
        "1539202764",
        "1539202764000",
        "1539202764.0",
        1539202764,
        1539202764000,
        1539202764.0,
        Decimal("1539202764"),
    ],
)
def test_one_moment_in_many_forms(value: Any) -> None:
    assert parse_time(value) == MOMENT
    assert parse_time(value).tzinfo is UTC


def test_without_a_zone_or_a_clock_it_is_utc() -> None:
    assert parse_time("2018-10-10") == datetime(2018, 10, 10, tzinfo=UTC)
    assert parse_time("20181010") == datetime(2018, 10, 10, tzinfo=UTC)
    assert parse_time("2018-10-10T20:19:24.25") == MOMENT + timedelta(milliseconds=250)


@pytest.mark.parametrize("sign", "/.-")
def test_three_numbers_are_a_date_once_somebody_says_which_is_the_month(sign: str) -> None:
    value = f"05{sign}06{sign}2024 9:12:13 PM"
    assert parse_time(value, "mdy") == datetime(2024, 5, 6, 21, 12, 13, tzinfo=UTC)
    assert parse_time(value, "dmy") == datetime(2024, 6, 5, 21, 12, 13, tzinfo=UTC)
    with pytest.raises(NoTime, match="which of its numbers is the month"):
        parse_time(value)


def test_noon_and_midnight_of_half_days() -> None:
    assert parse_time("5/6/2024, 12:00 a.m.", "mdy").hour == 0
    assert parse_time("5/6/2024 12:00 PM", "mdy").hour == 12
    for hour in (0, 13):
        with pytest.raises(NoTime):
            parse_time(f"5/6/2024 {hour}:00 PM", "mdy")


@pytest.mark.parametrize(
    "value",
    [
        "", "now", "2018", "2018-10", "2018-13-01", "10 Okt 2018 20:19", "1234",
        "Wed Oct 32 20:19:24 +0000 2018", "Wed Oct 10 20:19:24 +9900 2018", "05/06/24",
        "0001-01-01T00:00:00+10:00", "31/31/2024", "9" * 5_000, True, None, [], {"$date": 1},
        float("nan"), float("inf"), 1e300, 10**400, Decimal("1e999"), "1\u0669" * 8,
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(value: Any) -> None:
    for order in (None, *DATE_ORDERS):
        with pytest.raises(NoTime):
            parse_time(value, order)


@given(moments)
def test_whatever_is_written_is_read_as_itself(moment: datetime) -> None:
    seconds = moment.replace(microsecond=0)
    assert parse_time(moment.isoformat()) == moment
    assert parse_time(format_datetime(seconds)) == seconds
    assert parse_time(seconds.strftime("%a %b %d %H:%M:%S +0000 %Y")) == seconds
    assert parse_time(int(seconds.timestamp())) == seconds
    if seconds.timestamp() >= 10**8:  # of fewer digits a string is none
        assert parse_time(str(int(seconds.timestamp() * 1000))) == seconds


@given(st.text("0123456789:/.-+ TZAPMWedOct", max_size=30) | st.text(max_size=40))
def test_whatever_is_no_time_is_refused_and_nothing_else_happens(text: str) -> None:
    for order in (None, *DATE_ORDERS):
        with contextlib.suppress(NoTime):
            assert parse_time(text, order).tzinfo is UTC
