"""Where a mention begins and ends, and what cannot be a name at all.

Pure text: knows no model.
"""

from functools import cache
from pathlib import Path

import regex

from deployments.entities.mention import Mention
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
_TWO_WORDS = regex.compile(r"(\S{1,20}+\s++)(?:\S{1,20}+\s++)?+")
# A dot belongs to a name only after an initial or one of these.
_FINAL_DOT = regex.compile(r"\b(?:\p{L}|Inc|Co|Corp|Ltd|Jr|Sr|St|Bros|vs)\.$", regex.I)


def trim(mention: Mention, text: str, plain: str) -> Mention | None:
    """The mention without white space, punctuation and possessive, up to a blanked signal.

    Args:
        mention: a place in both texts.
        text: the document's with its signals blanked.
        plain: the document's with its signals.

    Returns:
        None where the rest cannot be a name.
    """
    signals = (i for i in range(mention.start, mention.end) if text[i] != plain[i])
    surface = text[mention.start : next(signals, mention.end)].rstrip()
    if not _FINAL_DOT.search(surface):
        surface = surface.rstrip("." + (_EDGE if "(" in surface else _EDGE + ")]}"))
    start = mention.start + len(surface) - len(surface.lstrip(_EDGE + "."))
    start += _length_of_greeting(text[start : mention.start + len(surface)])
    end = start + len(owner(text[start : mention.start + len(surface)]))
    if is_name_in_s(text[start : end + 2]):
        end += 2
    if not _may_be_name(text[start:end]):
        return None
    return Mention(start, end, mention.label, mention.confidence)


def _may_be_name(surface: str) -> bool:
    if "#" in surface or "＃" in surface:
        return False  # a hash sign within a word starts no hashtag, so nothing blanked it
    return any(c.isalpha() for c in surface) and surface.lower() not in _no_names()


@cache
def _no_names() -> frozenset[str]:
    return frozenset(read_word_list(NO_NAMES_FILE)) | _greetings()


@cache
def _greetings() -> frozenset[str]:
    return frozenset(read_word_list(GREETINGS_FILE))


def _length_of_greeting(surface: str) -> int:
    """How long the greeting at the head of a surface is, with what stands behind it."""
    match = None if surface.lower() in _greetings() else _TWO_WORDS.match(surface)
    for words in (match[0], match[1]) if match else ():
        if words.rstrip(_EDGE).lower() in _greetings():
            return len(words)
    return 0
