"""How sums of money and shares are written in languages other than English.

The grammar that they share, filled with the words of one. ISO codes and signs are those of
``amounts``. Pure text, written for ``regex.VERBOSE | regex.V1``; every run is bounded.
"""

from collections.abc import Iterable

from deployments.entities.amounts import CODE, SIGN
from deployments.languages.rules import AmountRules
from deployments.languages.word_patterns import any_case, any_of

# "1.000.000,50", "1,000.50", "1 234,50", "1'250.50", "2,5".
_NUMBER = r"""(?>
    \d{1,3} (?: \.\d{3} )+ (?!\d) (?: ,\d+ )?
  | \d{1,3} (?: ,\d{3} )+ (?!\d) (?: \.\d+ )?
  | \d{1,3} (?: [\ '’\u00a0\u2009\u202f] \d{3} )+ (?!\d) (?: [.,]\d+ )?
  | \d+ (?: [.,]\d+ )?
  ) (?! [.,]?\d )"""
_DASH = r"\s?[-–—]\s?"
_START = r"(?<! [\w.,$€£'’] )"


def money_pattern(rules: AmountRules) -> str:
    """The pattern of a sum in a language, without named groups."""
    sign = rf"(?: {SIGN} | (?<!\w) {any_case(rules.signs)} \s? )"
    scale = rf"(?: [\s-]? {any_of(rules.scales)} ){{1,2}}"  # "3 mil millones"
    unit = (
        rf"(?: {_link(rules.links)} (?: {CODE} (?!\w) | {any_of(rules.currencies)} | \p{{Sc}} ) )"
    )
    # A full stop behind a scale is that of an abbreviation only where the sum goes on.
    return rf"""(?: {sign} {_NUMBER} (?: {_DASH} {sign}? {_NUMBER} )?
        (?: {scale} (?: \.? {unit} )? | {unit} )?
      | {_START} (?: {_NUMBER} {_DASH} )? {_NUMBER} (?: {scale} \.? )? {unit}
      | (?<!\w) {any_of(rules.counts)} {scale} {unit} ) (?! \w | [.,]\d )"""


def percent_pattern(rules: AmountRules) -> str:
    """The pattern of a share in a language, without named groups."""
    words = any_of(rules.percent)
    return rf"{_START} (?: {_NUMBER} \s?%? {_DASH} )? {_NUMBER} \s? (?: % | {words} )"


def _link(links: Iterable[str]) -> str:
    """What stands between scale and currency: a blank, or nothing, or a word such as "de"."""
    whole = any_of(word for word in links if not word.endswith("'"))
    elided = any_case(word for word in links if word.endswith("'"))
    return rf"(?: \s {whole} \s | \s {elided} | [\s-]? )"
