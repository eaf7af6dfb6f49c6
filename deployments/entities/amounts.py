"""How sums of money and shares are written: the patterns MONEY and PERCENT.

English; those of other languages are in ``local_amounts``. Pure text: knows no model and nothing of
names. Written for ``regex.VERBOSE | regex.V1``. A number
is matched whole or not at all, so that no sum loses its thousands or its scale.
"""

# "1,999.50", "10,00,000", "1.000.000,50", "1 000 000", "20'000", "2.5" and "1,5".
_NUMBER = r"""(?>
    \d{1,3} (?: ,\d{2,3} )+ (?!\d) (?: \.\d+ )?
  | \d{1,3} (?: \.\d{3} )+ (?!\d) (?: ,\d+ )?
  | \d{1,3} (?: [\ '’\u00a0\u2009\u202f] \d{3} )+ (?!\d)
  | \d+ (?: [.,]\d+ )?
  ) (?! [.,]?\d )"""
# The lower end of a range in words: a year is none.
_SMALL = r"(?> \d{1,3} (?: [.,]\d+ )? ) (?! [.,]?\d )"
_SCALE = r"""(?: [\s-]? (?:
    (?i: thousand | (?: m | b | tr ) illion | lakh | crore ) s?
  | (?i: mln | mio | mrd | tsd ) (?!\w) \.?
  | (?i: mil | mn | mm | bn | tn | cr ) | [kKmMbB] ) (?!\w) )"""
CODE = r"""(?: USD | EUR | GBP | CHF | JPY | INR | SEK | NOK | DKK | CAD | AUD | NZD | SGD | HKD
    | CNY | RMB | BRL | MXN | ZAR | PLN | CZK | AED | SAR | NGN | KES | KRW | ILS | TRY )"""
_UNIT = rf"""(?: {CODE} | (?i: dollars? | euros | pounds | rupees | francs | yen | pesos | cents )
    | euro ) (?!\w)"""
#: One of these is in every sum without a digit, in small letters.
UNIT_WORDS = (
    CODE.strip("(?: )").replace("|", " ").lower()
    + " dollar dollars euro euros pounds rupees francs yen pesos cents"
)
# "$", "US$", "USD ", "USD$", "Rs. ": before the number.
SIGN = rf"""(?: (?<!\w) (?: {CODE} | Rs\.? ) \s?
    | (?: (?<!\w) (?: {CODE} | US | CA | AU | NZ | HK | NT | MX | [CASR] ) )? \p{{Sc}} \s? )"""
_WORDS = r"""(?i: an? | half\ an? | one | two | three | four | five | six | seven | eight | nine
    | ten | twenty | thirty | forty | fifty | hundred | several )"""
_DASH = r"\s?[-–—]\s?"
_BETWEEN = r"(?<= \b [Bb]etween \s )"

# What a match begins with is told first, since most words begin none.
MONEY = rf"""
    (?= \p{{Sc}} | [A-Z]{{1,3}} [\p{{Sc}}\s\d] | Rs ) (?:
        {_BETWEEN} {SIGN} {_NUMBER} \s and \s {SIGN}? {_NUMBER} {_SCALE}
      # In "$2 to $3 million" the first sum is of millions, too.
      | {SIGN} {_NUMBER} \s (?: to \s {SIGN}? | (?: and | or ) \s {SIGN} ) {_NUMBER} {_SCALE}
      | {SIGN} {_NUMBER} {_SCALE}? {_DASH} (?: {SIGN} {_NUMBER} {_SCALE}? | {_NUMBER} {_SCALE} )
      | {SIGN} {_NUMBER} {_SCALE}? (?: [-–—] {_NUMBER} )?
    ) (?: \s? {_UNIT} (?! \s\d ) )? (?! \w | [.,]\d )
  | (?= \d ) (?: {_BETWEEN} {_SMALL} \s and \s {_NUMBER}
      | (?<! [\w.,$€£] ) (?: {_SMALL} (?: {_DASH} | \s to \s ) )? {_NUMBER}
    ) (?: {_SCALE}? (?: \s? [€£$] (?! \s?\d ) | [\s-]? {_UNIT} ) | {_SCALE} \s Euro ) (?!\w)
  | (?<!\w) {_WORDS} {_SCALE} [\s-] {_UNIT}
"""

PERCENT = rf"""
    (?= \d ) (?: {_BETWEEN} {_SMALL} \s and \s
      | (?<! [\w.,] ) (?: {_SMALL} (?: \s?%? {_DASH} | \s to \s ) )? ) {_NUMBER}
    \s? (?: % | (?i: percent | per\ cent | pct ) (?!\w) )
"""
