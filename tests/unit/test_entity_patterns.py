"""Dates, sums and shares are found by patterns alone."""

import pytest

from deployments.entities.patterns import find_patterns


def found(line: str) -> list[tuple[str, str]]:
    return [(line[match.start : match.end], match.label) for match in find_patterns(line)]


@pytest.mark.parametrize(
    "line, expected",
    [
        ("Join us on Tuesday, March 5 at 3pm CET.", ["Tuesday, March 5", "3pm CET"]),
        ("Doors open at 10:30 AM tomorrow!", ["10:30 AM", "tomorrow"]),
        ("In 2024 as since 2019-2021", ["2024", "2019-2021"]),
        ("Monday morning or next week, this year", ["Monday morning", "next week", "this year"]),
        ("12.05.2024 and 2025-03-31, H1 FY24", ["12.05.2024", "2025-03-31", "H1 FY24"]),
        ("the 1990s, the 4th of July, 2024", ["the 1990s", "the 4th of July, 2024"]),
    ],
)
def test_dates(line: str, expected: list[str]) -> None:
    assert found(line) == [(surface, "DATE") for surface in expected]


@pytest.mark.parametrize(
    "line",
    ["May I ask? March on.", "2000 people", "today's news", "a team of 2025 friends", "v2.2024.1"],
)
def test_what_only_looks_like_a_date(line: str) -> None:
    assert found(line) == []


def test_sums_and_shares() -> None:
    line = "$5, US$30m, €2.5M, 10 per cent, 20-30%, 1,999 EUR"
    labels = ["MONEY", "MONEY", "MONEY", "PERCENT", "PERCENT", "MONEY"]
    surfaces = ["$5", "US$30m", "€2.5M", "10 per cent", "20-30%", "1,999 EUR"]
    assert found(line) == list(zip(surfaces, labels, strict=True))


@pytest.mark.parametrize("sign", ["1", "1,", "May ", "$", "20", "the "])
def test_no_wall_of_signs_makes_it_slow(sign: str) -> None:
    assert len(found(sign * 5_000)) < 5_000
