"""The words and signals of a text: one pattern, one pass.

Holds the spelling of emoji, hashtags, mentions and words; that of links is in ``links``. It does
not know what a sentence is, nor what anyone does with the spans. Runs are possessive or bounded,
so that no text makes the search slower than linear.
"""

import regex

from deployments.text.links import LABELS, LINK, WORD_SIGN
from deployments.text.markup import JOINER

# A possible emoji of UTS #51, section 1.4.9, less the signs that are text unless a variation
# selector says otherwise; ©, ® and ™ are always text, and so are digits outside keycaps.
_PICTURE = r"""
    (?: [[\p{Emoji_Presentation}||\p{Extended_Pictographic}]&&\p{Emoji}--[©®™ℹ‼⁉Ⓜ㊗㊙🅰🅱🅾🅿]]
      | [ℹ‼⁉Ⓜ㊗㊙🅰🅱🅾🅿] (?=\uFE0F) )
    (?!\uFE0E) \p{EMod}?+ (?: \uFE0F\u20E3? )?+ [\U000E0020-\U000E007F]*+
"""
_EMOJI = rf"\p{{RI}}{{2}} | [0-9\#*]\uFE0F?\u20E3 | {_PICTURE} (?: \u200D {_PICTURE} )*+"
# Before it a run gives its last sign back, which is none of a word: "a1️⃣", "aℹ️".
_NO_EMOJI_SIGN = r"(?! (?<=ℹ)\uFE0F | \uFE0F?\u20E3 )"

# "#1" is a rank; a hashtag may follow another without a space, but "C#" is none. The signs
# that other scripts write within a word are those of twitter-text.
_TAG_SIGN = (
    rf"[\w\p{{M}}{JOINER}\u05BE\u05F3\u05F4\u0F0B\u0F0C\u3003\u301C\u309B\u309C\u30A0\u30FB\uFF5E"
    r"--[\uFE0E\uFE0F\u20E3]]"
)
_HASHTAG = rf"""
    (?<! {WORD_SIGN} | & )
    (?: [#＃] {JOINER}*+ (?= [\p{{N}}_]*+ \p{{L}} ) (?! https?:// )
        {_TAG_SIGN}+ (?: ·(?=\p{{L}}) {_TAG_SIGN}++ )* {_NO_EMOJI_SIGN} )++
"""
# "@5pm" is a time. "f!@k" is none after twitter-text, "@jo@social.example" is one of Mastodon's.
_MENTION = rf"""
    (?: (?<! {WORD_SIGN} | [@＠] | {WORD_SIGN} [!\#$%&*] ) | (?<= (?<! {WORD_SIGN} ) [Rr][Tt] ) )
    [@＠] {JOINER}*+ (?! \d{{1,2}} (?: :\d\d )? (?i: [ap]m )? \b ) (?= _*+ [\p{{L}}\p{{N}}] )
    {WORD_SIGN}++ (?: @ {LABELS} \p{{L}}{{2,24}}+ | (?: [.-] {WORD_SIGN}++ )*+ (?! [@＠] | :// ) )
"""
# "U.S", "R&D", "well-known", "it's", "1,000.5" are one word each.
_RUN = rf"[\p{{L}}\p{{N}}] [\p{{L}}\p{{N}}\p{{M}}--[\uFE0E\uFE0F\u20E3]]* {_NO_EMOJI_SIGN}"
_LETTERS = rf"{_RUN} (?: {JOINER}++ {_RUN} )*+ {JOINER}*+"
# Behind a signal, and "Jr.": the word that it belongs to has no letters of its own.
_LOOSE_POSSESSIVE = rf"(?<=\S) ['’]s (?! {WORD_SIGN} )"
_WORD = rf"""
    \p{{L}} (?: \. \p{{L}} )++ (?! [\p{{L}}\p{{N}}] )
  | {_LETTERS} (?: (?: ['’‑&-] {JOINER}*+ | (?<=\p{{N}}) [.,] (?=\p{{N}}) ) {_LETTERS} )*+
"""

# Nine words of ten: nothing that may follow here makes a link or a longer word of them, and
# telling so first halves the time of a text.
_PLAIN_WORD = r"\p{L}++ (?= [ ,;!?\n] )"

_TOKEN = regex.compile(
    rf"""(?P<words> {_PLAIN_WORD} ) | (?P<emoji> {_EMOJI} ) | (?P<links> {LINK} )
       | (?P<hashtags> {_HASHTAG} ) | (?P<mentions> {_MENTION} )
       | (?P<possessives> {_LOOSE_POSSESSIVE} ) | (?P<words> {_WORD} )""",
    regex.VERBOSE | regex.V1,
)
_ONE_HASHTAG = regex.compile(r"[#＃][^#＃]+")

#: What a token may be: the fields of ``Signals``, and words.
KINDS = ("hashtags", "mentions", "links", "emoji", "words")


def scan(plain: str) -> dict[str, list[int]]:
    """Every word and signal by kind (the KINDS), as flat offsets: start, end, start, end, ...

    In order and without overlaps. Words and hashtags inside a link or a mention do not
    appear again. "possessives" are each "'s" that no word of letters has: prose, but no word.
    """
    offsets: dict[str, list[int]] = {kind: [] for kind in (*KINDS, "possessives")}
    for match in _TOKEN.finditer(plain):
        offsets[match.lastgroup] += match.span()  # type: ignore[index]  # every branch has a name
    offsets["hashtags"] = [
        offset
        for start, end in zip(offsets["hashtags"][::2], offsets["hashtags"][1::2], strict=True)
        for tag in _ONE_HASHTAG.finditer(plain, start, end)
        for offset in tag.span()
    ]
    return offsets
