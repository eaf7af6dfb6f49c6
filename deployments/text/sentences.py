"""Where sentences begin and end, by punctuation and layout.

Reads a text in which signals have been replaced, sign by sign, with
:data:`EMOJI_MARK` and :data:`TAG_MARK`, so that a dot in a link or a capital in
a hashtag tells nothing false. It does not know words of any language but the
English abbreviations.
"""

from collections.abc import Iterator

import regex

from deployments.text.word_list import word_set

#: Stands for every code point of an emoji; both are private-use characters of Unicode.
EMOJI_MARK = "\ue000"
#: Stands for every code point of a link, mention or hashtag.
TAG_MARK = "\ue001"


# Never the end of a sentence, whatever follows.
_TITLES = word_set(
    "mr mrs ms mx dr prof messrs rev hon gov sen rep gen col maj capt lt sgt st mt ft vs v "
    "fig figs vol ch sec eq approx est dept univ assn govt cf al e.g i.e viz ca incl"
)
# Not the end before a figure: "No. 5", "Jan. 3".
_BEFORE_FIGURES = word_set("no nos pp p art jan feb mar apr jun jul aug sep sept oct nov dec")
# May end a sentence or not: the next word decides.
_MAYBE = word_set("inc ltd corp co llc plc bros etc jr sr esq ave blvd rd ph.d")
# Words that open a sentence and hardly ever go on with a name after an abbreviation.
_OPENERS = word_set(
    "a an and as at but by for from he her here his how i if in it it's its join let let's my no "
    "not now on our she so that the their then there these they this those to today we we're "
    "what when where which while who why with you your"
)

_CLOSERS = r"[\"'”’»)\]}*_]"
# Candidates only, each run matched whole whatever follows, so that none is read twice: `_ends`
# decides.
_BREAK = regex.compile(
    rf"""
    (?: (?P<dots> [.…]++ ) | (?P<marks> [!?‼⁉] [.!?…‼⁉]*+ ) | (?P<wide> [。！？｡]++ [」』）]*+ )
      | (?P<emoji> {EMOJI_MARK}++ ) )
    (?P<closers> {_CLOSERS}*+ )
    (?P<gap> (?: \s*+ {EMOJI_MARK}++ )*+ \s*+ )
    """,
    regex.VERBOSE | regex.V1,
)
_ACRONYM = regex.compile(r"(?:\p{L}\.)*\p{L}")
_NEXT = regex.compile(r"[^\p{L}\p{N}\s]{0,3}+([\p{L}\p{N}'’]{0,16}+)", regex.V1)
_LINE_BREAK = regex.compile(r"(?:\r\n|[\n\r\v\f\x85\u2028\u2029])\s*+")
_MARKER = regex.compile(
    rf"""
    (?: \s*+ (?: [•◦▪▫●○■□◆◇►▸▹‣⁃∙·✓✗✘➤➢➜→⇒»❖❶-❿]
               | [-*–—+>] (?=\s)
               | {EMOJI_MARK}++
               | \(? (?: \d{{1,2}} | [A-Za-z] ) \) (?=\s)
               | \d{{1,2}} \. (?=\s) ) )*+
    """,
    regex.VERBOSE | regex.V1,
)
_HAS_WORD = regex.compile(r"[\p{L}\p{N}]")


def split_sentences(marked: str) -> Iterator[tuple[int, int]]:
    """Start and end of every sentence, in order, trimmed of white space.

    List markers and emoji at the head of a line stand outside, emoji after the closing
    punctuation inside. A stretch without a word is none.
    """
    for start, end in _candidate_sentences(marked):
        if _HAS_WORD.search(marked, start, end):
            stretch = marked[start:end]
            yield (
                start + len(stretch) - len(stretch.lstrip()),
                end - len(stretch) + len(stretch.rstrip()),
            )


def _candidate_sentences(marked: str) -> Iterator[tuple[int, int]]:
    for line_start, end in _blocks(marked):
        start = _after_marker(marked, line_start)
        for punctuation in _BREAK.finditer(marked, start, end):
            if _ends(marked, start, punctuation):
                yield start, punctuation.end()
                start = punctuation.end()
        yield start, end


def _blocks(marked: str) -> Iterator[tuple[int, int]]:
    """The text between line breaks, hard-wrapped lines joined."""
    start = line_start = 0
    for line_break in _LINE_BREAK.finditer(marked):
        if not _wraps(marked[line_start : line_break.start()], marked, line_break):
            yield start, line_break.start()
            start = line_break.end()
        line_start = line_break.end()
    yield start, len(marked)


def _wraps(line: str, marked: str, line_break: regex.Match[str]) -> bool:
    """Whether the line was broken for its length alone: one break, then a small letter."""
    next_line = line_break.end()
    one_break = len(line_break[0].replace("\r\n", "\n").rstrip(" \t")) == 1
    return (
        one_break
        and marked[next_line : next_line + 1].islower()
        and not line.rstrip().endswith((".", "!", "?", "…", ":", ";", "。", EMOJI_MARK))
        and _after_marker(marked, next_line) == next_line
    )


def _after_marker(marked: str, start: int) -> int:
    marker = _MARKER.match(marked, start)
    return marker.end() if marker else start


def _ends(marked: str, start: int, punctuation: regex.Match[str]) -> bool:
    """Whether the sentence that began at ``start`` ends at this run of punctuation or emoji."""
    if punctuation["wide"]:
        return True
    following = _NEXT.match(marked, punctuation.end())
    word = following[1] if following else ""
    if not punctuation["gap"]:
        return False
    if punctuation["emoji"]:
        # "We ❤️ Chicago" is one sentence, "We made it 🎉 Thank you" are two.
        words_before = marked[max(start, punctuation.start() - 80) : punctuation.start()].split()
        return word[:1].isupper() and len(words_before) > 2
    if punctuation["marks"]:
        return not (punctuation["closers"] and word[:1].islower())  # "Why?" he asked.
    return _ends_at_dot(_word_before(marked, start, punctuation.start()), word, punctuation)


def _word_before(marked: str, start: int, stop: int) -> str:
    words = marked[max(start, stop - 24) : stop].split()
    return words[-1].lstrip("\"'“‘([") if words else ""


def _ends_at_dot(before: str, after: str, punctuation: regex.Match[str]) -> bool:
    word_before = before.lower()
    if EMOJI_MARK in punctuation["gap"] and not after[:1].islower():
        return True
    if len(punctuation["dots"]) == 1 and word_before in _TITLES:
        return False
    if word_before in _BEFORE_FIGURES and after[:1].isdigit():
        return False
    if word_before in _MAYBE or _ACRONYM.fullmatch(before):
        return not after or (after[:1].isupper() and after.lower() in _OPENERS)
    if after[:1].islower():  # an abbreviation that no list knows is short
        return punctuation["dots"] == "." and not punctuation["closers"] and len(before) > 3
    return True
