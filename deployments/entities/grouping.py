"""Which mentions name the same entity: by their words alone.

Knows surfaces and labels, no text, no offsets, no model. What the words do not settle stays
apart: two groups for one entity mislead less than one group for two.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations

import regex

from deployments.languages.loading import rules_of
from deployments.languages.rules import NameRules

#: The normalized words of a name.
NameKey = tuple[str, ...]

#: Models waver between these for one and the same name ("Slack", "Web Summit").
_THING = "THING"
_FAMILIES = {"ORG": _THING, "PRODUCT": _THING, "EVENT": _THING, "WORK": _THING}
#: Whose signs are part of what they say: "$5" is not "€5".
_FIGURES = frozenset({"DATE", "MONEY", "PERCENT"})


# A name of more words is none of a person; its parts would be too many.
_MOST_WORDS = 6
_AMBIGUOUS = -1
_LEAST_LETTERS = 3
# Companies of any language have them.
_NAMES_IN_ENGLISH = rules_of("en").names

_POSSESSIVE = regex.compile(r"['’]s\b|(?<=s)['’](?!\w)", regex.I)
_BETWEEN_WORDS = regex.compile(r"[^\p{L}\p{N}&+]+")
# "A/S" and "K/S" are one word each, and so are "S.A." and "U.S.".
_WITHIN_FORM = regex.compile(r"(?<=\b\p{L})(?:\.(?=\p{L}\b|\W|$)|/(?=\p{L}\b))")
_ACRONYM = regex.compile(r"(?:\p{Lu}\.?){2,6}")


@dataclass(slots=True)
class _NameIndex:
    """The groups of one family so far, by their names.

    Attributes:
        by_key: a name's normalized words to its group.
        by_part: persons alone: each part of a full name to its group, or to -1 where two have it.
        by_initials: names of several words by every acronym they may have.
        by_acronym: acronyms that were named before any name of theirs.
    """

    by_key: dict[NameKey, int] = field(default_factory=dict)
    by_part: dict[NameKey, int] = field(default_factory=dict)
    by_initials: dict[str, int] = field(default_factory=dict)
    by_acronym: dict[str, int] = field(default_factory=dict)


def group_mentions(mentions: Sequence[tuple[str, str]], code: str = "en") -> list[int]:
    """For each (surface, label) in the order of a text in a language its group's number, from 0.

    Mentions are of one group if their labels are of one family and

    - their names are equal when normalized: without case, accents, "the", possessive and, for
      companies, "AG", "Inc." and the like ("Siemens" and "Siemens AG"), and without what a
      language adds to a name ("Warszawa", "w Warszawie");
    - a person is named by a part of one full name before ("Ana Souza", later "Ana"); where two
      full names fit, it stays alone;
    - one is the acronym of the other, in either order ("International Data Corporation", "IDC").
    """
    by_family: dict[str, _NameIndex] = {}
    rules = rules_of(code).names
    numbers: list[int] = []
    next_number = 0
    for surface, label in mentions:
        index = by_family.setdefault(_FAMILIES.get(label, label), _NameIndex())
        number = _number((surface, label), index, next_number, rules)
        numbers.append(number)
        next_number = max(next_number, number + 1)
    return numbers


def _number(mention: tuple[str, str], index: _NameIndex, next_number: int, rules: NameRules) -> int:
    """The group of an earlier mention of the same entity, or a new one."""
    surface, label = mention
    if label in _FIGURES:
        return index.by_key.setdefault((" ".join(surface.casefold().split()),), next_number)
    words = _normalized(surface, rules)
    key = _distinctive(words, label, rules)
    initials = _initials(words, key, rules)
    acronym = _acronym(surface)
    number = index.by_key.get(key)
    if number is None and label == "PERSON":
        number = _of_one_group(index.by_part.get(key))
    if number is None and label != "PERSON":
        number = _by_acronym(acronym, initials, index)
    number = next_number if number is None else number
    _add(key, initials, acronym, number, index)
    return number


def _add(key: NameKey, initials: list[str], acronym: str, number: int, index: _NameIndex) -> None:
    if key not in index.by_key:
        index.by_key[key] = number
        for part in _parts(key):
            of_one = index.by_part.get(part, number) == number
            index.by_part[part] = number if of_one else _AMBIGUOUS
    for letters in initials:
        index.by_initials.setdefault(letters, number)
    if acronym:
        index.by_acronym.setdefault(acronym, number)


def _parts(name: NameKey) -> Iterator[NameKey]:
    """Every choice of a name's words, less all of them; of a very long name its words alone."""
    sizes = range(1, len(name) if len(name) <= _MOST_WORDS else 2)
    return chain.from_iterable(combinations(name, size) for size in sizes)


def _of_one_group(number: int | None) -> int | None:
    return None if number == _AMBIGUOUS else number


def _by_acronym(acronym: str, initials: list[str], index: _NameIndex) -> int | None:
    if acronym in index.by_initials:
        return index.by_initials[acronym]
    return next((index.by_acronym[i] for i in initials if i in index.by_acronym), None)


def normalize_name(surface: str, code: str = "en") -> NameKey:
    """The words of a name without case, accents, leading article and possessive."""
    return _normalized(surface, rules_of(code).names)


def _normalized(surface: str, rules: NameRules) -> NameKey:
    opened = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", surface)).casefold()
    plain = "".join(sign for sign in opened if not unicodedata.combining(sign))
    words = _BETWEEN_WORDS.sub(" ", _WITHIN_FORM.sub("", plain)).split()
    return tuple(words[1:] if len(words) > 1 and words[0] in rules.articles else words)


def _distinctive(words: NameKey, label: str, rules: NameRules) -> NameKey:
    """The words that tell names apart: without a company's legal form or a person's titles."""
    first, last = 0, len(words)
    if label == "PERSON":
        first = next((i for i, word in enumerate(words) if word not in rules.titles), 0)
    elif _FAMILIES.get(label) == _THING:
        dropped = rules.legal_forms | _NAMES_IN_ENGLISH.legal_forms | {"&"}
        while last > 1 and words[last - 1] in dropped:
            last -= 1
    return tuple(_without_case(word, rules.case_endings) for word in words[first:last])


def _without_case(word: str, endings: Sequence[str]) -> str:
    """The word without the longest of the endings that leaves three letters."""
    ending = max((e for e in endings if word.endswith(e)), key=len, default="")
    return word.removesuffix(ending) if len(word) - len(ending) >= _LEAST_LETTERS else word


def _initials(words: NameKey, distinctive: NameKey, rules: NameRules) -> list[str]:
    """The acronyms a name of several words may have, with its legal form and without."""
    names = [words, distinctive]
    names += [tuple(word for word in name if word not in rules.small_words) for name in names]
    return list({"".join(word[0] for word in name): None for name in names if len(name) > 1})


def _acronym(surface: str) -> str:
    """The letters of an acronym in small, or nothing."""
    bare = _POSSESSIVE.sub("", surface)
    return bare.replace(".", "").casefold() if _ACRONYM.fullmatch(bare) else ""
