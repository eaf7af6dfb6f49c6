"""The possessive at the end of a name: "Quito's" is named Quito, "McDonald's" is McDonald's.

Pure text: knows no model.
"""

import regex

from deployments.text.markup import JOINER
from deployments.word_list import phrase_set

# Names that end in "'s" themselves: the best known companies of Wikidata whose names do, sicknesses
# named after a physician, and colleges. Those that are also a first name ("Dick's") are left out,
# since people own more things than shops.
_NAMES = phrase_set(
    """
    alzheimer's, applebee's, arby's, auntie anne's, ben & jerry's, bloomingdale's, buc-ee's, byju's,
    carrabba's, chili's, christie's, crohn's, culver's, dave & buster's, denny's, dillard's,
    domino's, haldiram's, hardee's, hershey's, jack daniel's, jersey mike's, jimmy john's,
    kellogg's, kiehl's, king's, kohl's, lay's, levi's, lloyd's, lowe's, macy's, maggiano's,
    mcdonald's, m&m's, moody's, nando's, new year's, p.f. chang's, papa john's, parkinson's,
    peet's, queen's, raising cane's, reese's, sainsbury's, sotheby's, standard & poor's,
    t.g.i. friday's, tito's, trader joe's, uncle ben's, valentine's, wendy's, zaxby's
    """
)
_SAINT = regex.compile(r"(?:st\.?|saint) \w+['’]s", regex.I)
_MOST_CHARACTERS = 40
# "&#39;s" leaves joiners behind its apostrophe.
_POSSESSIVE = rf"(?:(?<=[\p{{L}}\p{{N}}.])['’]{JOINER}*+[sS]|(?<=[sS])['’]{JOINER}*+)"
_AT_END = regex.compile(rf"{_POSSESSIVE}$")
_BEFORE_SMALL_LETTER = regex.compile(rf"{_POSSESSIVE}(?=\s++\p{{Ll}}|$)")


def without_possessive(surface: str) -> str:
    """The surface less a possessive at its end."""
    match = _AT_END.search(surface)
    if match is None or is_name_in_s(surface):
        return surface
    return surface[: match.start()]


def owner(surface: str) -> str:
    """The name before the first possessive that ends the surface or has a small letter behind it.

    "Quito's metro" gives "Quito"; "Valentine's Day" and "Wendy's burgers" stay.
    """
    match = _BEFORE_SMALL_LETTER.search(surface)
    if match is None or is_name_in_s(surface[: match.end()]):
        return surface
    return surface[: match.start()]


def is_name_in_s(surface: str) -> bool:
    """Whether the surface is a name that ends in "'s" itself ("Macy's", "St. John's")."""
    if len(surface) > _MOST_CHARACTERS:
        return False
    return surface.lower().replace("’", "'").replace(JOINER, "") in _NAMES or bool(
        _SAINT.fullmatch(surface)
    )
