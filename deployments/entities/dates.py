"""How dates, times of day and periods are written: the pattern DATE.

English; those of other languages are in ``local_dates``. Pure text: knows no model and nothing of
names. Written for ``regex.VERBOSE | regex.V1``. A full stop belongs to an abbreviation ("Jan.",
"p.m.") and to nothing else.
"""

from collections.abc import Iterable

from deployments.languages.loading import rules_of

_NAMES = rules_of("en").dates


def _spelled(words: Iterable[str]) -> str:
    """Each word with a capital or in capitals, whole."""
    spellings = " | ".join(f"{word.capitalize()} | {word.upper()}" for word in sorted(words))
    return rf"(?: (?: {spellings} ) (?!\w) )"


# "March", "May" and the abbreviations are words and names, too: they count beside a day or a year,
# beside another month, or after such words as "in".
_PLAIN_MONTH = _spelled(_NAMES.months - _NAMES.doubtful_months)
_DOUBTFUL_MONTH = _spelled(_NAMES.doubtful_months)
_SHORT_MONTH = rf"(?: {_spelled(_NAMES.short_months)} \.? )"
_MONTH = rf"(?: {_PLAIN_MONTH} | {_DOUBTFUL_MONTH} | {_SHORT_MONTH} )"
# "Of May" and "between May and" may go on with a name.
_BEFORE_MONTH = r"""(?<= (?i: \b (?: in | by | since | until | till | during | through | throughout
    | (?: end | start | beginning | middle | rest | month | as ) \s of ) \s ) )"""
_BEFORE_MARCH = r"(?<= (?i: \b (?: before | after | from | around | between | of ) \s ) )"
_BEFORE_SHORT_MONTH = r"(?<= (?i: \b (?: in | since | until | till | end\ of ) \s ) )"
_MONTH_AND = rf"""(?<= (?: {_PLAIN_MONTH} | March | MARCH )
    (?: ,? \s (?:and|or|to|through|until|&) \s | ,\s | \s?[-–—/]\s? ) )"""
_AND_MONTH = rf"(?= (?: \s (?:and|or|to|through|until|&) \s | ,\s | \s?[-–—/]\s? ) {_PLAIN_MONTH} )"
_NEAR = r"(?: (?i: next | last | this | every | early | late | mid ) [\s-] )"
_SURELY_NEAR = r"(?: (?i: next | last | early | late | mid ) [\s-] )"
_LONE_MONTH = rf"""(?: {_NEAR}? {_PLAIN_MONTH}
    | {_SURELY_NEAR} (?: {_DOUBTFUL_MONTH} | {_SHORT_MONTH} )
    | {_BEFORE_MONTH} {_DOUBTFUL_MONTH} (?! \s Madness )
    | {_BEFORE_MARCH} March (?!\w)
    | {_BEFORE_SHORT_MONTH} {_SHORT_MONTH}
    | {_MONTH_AND} {_DOUBTFUL_MONTH}
    | {_DOUBTFUL_MONTH} {_AND_MONTH} )"""

_WEEKDAY = _spelled(_NAMES.weekdays)
_SHORT_WEEKDAY = rf"(?: {_spelled(_NAMES.short_weekdays)} \.? )"
_WEEKDAYS = r"(?: (?: Mon | Tues | Wednes | Thurs | Fri | Satur | Sun )days (?!\w) )"

_DAY = r"[0-3]?\d (?: st | nd | rd | th )? (?!\d)"
_DAYS = rf"{_DAY} (?: (?: \s?[-–—&]\s? | \sto\s ) {_DAY} )?"
_YEAR = r"(?:19|20)\d\d (?!\d)"
_DAY_OF_MONTH = rf"""(?: (?: {_MONTH} \s {_DAYS} | {_DAYS} \s (?:of\s)? {_MONTH} )
    (?: ,? \s {_YEAR} )? )"""
_IN_FIGURES = rf"""(?: {_YEAR} (?: -[01]\d-[0-3]\d | /[01]?\d/[0-3]?\d )
      (?: T[0-2]\d:[0-5]\d (?: :[0-5]\d )? (?: Z | [+-]\d\d:?\d\d )? )?
    | [0-3]?\d [./-] [0-3]?\d [./-] {_YEAR} | [0-3]?\d/[0-3]?\d/\d\d )"""
_BEFORE_YEAR = r"""(?<= (?i: \b (?: in | since | by | until | till | end\ of | from | for | before
    | after | during | early | late | year ) \s ) )"""

_SHORT_YEAR = r"['’]? (?:20)? \d\d"
_QUARTER = rf"""(?: [QH][1-4] (?: \s?[-–]\s? [QH][1-4] )?
      (?: \s of \s {_YEAR} | [\s/-]? (?: FY\s? )? {_SHORT_YEAR} )?
    | [1-4][QH] \s? {_SHORT_YEAR}
    | (?: FY | CY ) \s? {_SHORT_YEAR} (?: [/–-] (?:20)?\d\d )?
    | (?i: first | second | third | fourth | last ) \s
      (?i: quarter | half (?= \s of \s (?: 20 | the\ year ) ) ) (?: \s of \s {_YEAR} )? )"""
_UP_TO_TEN = "one | two | three | four | five | six | seven | eight | nine | ten"
_TENS = "twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety"
_COUNT = (
    rf"(?: \d{{1,3}} | an? | few | (?: {_TENS} ) (?: [\s-] (?: {_UP_TO_TEN} ) )? | {_UP_TO_TEN} )"
)
_UNITS = r"(?: minute | hour | day | week | month | quarter | year | decade ) s?"
_RELATIVE = rf"""(?i: (?: today | tomorrow | yesterday | tonight ) (?! \w | ['’-]s )
    | (?: next | last | this | past ) \s (?: week | weekend | month | quarter | year | spring
        | summer | autumn | fall | winter | decade )
    | this \s (?: morning | afternoon | evening ) | last \s night
    | (?: next | last | past ) \s {_COUNT} \s {_UNITS}
    | {_COUNT} \s {_UNITS} \s ago )"""

_HOUR_12 = r"[0-2]?\d (?: [:.][0-5]\d )?"
_HALF_DAY = r"(?: [ap]m | [AP]M | [ap]\.\s?m\.? | [AP]\.\s?M\.? ) (?!\w)"
_HOUR_24 = r"(?: [01]?\d | 2[0-3] ) [:.] [0-5]\d (?! [:.]?\d )"
_ZONE = r"""(?: (?: [CEMP][SED]?T | (?: UTC | GMT ) (?: [+-]\d\d? (?: :\d\d )? )?
    | CES?T | WES?T | EES?T | BST | IST | SGT | JST | HKT | AE[SD]T | NZ[SD]T | SAST ) (?!\w) )"""
_TO_HOUR = r"\s?[-–—]\s?"
_BEFORE_HOUR = r"""(?<= (?i: \b (?: at | from | until | till | by | before | after | around )
    \s ) )"""
_TIME = rf"""(?: {_HOUR_12} (?: (?: \s?{_HALF_DAY} )? {_TO_HOUR} {_HOUR_12} )? \s? {_HALF_DAY}
      (?: \s {_ZONE} )?
    | {_HOUR_24} (?: {_TO_HOUR} {_HOUR_24} )? \s? (?: {_ZONE} | (?i: h | hrs | uhr ) (?!\w) )
    | \d?\d:[0-5]\d {_TO_HOUR} {_HOUR_24}
    | {_BEFORE_HOUR} \d?\d:[0-5]\d (?!:) )"""

#: One of these is in every date without a digit, in small letters.
DATE_WORDS = " ".join((
    "spring summer autumn fall winter quarter half today tomorrow yesterday tonight weekend",
    "minute minutes hour hours day days week weeks month months year years decade decades",
    "quarters morning afternoon evening night",
    *_NAMES.months, *_NAMES.short_months,
    *(f"{day} {day}s" for day in (*_NAMES.weekdays, *_NAMES.short_weekdays)),
))  # fmt: skip

DATE = rf"""(?<! [\w$€£.,-] ) (?:
      {_QUARTER} | {_IN_FIGURES}
    | (?: (?: {_WEEKDAY} | {_SHORT_WEEKDAY} ) ,? \s )? (?: the\s )? {_DAY_OF_MONTH}
      (?: \s?[-–—]\s? {_DAY_OF_MONTH} )?
    | (?: {_MONTH} \s?[-–—]\s? )? {_MONTH} ,? \s {_YEAR}
    | {_PLAIN_MONTH} \s?[-–—]\s? {_MONTH}
    | {_NEAR}? (?: {_WEEKDAY} | {_WEEKDAYS} ) (?: [-–—] {_WEEKDAY} )?
      (?: \s (?i: morning | afternoon | evening | night ) )?
    | {_SHORT_WEEKDAY} \s?[-–—]\s? {_SHORT_WEEKDAY}
    | {_LONE_MONTH} | {_RELATIVE}
    | (?i: spring | summer | autumn | fall | winter ) \s (?:of\s)? {_YEAR}
    | {_BEFORE_YEAR} {_YEAR} (?: \s?[-–]\s? (?: {_YEAR} | \d\d ) )?
    | {_YEAR} [-–] {_YEAR} | (?i:mid)-{_YEAR}
    | (?i:the\s)? (?:19|20)\d0s | the \s ['’]? [1-9]0s
    | {_TIME} ) (?! \w | ,\d | % )
"""
