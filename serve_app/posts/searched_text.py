"""A text as its words are indexed and looked for.

What Postgres takes for a word depends on the locale of its database: in the plainest one every
sign beyond ASCII is a letter, and "launch🚀" or "goal…" is found by nobody who looks for the word.
So what is no part of a word is blanked before Postgres sees it, sign for sign: places in a text as
it is searched are places in the text as it was sent.
"""

import re
import unicodedata

from deployments.text.document import plain_text

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
#: Marks that only dress an emoji: variation selectors, and the frame of a key.
_DRESS = frozenset([*map(chr, range(0xFE00, 0xFE10)), "\u20e3"])
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))


class _WordSigns(dict[int, str]):
    """By code point, the sign itself in a word, a blank elsewhere; filled as texts come."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        in_word = unicodedata.category(sign)[0] in "LNM" and sign not in _DRESS
        self[code] = sign if in_word else " "
        return self[code]


#: An apostrophe as typesetters have it is one: word processors and phones write it.
_WORD_SIGNS = _WordSigns({0x2019: "'"})


def searched_text(text: str) -> str:
    """The text as its words are indexed; same length, code point for code point."""
    plain = plain_text(text)
    if plain.isascii():
        return plain
    return _BEYOND_ASCII.sub(lambda signs: signs[0].translate(_WORD_SIGNS), plain)


def searched_query(q: str) -> str:
    """What a caller looks for, read in the same way; a phrase may stand in quotes of any kind."""
    return searched_text(q.translate(_QUOTES))
