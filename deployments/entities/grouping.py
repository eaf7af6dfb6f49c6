"""Which mentions name the same entity: by their words alone.

Knows surfaces and labels, no text, no offsets, no model. What the words do not settle stays
apart: two groups for one entity mislead less than one group for two.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import regex

Key = tuple[str, ...]

#: A recogniser wavers between these for one and the same name ("Slack", "Web Summit").
_THING = "THING"
_FAMILIES = {"ORG": _THING, "PRODUCT": _THING, "EVENT": _THING, "WORK": _THING}
#: Whose signs are part of what they say: "$5" is not "€5".
_FIGURES = frozenset({"DATE", "MONEY", "PERCENT"})


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Forms of companies, as they stand behind a name.
_COMPANY_FORMS = _listed(
    "ag gmbh kg se inc incorporated ltd limited llc llp lp plc corp corporation co company sa sas "
    "sarl spa srl bv nv oy oyj ab asa as aps pty pte kk"
)
# What stands before a person's name and is none of it.
_TITLES = _listed("mr mrs ms mx miss dr prof professor sir dame")
# Words that an acronym leaves out or not: "Bank of America" is BoA, "Department of Energy" DOE.
_SMALL_WORDS = _listed("& a an and at by de for in of on the to")
_UNTOLD = _COMPANY_FORMS | {"&"}

_POSSESSIVE = regex.compile(r"['’]s\b|(?<=s)['’](?!\w)", regex.I)
_BETWEEN_WORDS = regex.compile(r"[^\p{L}\p{N}&+]+")
_ACRONYM = regex.compile(r"(?:\p{Lu}\.?){2,6}")


@dataclass(slots=True)
class _Known:
    """The groups of one family so far.

    Attributes:
        by_key: a name's folded words to its group.
        by_word: persons alone: each word of a full name to the names that hold it.
        by_initials: names of several words by every acronym they may have.
        by_acronym: acronyms that were named before any name of theirs.
    """

    by_key: dict[Key, int] = field(default_factory=dict)
    by_word: dict[str, list[Key]] = field(default_factory=dict)
    by_initials: dict[str, int] = field(default_factory=dict)
    by_acronym: dict[str, int] = field(default_factory=dict)


def groups(mentions: Sequence[tuple[str, str]]) -> list[int]:
    """For each (surface, label) in the order of the text the number of its group, from 0.

    Mentions are of one group if their labels are of one family and

    - they are equal when folded: without case, accents, "the", possessive and, for companies,
      "AG", "Inc." and the like ("Siemens" and "Siemens AG");
    - a person is named by a part of one full name before ("Ana Souza", later "Ana"); where two
      full names fit, it stays alone;
    - one is the acronym of the other, in either order ("International Data Corporation", "IDC").
    """
    known: dict[str, _Known] = {}
    numbers: list[int] = []
    fresh = 0
    for surface, label in mentions:
        family = known.setdefault(_FAMILIES.get(label, label), _Known())
        number = _number(surface, label, family, fresh=fresh)
        numbers.append(number)
        fresh = max(fresh, number + 1)
    return numbers


def _number(surface: str, label: str, known: _Known, *, fresh: int) -> int:
    if label in _FIGURES:
        return known.by_key.setdefault((" ".join(surface.casefold().split()),), fresh)
    words = fold(surface)
    key = _core(words, label)
    acronym = _acronym(surface)
    number = known.by_key.get(key)
    if number is None and label == "PERSON":
        number = _by_part(key, known)
    if number is None and label != "PERSON":
        number = _by_acronym(acronym, _initials(words, key), known)
    number = fresh if number is None else number
    _learn(key, _initials(words, key), acronym, number, known)
    return number


def _learn(key: Key, initials: list[str], acronym: str, number: int, known: _Known) -> None:
    if key not in known.by_key:
        known.by_key[key] = number
        for word in set(key) if len(key) > 1 else ():
            known.by_word.setdefault(word, []).append(key)
    for letters in initials:
        known.by_initials.setdefault(letters, number)
    if acronym:
        known.by_acronym.setdefault(acronym, number)


def _by_part(part: Key, known: _Known) -> int | None:
    """The group of the one full name before that holds these words in this order."""
    holders = known.by_word.get(part[0], ()) if part else ()
    found = {known.by_key[name] for name in holders if _within(part, name)}
    return found.pop() if len(found) == 1 else None


def _within(part: Key, name: Key) -> bool:
    left = iter(name)
    return len(part) < len(name) and all(word in left for word in part)


def _by_acronym(acronym: str, initials: list[str], known: _Known) -> int | None:
    if acronym in known.by_initials:
        return known.by_initials[acronym]
    return next((known.by_acronym[i] for i in initials if i in known.by_acronym), None)


def fold(surface: str) -> Key:
    """The words of a name without case, accents, leading "the" and possessive."""
    opened = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", surface)).casefold()
    plain = "".join(sign for sign in opened if not unicodedata.combining(sign))
    # "S.A." and "U.S." are one word each.
    words = _BETWEEN_WORDS.sub(" ", regex.sub(r"(?<=\b\p{L})\.(?=\p{L}\b|\W|$)", "", plain)).split()
    return tuple(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)


def _core(words: Key, label: str) -> Key:
    """The words that tell: a company without its form, a person without titles."""
    if label == "PERSON":
        first = next((i for i, word in enumerate(words) if word not in _TITLES), 0)
        return words[first:]
    last = len(words)
    if _FAMILIES.get(label) == _THING:
        while last > 1 and words[last - 1] in _UNTOLD:
            last -= 1
    return words[:last]


def _initials(words: Key, core: Key) -> list[str]:
    """The acronyms a name of several words may have, with its company form and without."""
    names = [words, core]
    names += [tuple(word for word in name if word not in _SMALL_WORDS) for name in names]
    return list({"".join(word[0] for word in name): None for name in names if len(name) > 1})


def _acronym(surface: str) -> str:
    """The letters of an acronym in small, or nothing."""
    bare = _POSSESSIVE.sub("", surface)
    return bare.replace(".", "").casefold() if _ACRONYM.fullmatch(bare) else ""
