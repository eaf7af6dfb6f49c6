"""The words and signals of a text: one pattern, one pass.

Holds the spelling of links, emoji, hashtags, mentions and words. It does not
know what a sentence is, nor what anyone does with the spans. Runs are possessive
or bounded, so that no text makes the search slower than linear.
"""

import regex

# A name that ends in one of these is a link as it stands ...
_SURE_ENDINGS = (
    r"com|org|net|edu|gov|io|ai|app|dev|tech|info|biz|eu|de|fr|ch|nl|ca|jp|co"
    r"|(?:co|org|ac|gov)\.uk|com\.(?:au|br|mx|sg)|co\.(?:in|jp|nz|za)"
)
# ... with these only before a path: alone they may be a word after a forgotten space.
_SHORTENER_ENDINGS = "ly|in|to|be|me|gl|gg|so|us|uk|at|is|do|fm|la|ms|li|st|cc|tv|it|page|link|id"

_SIGN = r"[\w/\#@&=%$~+*:;,.?!'\[\]-]"
# Brackets only in pairs, and no punctuation at the end: that belongs to the sentence.
_TAIL = rf"(?: {_SIGN} | \( [\w/\#&=%~+,.-]{{0,256}}+ \) )+ (?<! [.,:;?!'*\[\]~] )"
# Labels of a host name have at most 63 signs (RFC 1035), local parts of an address 64 (RFC 5321).
_LABELS = r"(?: \w [\w-]{0,62}+ \. ){1,8}"
_LINK = rf"""
    (?i: https?:// | www\. ) {_TAIL}
  | (?<!\w) [\w.+%-]{{1,64}}+ @ {_LABELS} \p{{L}}{{2,24}}+
  | (?<! [\w@] ) (?: {_LABELS} (?: {_SURE_ENDINGS} ) (?! [\w@-] | \.\w ) (?: [/?\#:] {_TAIL} )?+
                   | {_LABELS} (?: {_SHORTENER_ENDINGS} ) / {_TAIL} )
"""

# A possible emoji of UTS #51, section 1.4.9, less the signs that are text unless a variation
# selector says otherwise; ©, ® and ™ are always text, and so are digits outside keycaps.
_PICTURE = r"""
    (?: [[\p{Emoji_Presentation}||\p{Extended_Pictographic}]&&\p{Emoji}--[©®™ℹ‼⁉Ⓜ㊗㊙]]
      | [ℹ‼⁉Ⓜ㊗㊙] (?=\uFE0F) )
    (?!\uFE0E) (?: \p{EMod} | \uFE0F\u20E3? )?+ [\U000E0020-\U000E007F]*+
"""
_EMOJI = rf"\p{{RI}}{{2}} | [0-9\#*]\uFE0F?\u20E3 | {_PICTURE} (?: \u200D {_PICTURE} )*+"

# "#1" is a rank and "@5pm" a time; a hashtag may follow another without a space, but "C#" is none.
_HASHTAG = r"(?<! \w | & ) (?: [#＃] (?= [\p{N}_]*+ \p{L} ) [\w\p{M}]++ )++"
_MENTION = r"""
    (?<! [\w.@＠] ) [@＠] (?! \d{1,2} (?: :\d\d )? (?i: [ap]m )? \b )
    \w [\w\p{M}]*+ (?: [.-] [\w\p{M}]++ )*+
"""
# "U.S", "R&D", "well-known", "it's", "1,000.5" are one word each.
_LETTERS = r"[\p{L}\p{N}] [\p{L}\p{N}\p{M}]*+"
_WORD = rf"""
    \p{{L}} (?: \. \p{{L}} )++ (?! [\p{{L}}\p{{N}}] )
  | {_LETTERS} (?: (?: ['’‑&-] | (?<=\p{{N}}) [.,] (?=\p{{N}}) ) {_LETTERS} )*+
"""

# Nine words of ten: nothing that may follow here makes a link or a longer word of them, and
# telling so first halves the time of a text.
_PLAIN_WORD = r"\p{L} [\p{L}\p{M}]*+ (?= [ ,;!?\n] )"

_TOKEN = regex.compile(
    rf"""(?P<words> {_PLAIN_WORD} ) | (?P<emoji> {_EMOJI} ) | (?P<links> {_LINK} )
       | (?P<hashtags> {_HASHTAG} ) | (?P<mentions> {_MENTION} ) | (?P<words> {_WORD} )""",
    regex.VERBOSE | regex.V1,
)
_ONE_HASHTAG = regex.compile(r"[#＃][^#＃]+")

#: What a token may be: the fields of ``Signals``, and words.
KINDS = ("hashtags", "mentions", "links", "emoji", "words")


def scan(plain: str) -> dict[str, list[int]]:
    """Every word and signal by kind (the KINDS), as flat offsets: start, end, start, end, ...

    In order and without overlaps. Words and hashtags inside a link or a mention do not
    appear again.
    """
    offsets: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for match in _TOKEN.finditer(plain):
        offsets[match.lastgroup] += match.span()  # type: ignore[index]  # every branch has a name
    offsets["hashtags"] = [
        offset
        for start, end in zip(offsets["hashtags"][::2], offsets["hashtags"][1::2], strict=True)
        for tag in _ONE_HASHTAG.finditer(plain, start, end)
        for offset in tag.span()
    ]
    return offsets
