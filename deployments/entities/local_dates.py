"""How dates, times of day and periods are written in languages other than English.

The grammar that they share, filled with the words of one. A date is without its article and
preposition: "12 de mayo" in "el 12 de mayo", "3. Juni" in "am 3. Juni". Pure text, written for
``regex.VERBOSE | regex.V1``; every run is bounded.
"""

from deployments.languages.rules import DateRules
from deployments.languages.word_patterns import any_case, any_of, as_written, optional

_YEAR = r"(?: (?:19|20)\d\d (?!\d) )"
_DAY = r"(?: (?: 3[01] | [12]\d | 0?[1-9] ) (?!\d) )"
_DASH = r"\s?[-–—]\s?"
_IN_FIGURES = rf"""(?: {_YEAR} (?: -[01]\d-[0-3]\d | /[01]?\d/[0-3]?\d ) (?: T[0-2]\d:[0-5]\d )?
    | [0-3]?\d [./-] [01]?\d [./-] {_YEAR} | [0-3]?\d/[01]?\d/\d\d )"""
_QUARTER = rf"""(?: Q[1-4] (?: {_DASH} Q[1-4] )? (?: [\s/-]? (?: {_YEAR} | ['’]?\d\d (?!\d) ) )?
    | [TKHS][1-4] [\s/-]? {_YEAR} | [1-4][TKQHS] \s? (?: {_YEAR} | \d\d (?!\d) ) )"""
_CLOCK = r"(?: (?: 2[0-3] | [01]?\d ) [:h] [0-5]\d (?! [:.]?\d ) )"
_HOUR_OR_CLOCK = r"(?: (?: 2[0-4] | [01]?\d ) (?: [:.h] [0-5]\d )? (?! [:.,]?\d ) )"


def date_pattern(rules: DateRules) -> str:
    """The pattern of a date in a language, without named groups."""
    dates = (
        _IN_FIGURES,
        _day_of_month(rules),
        rf"{_month(rules)} (?: ,? \s {_links(rules)} {_year(rules)} )",
        rf"{any_of(rules.periods)} (?: \s {_links(rules)} {_year(rules)} )?",
        _span(rules),
        any_of(rules.relative),
        _time(rules),
        _QUARTER,
        _lone_month(rules),
        _weekday(rules),
        rf"(?<= \b {any_of(rules.before_year)} \s ) {_year(rules)} (?: {_DASH} {_YEAR} )?",
        rf"{_YEAR} [-–] {_YEAR}",
    )
    return rf"(?<! [\w$€£.,-] ) (?: {' | '.join(dates)} ) (?! \w | ,\d | % )"


def _links(rules: DateRules) -> str:
    return rf"(?: {any_of(rules.month_links)} \s )?"


def _year(rules: DateRules) -> str:
    return rf"(?: {_YEAR} {optional(rules.after_year)} )"


def _month(rules: DateRules) -> str:
    return rf"(?: {any_of(rules.months)} | {any_of(rules.short_months)} \.? )"


def _weekday(rules: DateRules) -> str:
    return (as_written if rules.capital_months else any_of)(rules.weekdays)


def _lone_month(rules: DateRules) -> str:
    """A month by itself, which has to be written as months are: "Mai" and "maja" may be names."""
    if not rules.capital_months:
        return as_written(rules.months, capital=False)
    return rf"(?<= \b {any_of(rules.before_year)} \s ) {as_written(rules.months)}"


def _day_of_month(rules: DateRules) -> str:
    endings = any_case(rules.day_endings)
    day = rf"{_DAY} (?: {endings} )?"
    to_day = rf"(?: (?: {_DASH} | \s {any_of(rules.range_words)} \s ) {day} )?"
    weekdays = rf"(?: {any_of(rules.weekdays)} | {any_of(rules.short_weekdays)} \.? )"
    return rf"""(?: (?: {weekdays} ,? \s {_article(rules)} )? {day} {to_day} \s?+ {_links(rules)}
        {_month(rules)} (?: ,? \s {_links(rules)} {_year(rules)} )? )"""


def _article(rules: DateRules) -> str:
    return rf"(?: {any_of(rules.articles)} \s )?"


def _span(rules: DateRules) -> str:
    """A count of days from now: "hace tres años", "drei Jahre", "3 lata temu"."""
    if not rules.before_span and not rules.behind_span:
        return "(?!)"
    count = rf"(?: (?: \d{{1,3}} | {any_of(rules.counts)} ) \s {any_of(rules.units)} )"
    before = rf"{any_of(rules.before_span)} \s"
    if not rules.behind_span:
        return rf"{before} {count}"
    return rf"(?: {before} )? {count} \s {any_of(rules.behind_span)}"


def _time(rules: DateRules) -> str:
    to_hour = rf"(?: {_DASH} {_HOUR_OR_CLOCK} )?"
    return rf"""(?: {any_of(rules.before_hour)} \.? \s {_HOUR_OR_CLOCK} {to_hour}
        | {_HOUR_OR_CLOCK} {to_hour} \s? {any_of(rules.behind_hour)}
        | {_CLOCK} (?: {_DASH} {_CLOCK} )? )"""
