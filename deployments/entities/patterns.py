"""Dates, sums of money and percentages, which are found by patterns.

Pure text: knows no model and nothing of names.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from deployments.entities.lines import LINE
from deployments.entities.mention import Mention

# Read by hand in 436 company posts: see models/entities/README.md.
_CONFIDENCE = 0.99

# "Mar", "May" and "Sept" are words too; they count with a day or a year beside them.
_FULL_MONTH = (
    r"(?:January|February|April|June|July|August|September|October|November|December)(?!\w)"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?!\w)\.?"
)
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?!\w)"
_DAY = r"[0-3]?\d(?:st|nd|rd|th)?(?!\d)"
_DAYS = rf"{_DAY}(?:(?:\s?[-–]\s?|\sto\s){_DAY})?"
_YEAR = r"(?:19|20)\d\d"
_TIME = (
    r"[0-2]?\d(?:[:.][0-5]\d)?\s?(?:[ap]\.?m\.?|[AP]M)(?!\w)"
    r"(?:\s(?:[CEMP][SED]?T|GMT|BST|UTC|CES?T|IST)(?!\w))?"
)
_IN_YEAR = (
    r"(?i:\b(?:in|since|by|until|till|end\sof|from|for|before|after|during|early|late|year)\s)"
)
_SCALE = r"(?:\s?(?:thousand|million|billion|trillion|[mb]illion|mln|mn|bn|tn|[kKmMbB])(?!\w))"
_AMOUNT = r"\d(?:[\d,]*\d)?(?:\.\d+)?"
_CURRENCY = r"(?:USD|EUR|GBP|CHF|JPY|INR|SEK|NOK|DKK)"
_PATTERNS = regex.compile(
    rf"""
    (?P<MONEY> (?:US|CA|AU|C|A|S|HK)?[$€£¥₹₩] \s? {_AMOUNT} {_SCALE}? (?! \w )
             | (?<! \w ) {_CURRENCY} \s {_AMOUNT} {_SCALE}?
             | (?<! [\w.,$] ) {_AMOUNT} {_SCALE}? \s?
               (?:[€£]|(?:{_CURRENCY}|(?i:dollars|euros|pounds))(?!\w)) )
  | (?P<PERCENT> (?<! [\w.,] ) {_AMOUNT} (?: \s?[-–]\s?{_AMOUNT} )? \s?
               (?: % | (?i:percent|per\ cent|pct)(?!\w) ) )
  | (?P<DATE> (?<! [\w$€£.,-] )
             (?: [QH][1-4] (?: \s? (?:FY)? ['’]? (?:20)?\d\d )? | FY\s?(?:20)?\d\d
             | {_YEAR}-[01]\d-[0-3]\d
             | [0-3]?\d[./][01]?\d[./]{_YEAR}
             | (?: {_WEEKDAY} ,? \s )? (?: the\s )?
               (?: {_MONTH} \s {_DAYS} | {_DAYS} \s (?:of\s)? {_MONTH} ) (?: ,? \s {_YEAR} )?
             | {_MONTH} ,? \s {_YEAR}
             | (?: (?i:next|last|this|every|early|late|mid) [\s-] )?
               (?: {_WEEKDAY} s? | {_FULL_MONTH} )
               (?: \s (?i:morning|afternoon|evening|night) )?
             | (?i: (?:next|last|this|past) \s (?:week|weekend|month|quarter|year|spring|summer
               |autumn|fall|winter|decade) (?!\w) )
             | (?i: (?:today|tomorrow|yesterday|tonight) (?! \w | ['’-]s ) )
             | (?<= {_IN_YEAR} ) {_YEAR} (?: \s?[-–]\s?(?:{_YEAR}|\d\d) )?
             | (?i:the\s)? (?:19|20)\d0s
             | {_TIME} ) (?! \w | ,\d | %) )
    """,
    regex.VERBOSE | regex.V1,
)


@dataclass(frozen=True, slots=True)
class PatternMatch:
    """``line[start:end]`` is a ``label``: MONEY, PERCENT or DATE."""

    start: int
    end: int
    label: str


def pattern_mentions(text: str, plain: str) -> list[Mention]:
    """Every match in the lines of a text; none that only a blanked signal within it made.

    Args:
        text: the document's with its signals blanked.
        plain: the document's with its signals.
    """
    mentions = (
        Mention(line.start() + match.start, line.start() + match.end, match.label, _CONFIDENCE)
        for line in LINE.finditer(text)
        for match in find_patterns(line[0])
    )
    return [m for m in mentions if text[m.start : m.end] == plain[m.start : m.end]]


def find_patterns(line: str) -> Iterator[PatternMatch]:
    """Every date, sum and percentage of a line, in order, without overlaps."""
    for match in _PATTERNS.finditer(line):
        yield PatternMatch(*match.span(), str(match.lastgroup))
