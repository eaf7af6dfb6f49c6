"""HTML in a text, and what LinkedIn's page adds for screen readers: neither is read.

Exports of Mastodon and of mailing tools hold tags and entities, a post copied from LinkedIn
"hashtag#Tag". They are overwritten sign for sign, so that every offset stays that of the text
as sent: a tag of a block becomes a line break, an entity its character, all else blanks, and
within a word :data:`JOINER`. "revenue < cost" and "<3" are no HTML.
"""

import html
from html.entities import html5
from unicodedata import category

import regex

from deployments.word_list import word_set

#: WORD JOINER: stands within a word where the text as sent has markup ("R&amp;D", "#<span>AI").
JOINER = "\u2060"

_BLOCKS = "|".join(word_set(
    "address article aside blockquote body br caption center dd div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol option p pre"
    " section table tbody td tfoot th thead title tr ul"
))  # fmt: skip
_INLINE = "|".join(word_set(
    "a abbr b big button cite code del em embed font i iframe img input ins kbd label link mark"
    " meta param picture q s samp select small source span strike strong sub sup svg path textarea"
    " time tt u var video audio wbr"
))  # fmt: skip
_FLAGS = "allowfullscreen|async|autoplay|checked|controls|defer|disabled|hidden|loop|muted|selected"

_NAME = f"{_BLOCKS}|{_INLINE}"
# No value holds a "<": so nothing is read twice, however the text goes on.
_ATTRIBUTE = (
    rf"""(?: (?: {_FLAGS} ) (?= [\s/>] ) | [\w:.@-]++ \s*+ = \s*+"""
    rf""" (?: "[^"<]*+" | '[^'<]*+' | [^\s"'<>=`]++ ) )"""
)
_TAG = rf"< /?+ (?: {_NAME} ) (?= [\s/>] ) (?: \s++ {_ATTRIBUTE} )*+ \s*+ /?+ >"
_OTHER = r"<! [^<>]*+ > | < (style|script) (?= [\s>] ) [^<>]*+ > [^<]*+ </ \1 \s*+ >"
_TAGS = regex.compile(rf"(?: {_TAG} | {_OTHER} )++", regex.VERBOSE | regex.IGNORECASE)
# One of these makes a text HTML: "List<b>" and "a <b" do not.
_HTML = regex.compile(
    rf"</ (?: {_NAME} ) \s*+ > | < (?: br | hr | p | img ) (?= [\s/>] ) [^<>]*+ >",
    regex.VERBOSE | regex.IGNORECASE,
)
_BLOCK_TAG = regex.compile(rf"</?+(?:{_BLOCKS})(?=[\s/>])", regex.IGNORECASE)
_ENTITY = regex.compile(r"&(?:\#\d{1,7}+|\#[xX][0-9a-fA-F]{1,6}+|[A-Za-z][A-Za-z0-9]{1,31}+);")
_WORD_GOES_ON = regex.compile(r"[\p{L}\p{N}'’]|&(?:\#(?:39|8217|x27|x2019)|apos|rsquo);")
_TAG_LABEL = regex.compile(
    r"(?<![\p{L}\p{N}_#＃@])hashtag(?=[#＃])|^hashtag(?=\r?\n[#＃])",
    regex.IGNORECASE | regex.MULTILINE | regex.V1,
)


def without_markup(text: str) -> str:
    """``text`` with its markup overwritten; same length, offset for offset."""
    if "<" in text and _HTML.search(text):
        text = _TAGS.sub(_tag_filling, text)
    if "&" in text:
        text = _ENTITY.sub(_entity_filling, text)
    if "ashtag" in text or "ASHTAG" in text:
        text = _TAG_LABEL.sub(lambda label: " " * len(label[0]), text)
    return text


def surface(sent: str, read: str) -> str:
    """A stretch of the text as sent, given as it was read too, without its markup."""
    return sent if sent == read else "".join(map(_sign, sent, read))


def _sign(sent: str, read: str) -> str:
    if sent == read:
        return sent
    if read == JOINER or (read.isspace() and not sent.isspace() and sent != "&"):
        return ""
    return read if sent == "&" else sent  # else a styled letter, as sent


def entity_end(text: str, end: int) -> int:
    """Where a stretch that ends at ``end`` ends with all of its last entity: "Go&excl;"."""
    entity = _ENTITY.match(text, end - 1) if end else None
    return entity.end() if entity else end


def _tag_filling(tags: regex.Match[str]) -> str:
    length = len(tags[0])
    if _BLOCK_TAG.search(tags[0]):
        return "\n\n" + " " * (length - 2)  # two: never the end of a hard-wrapped line
    return (JOINER if _is_within_word(tags) else " ") * length


def _entity_filling(entity: regex.Match[str]) -> str:
    sign = html.unescape(entity[0])
    length = len(entity[0])
    is_known = entity[0][1] == "#" or entity[0][1:] in html5
    if not is_known or len(sign) != 1:
        return entity[0]
    if category(sign) == "Cf":  # "&shy;" and other invisible signs
        return (JOINER if _is_within_word(entity) else " ") * length
    goes_on = sign.isalnum() or (_goes_on(entity) and not sign.isspace())
    return sign + (JOINER if goes_on else " ") * (length - 1)


def _is_within_word(markup: regex.Match[str]) -> bool:
    before = markup.string[max(0, markup.start() - 1) : markup.start()]
    return bool(before) and not before.isspace() and _goes_on(markup)


def _goes_on(markup: regex.Match[str]) -> bool:
    return _WORD_GOES_ON.match(markup.string, markup.end()) is not None
