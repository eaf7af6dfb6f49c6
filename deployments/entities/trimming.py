"""Where a mention begins and ends, and what cannot be a name at all.

Pure text: knows no model.
"""

from functools import cache
from pathlib import Path

import regex

from deployments.entities.mention import Mention
from deployments.languages.loading import rules_of
from deployments.languages.rules import Words
from deployments.text.possessive import is_name_in_s, owner
from deployments.word_list import read_word_list

_LISTS = Path(__file__).parents[1] / "models" / "entities"
#: Terms of business posts that are no names; a part of what an answer depends on.
NO_NAMES_FILE = _LISTS / "no_names.txt"
#: Words of thanks and greeting, which are none and stand before one; likewise.
GREETINGS_FILE = _LISTS / "greetings.txt"

_SPACE = "".join(c for c in map(chr, range(0x3001)) if c.isspace())
# With the joiners and selectors that an emoji may leave behind where it is cut in two.
_EDGE = _SPACE + "\u200d\u2060\ufe0e\ufe0f@＠\"“”'‘’«»`*_|•·–—-:;,!?…/\\([{<>~^="
_LONGEST_ELISION = 10
_TWO_WORDS = regex.compile(r"(\S{1,20}+\s++)(?:\S{1,20}+\s++)?+")
# A dot belongs to a name only after an initial or one of these.
_FINAL_DOT = regex.compile(
    r"\b(?:\p{L}|Inc|Co|Corp|Ltd|Ltda|C[ií]a|Hnos|Gebr|Jr|Sr|St|Bros|vs)\.$", regex.I
)


def trim(mention: Mention, text: str, plain: str, code: str = "en") -> Mention | None:
    """The mention without white space, punctuation and possessive, up to a blanked signal.

    Args:
        mention: a place in both texts.
        text: the document's with its signals blanked.
        plain: the document's with its signals.
        code: the language of the place.

    Returns:
        None where the rest cannot be a name.
    """
    signals = (i for i in range(mention.start, mention.end) if text[i] != plain[i])
    surface = text[mention.start : next(signals, mention.end)].rstrip()
    if not _FINAL_DOT.search(surface):
        surface = surface.rstrip("." + (_EDGE if "(" in surface else _EDGE + ")]}"))
    start = mention.start + len(surface) - len(surface.lstrip(_EDGE + "."))
    start += _length_of_greeting(text[start : mention.start + len(surface)], code)
    start += _length_of_elision(text[start : mention.start + len(surface)], code)
    end = start + len(owner(text[start : mention.start + len(surface)]))
    if is_name_in_s(text[start : end + 2]):
        end += 2
    if not _may_be_name(text[start:end], code):
        return None
    return Mention(start, end, mention.label, mention.confidence)


def _may_be_name(surface: str, code: str) -> bool:
    if "#" in surface or "＃" in surface:
        return False  # a hash sign within a word starts no hashtag, so nothing blanked it
    return any(c.isalpha() for c in surface) and surface.lower() not in _no_names(code)


@cache
def _no_names(code: str) -> Words:
    own = rules_of(code).names.no_names
    return frozenset(read_word_list(NO_NAMES_FILE)) | own | _greetings(code)


@cache
def _greetings(code: str) -> Words:
    """Greetings of all languages, and what else opens an address in one."""
    rules = rules_of(code)
    own = Words() if rules.code == "en" else rules.greetings | rules.names.salutations
    return frozenset(read_word_list(GREETINGS_FILE)) | own


def _length_of_greeting(surface: str, code: str) -> int:
    """How long the greeting at the head of a surface is, with what stands behind it."""
    greetings = _greetings(code)
    match = None if surface.lower() in greetings else _TWO_WORDS.match(surface)
    for words in (match[0], match[1]) if match else ():
        if words.rstrip(_EDGE).lower() in greetings:
            return len(words)
    return 0


def _length_of_elision(surface: str, code: str) -> int:
    """How long an elided article or preposition is: "d'" of "d'Enedis", not that of "L'Oréal"."""
    end = surface[:_LONGEST_ELISION].replace("’", "'").find("'") + 1
    return end if surface[:end].replace("’", "'") in rules_of(code).phrases.elisions else 0
