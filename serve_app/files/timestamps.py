"""Times as exports write them, as instants in UTC.

ISO 8601, RFC 2822, X's archive ("Wed Oct 10 20:19:24 +0000 2018") and seconds or milliseconds
since 1970. A time without a zone counts as UTC. 05/06/2024 is May or June: which, somebody has
to say.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Literal, get_args

#: Of numbers with slashes: the month first, or the day.
DateOrder = Literal["mdy", "dmy"]
DATE_ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_ZONE = r"(?P<zone>[+-]\d{4}|GMT|UTC?|Z)"
_DAY_NAME = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_DATE_FORMS = (
    # RFC 2822, 3.3
    rf"(?:{_DAY_NAME}, ?)?(?P<day>\d{{1,2}}) (?P<name>[a-z]{{3}}) (?P<year>\d{{4}}) {_CLOCK}"
    rf"(?: {_ZONE})?",
    # C's asctime, with X's zone
    rf"{_DAY_NAME} (?P<name>[a-z]{{3}}) +(?P<day>\d{{1,2}}) {_CLOCK}(?: {_ZONE})?"
    r" (?P<year>\d{4})",
)
_NAMED_MONTH = tuple(re.compile(form, re.IGNORECASE | re.ASCII) for form in _DATE_FORMS)
_NUMBERED = re.compile(
    rf"(?P<first>\d{{1,2}})([/.-])(?P<second_>\d{{1,2}})\2(?P<year>\d{{4}})"
    rf"(?:,? +{_CLOCK}(?: ?(?P<half>[AP])\.?M\.?)?)?",
    re.IGNORECASE | re.ASCII,
)
#: Behind the time, as LinkedIn ("2024-05-06 07:08:09 UTC") and X ("... +0000") write it.
_ISO_ZONE = re.compile(r" (?:UTC|GMT|Z|(?=[+-]\d{2}:?\d{2}$))", re.ASCII)
_ISO = re.compile(r"\d{4}-?\d{2}", re.ASCII)
_NUMBER = re.compile(r"\d{9,14}(?:\.\d{1,9})?", re.ASCII)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: In seconds the year 5138, in milliseconds the year 1973.
_FIRST_MILLISECONDS = 10**11


class NoTime(ValueError):
    """It is no time, or not certainly one; the message says why."""


def parse_time(value: object, date_order: DateOrder | None = None) -> datetime:
    """The instant, in UTC.

    Args:
        value: a string or a number.
        date_order: of dates written as three numbers that do not begin with the year.

    Raises:
        NoTime: it is none that is certain.
    """
    if isinstance(value, str):
        return _parse_string(value.strip(), date_order)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _from_number(value)
    raise NoTime("it is neither a string nor a number")


def _parse_string(text: str, date_order: DateOrder | None) -> datetime:
    if _NUMBER.fullmatch(text):
        return _from_number(Decimal(text))
    if _ISO.match(text) and (iso := _from_iso(text)):
        return iso
    for form in _NAMED_MONTH:
        if match := form.fullmatch(text):
            month = _MONTHS.get(match["name"].lower(), 0)
            return _instant(match, month, int(match["day"]), _offset(match["zone"]))
    if match := _NUMBERED.fullmatch(text):
        return _from_three_numbers(match, date_order)
    raise NoTime("it is in none of the forms that are read")


def _from_iso(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(_ISO_ZONE.sub("", text))
    except ValueError:
        return None
    return _in_utc(instant)


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise NoTime("it is out of the range of years") from None


def _from_number(value: int | float | Decimal) -> datetime:
    try:
        number = Decimal(value)
        seconds = number / 1_000 if abs(number) >= _FIRST_MILLISECONDS else number
        return _EPOCH + timedelta(microseconds=round(seconds * 1_000_000))
    except (OverflowError, ValueError, ArithmeticError):
        raise NoTime("the number is no seconds or milliseconds since 1970") from None


def _from_three_numbers(match: re.Match[str], date_order: DateOrder | None) -> datetime:
    if date_order is None:
        raise NoTime("which of its numbers is the month, it does not say")
    first, second = int(match["first"]), int(match["second_"])
    month, day = (first, second) if date_order == "mdy" else (second, first)
    return _instant(match, month, day, UTC)


def _instant(match: re.Match[str], month: int, day: int, zone: timezone) -> datetime:
    parts = match.groupdict()
    hour, minute, second = (int(parts[part] or 0) for part in ("hour", "minute", "second"))
    try:
        if half := parts.get("half"):
            hour = _hour_of_half(hour, half)
        second = min(second, 59)  # a leap second
        return _in_utc(datetime(int(match["year"]), month, day, hour, minute, second, tzinfo=zone))
    except ValueError as error:
        raise NoTime(str(error)) from None


def _hour_of_half(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:
        raise NoTime("its hour is none of a half day")
    return hour % 12 + (12 if half in "Pp" else 0)


def _offset(zone: str | None) -> timezone:
    if zone is None or not zone[1:].isdecimal():
        return UTC
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    try:
        return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
    except ValueError:
        raise NoTime("its zone is none") from None
