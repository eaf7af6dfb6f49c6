"""Dates, sums and shares are found by patterns alone."""

import json
from pathlib import Path

import pytest

from deployments.entities import patterns
from deployments.entities.patterns import PatternMatch, find_patterns
from deployments.languages.loading import LANGUAGES
from tests.growth import grows_linearly
from training.datasets.posts_by_language import read_language


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


@pytest.mark.parametrize(
    "sum_of_money",
    ["$7-12 million", "£3–£4bn", "$8M-$9M", "€2.500.000", "€2.500,75", "€2 500 000", "CHF 45'000",
     "1,8 Mio. €", "3 Mrd. Euro", "US$ 4bn", "USD6m", "USD 6 mn", "$9 Million", "$9-million",
     "₹12,50,000", "Rs. 7 lakh", "Rs 300 crore", "R$ 8 mil", "$250 USD", "$3 million dollars",
     "$4 to $6 million", "$4 or $6 billion", "4-6 million euros", "4 to 6 million dollars",
     "three million dollars", "80 cents", "90 €", "$1,250.50"],
)  # fmt: skip
def test_a_sum_keeps_its_scale_and_its_digits(sum_of_money: str) -> None:
    assert found(f"We need {sum_of_money}.") == [(sum_of_money, "MONEY")]
    assert found(f"{sum_of_money}, they say") == [(sum_of_money, "MONEY")]


def test_a_range_after_between_is_one_sum() -> None:
    assert found("between $4 and $6 million") == [("$4 and $6 million", "MONEY")]
    assert found("Between 4 and 6 billion euros") == [("4 and 6 billion euros", "MONEY")]
    assert found("between 15 and 20%") == [("15 and 20%", "PERCENT")]


def test_what_no_form_knows_is_not_cut_to_a_part_of_it() -> None:
    assert found("Version $1.2.3 and €1.0000.5") == []


@pytest.mark.parametrize(
    "line, date",
    [
        ("The vote is on 9 July. Please come.", "9 July"),
        ("Submit by 21 April.", "21 April"),
        ("We close on Friday, 2 May.", "Friday, 2 May"),
        ("It opens at 8am. Be early.", "8am"),
        ("It opens at 8 a.m. Be early.", "8 a.m."),
        ("It opened on 4 Nov. for all.", "4 Nov."),
        ("It opened on 4 NOVEMBER.", "4 NOVEMBER"),
    ],
)
def test_a_full_stop_belongs_to_abbreviations_alone(line: str, date: str) -> None:
    assert found(line) == [(date, "DATE")]


@pytest.mark.parametrize(
    "line, dates",
    [
        ("Sales fell in March, and since May nobody knows why.", ["March", "May"]),
        ("Between March and May, or by the end of March.", ["March", "May", "March"]),
        ("Next March or last May", ["Next March", "last May"]),
        ("Hired in Sept. and since Dec", ["Sept.", "Dec"]),
        ("Tue, 4 March, 19:15 CET", ["Tue, 4 March", "19:15 CET"]),
        ("at 19:15, or 9:00–17:00, or 9am-5pm, or 10-11 am EST",
         ["19:15", "9:00–17:00", "9am-5pm", "10-11 am EST"]),
        ("2026-02-03T08:30Z, 2026/02/03, 02/28/2026", ["2026-02-03T08:30Z", "2026/02/03",
                                                       "02/28/2026"]),
        ("Q2'26, Q1-Q3 2025, 4Q24, FY25/26", ["Q2'26", "Q1-Q3 2025", "4Q24", "FY25/26"]),
        ("Q2 of 2026, the second quarter of 2026", ["Q2 of 2026", "second quarter of 2026"]),
        ("28 May – 2 June 2026, May 28-June 2", ["28 May – 2 June 2026", "May 28-June 2"]),
        ("Monday-Thursday, Mon–Thu, Fridays", ["Monday-Thursday", "Mon–Thu", "Fridays"]),
        ("four years ago, the last six weeks, this morning, spring 2026",
         ["four years ago", "last six weeks", "this morning", "spring 2026"]),
        ("2019–2023, mid-2024, the 90s", ["2019–2023", "mid-2024", "the 90s"]),
    ],
)  # fmt: skip
def test_months_alone_hours_and_periods(line: str, dates: list[str]) -> None:
    assert found(line) == [(date, "DATE") for date in dates]


@pytest.mark.parametrize(
    "line",
    ["They march in rows.", "How This May Help", "the story of May Osei", "March Madness",
     "Sat 3 people down", "a ratio of 16:10", "we won 3:2", "Jan Meyer spoke", "John 3:16"],
)  # fmt: skip
def test_words_and_names_that_are_months_or_hours_elsewhere(line: str) -> None:
    assert found(line) == []


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "sign",
    ["1", "1,", "1 ", "1 000 ", "1.000", "May ", "$", "$1 ", "$1-", "5 to ", "between 5 and ", "20",
     "the ", "9:00-", "March and ", "a ten ", "'", "5%-"],
)  # fmt: skip
def test_no_wall_of_signs_makes_it_slow(sign: str) -> None:
    assert grows_linearly(lambda length: found((sign * length)[:length]), 40_000)


WITHOUT_DIGITS = """See you tomorrow!
Last week was hard, this quarter is not.
In May we meet on Mondays
Half a million dollars for nothing
Two weeks ago, in spring of nothing
TUESDAY NIGHT"""


def texts_in(code: str) -> list[str]:
    if code != "en":
        return [post.document.text for post in read_language(code)]
    lines = (Path(__file__).parents[1] / "data" / "posts.jsonl").read_text(encoding="utf-8")
    return [WITHOUT_DIGITS, *(json.loads(line)["text"] for line in lines.splitlines())]


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_no_line_that_holds_a_date_or_a_sum_is_passed_over(code: str) -> None:
    found = 0
    for line in (line for text in texts_in(code) for line in text.splitlines()):
        matches = patterns._patterns(code).finditer(line)
        expected = [PatternMatch(*match.span(), str(match.lastgroup)) for match in matches]
        assert list(find_patterns(line, code)) == expected
        found += len(expected)
    assert found >= 10
