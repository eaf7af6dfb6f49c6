"""Dates, sums of money and percentages, which are found by patterns.

Pure text: knows no model and nothing of names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

import regex

from deployments.entities.amounts import MONEY, PERCENT, UNIT_WORDS
from deployments.entities.dates import DATE, DATE_WORDS
from deployments.entities.lines import LINE
from deployments.entities.local_amounts import money_pattern, percent_pattern
from deployments.entities.local_dates import date_pattern
from deployments.entities.mention import Mention
from deployments.languages.loading import rules_of
from deployments.languages.rules import LanguageRules

# In re, which takes half of regex' time for these.
_DIGIT, _WORD = re.compile(r"\d"), re.compile(r"\w+")

# Read by hand in 436 company posts: see models/entities/README.md.
_CONFIDENCE = 0.99


def _compiled(money: str, percent: str, date: str) -> regex.Pattern[str]:
    # Nothing begins within a word: telling so first takes a quarter of the time.
    return regex.compile(
        rf"""(?: (?<! \w ) (?= [\p{{L}}\p{{N}}\p{{Sc}}'’] ) | (?= \p{{Sc}} ) )
             (?: (?P<MONEY> {money} ) | (?P<PERCENT> {percent} ) | (?P<DATE> {date} ) )""",
        regex.VERBOSE | regex.V1,
    )


@cache
def _patterns(code: str) -> regex.Pattern[str]:
    rules = rules_of(code)
    if rules.amounts is None:
        return _compiled(MONEY, PERCENT, DATE)
    amounts = rules.amounts
    return _compiled(money_pattern(amounts), percent_pattern(amounts), date_pattern(rules.dates))


@cache
def _words_in_patterns(code: str) -> frozenset[str]:
    """Words in small letters, one of which is in every date, sum and share without a digit."""
    rules = rules_of(code)
    if rules.amounts is None:
        return frozenset(chain.from_iterable(map(_words, (DATE_WORDS, UNIT_WORDS))))
    own = rules.dates
    phrases = own.months | own.weekdays | own.periods | own.relative | own.units
    return frozenset(max(_words(phrase), key=len) for phrase in phrases | rules.amounts.scales)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


@dataclass(frozen=True, slots=True)
class PatternMatch:
    """``line[start:end]`` is a ``label``: MONEY, PERCENT or DATE."""

    start: int
    end: int
    label: str


def pattern_mentions(text: str, plain: str, code: str = "en") -> list[Mention]:
    """Every match in the lines of a text; none that only a blanked signal within it made.

    Args:
        text: the document's with its signals blanked.
        plain: the document's with its signals.
        code: the language; one without a folder is read as English.
    """
    mentions = (
        Mention(line.start() + match.start, line.start() + match.end, match.label, _CONFIDENCE)
        for line in LINE.finditer(text)
        for match in find_patterns(line[0], code)
    )
    return [m for m in mentions if text[m.start : m.end] == plain[m.start : m.end]]


def find_patterns(line: str, code: str = "en") -> Iterator[PatternMatch]:
    """Every date, sum and percentage of a line in a language, in order, without overlaps.

    Args:
        code: the language's; one without a folder is read as English.
    """
    # Half of the lines have none of these, and to look for them takes a tenth of the time.
    if not _DIGIT.search(line) and _words_in_patterns(code).isdisjoint(_words(line)):
        return
    for match in _patterns(code).finditer(line):
        yield PatternMatch(*match.span(), str(match.lastgroup))


def dates(text: str, rules: LanguageRules) -> list[PatternMatch]:
    """Every date, time of day and period of a text, in order."""
    return [match for match in find_patterns(text, rules.code) if match.label == "DATE"]


def amounts(text: str, rules: LanguageRules) -> list[PatternMatch]:
    """Every sum of money and share of a text, in order."""
    return [match for match in find_patterns(text, rules.code) if match.label != "DATE"]
