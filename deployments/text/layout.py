"""The lines of a post: which of them belong together, and where a list has its items.

Reads a text in which signals have been replaced, sign by sign, with :data:`EMOJI_MARK` and
:data:`TAG_MARK`. It knows nothing of punctuation within a line.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import regex

#: Stands for every code point of an emoji; both are private-use characters of Unicode.
EMOJI_MARK = "\ue000"
#: Stands for every code point of a link, mention or hashtag.
TAG_MARK = "\ue001"

# Narrower text is not broken for its length; of a broken line at least this share is full, since
# proportional letters and long words leave it ragged.
_LEAST_WIDTH = 40
_FULL_SHARE = 0.85

_LINE_BREAK = regex.compile(r"(?:\r\n|[\n\r\v\f\x85\u2028\u2029])\s*+")
_BULLET = r"[•◦▪▫●○■□◆◇►▸▹‣⁃∙·✓✗✘➤➢➜→⇒»❖]"
_MARKER = regex.compile(
    rf"""
    (?: \s*+ (?: {_BULLET} | [-*–—+>] (?=\s) | {EMOJI_MARK}++ | [①-⒛⓪-⓿❶-➓]
               | \(? (?: \d{{1,2}} | [A-Za-z] ) \) (?=\s)
               | \d{{1,2}} (?: \. \)? | / ) (?=\s) | \d{{1,2}} \. (?= \p{{Lu}}\p{{Ll}} ) ) )*+
    """,
    regex.VERBOSE | regex.V1,
)
# "1.", "2)", "(3)", "4.)", "b.", "•", "• 9." within a line or at its head. In re, which looks for
# it in a quarter of the time that regex takes.
_ITEM = re.compile(
    r"""
    (?<! \S ) (?: (?P<bullet> [•◦▪▫●○■□◆◇►▸▹‣⁃∙·✓✗✘] ) (?: \s*+ \d{1,2} \. (?=\s) )?+
      | (?P<open> \(?+ ) (?: (?P<number> \d{1,2}+ ) | (?P<letter> [a-z] ) )
        (?P<close> \.?+ \) | \. ) (?=\s) )
    """,
    re.VERBOSE,
)
_INTRODUCTION = (":", ".", "!", "?", "…", EMOJI_MARK)


def blocks(marked: str) -> Iterator[tuple[int, int]]:
    """Start and end of every stretch between line breaks, hard-wrapped lines joined."""
    paragraph: list[tuple[int, int]] = []
    start = 0
    for line_break in _LINE_BREAK.finditer(marked):
        paragraph.append((start, line_break.start()))
        if not _may_wrap(marked, start, line_break):
            yield from _joined(marked, paragraph)
            paragraph = []
        start = line_break.end()
    yield from _joined(marked, [*paragraph, (start, len(marked))])


def _may_wrap(marked: str, start: int, line_break: regex.Match[str]) -> bool:
    """Whether the line may be broken for its length alone: one break, then a small letter."""
    next_line = line_break.end()
    one_break = len(line_break[0].replace("\r\n", "\n").rstrip(" \t")) == 1
    return (
        one_break
        and marked[next_line : next_line + 1].islower()
        and not marked[start : line_break.start()]
        .rstrip()
        .endswith((".", "!", "?", "…", ":", ";", "。", EMOJI_MARK))
        and after_marker(marked, next_line, next_line + 8) == next_line
    )


def _joined(marked: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """One block of lines that were broken for their length; else a block for each."""
    if len(lines) > 1 and (_is_sentence(marked, lines) or _fills_lines(marked, lines)):
        yield lines[0][0], lines[-1][1]
    else:
        yield from lines


def _is_sentence(marked: str, lines: list[tuple[int, int]]) -> bool:
    """From a capital to a full stop."""
    first = after_marker(marked, *lines[0])
    last = marked[lines[-1][0] : lines[-1][1]]
    return marked[first : first + 1].isupper() and last.rstrip().endswith((".", "!", "?"))


def _fills_lines(marked: str, lines: list[tuple[int, int]]) -> bool:
    """Whether the next line's first word had no room on any line."""
    texts = [marked[start:end].rstrip() for start, end in lines]
    width = max(map(len, texts))
    filled = (len(line) + 1 + len(below.split(maxsplit=1)[0]) for line, below in pairwise(texts))
    return width >= _LEAST_WIDTH and min(filled) >= _FULL_SHARE * width


def after_marker(marked: str, start: int, end: int) -> int:
    """Where the text up to ``end`` begins behind the list markers and emoji at ``start``."""
    marker = _MARKER.match(marked, start, end)
    return marker.end() if marker else start


def list_items(marked: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The block cut at each item of a list that runs within it, less the items' markers.

    A list begins with the block, or behind a colon or the end of a sentence, and counts up, or
    repeats its bullet: "Two things: 1. Listen. 2. Act."
    """
    for marker_start, marker_end in sorted(_list_markers(marked, start, end)):
        yield start, marker_start
        start = marker_end
    yield start, end


def _list_markers(marked: str, start: int, end: int) -> set[tuple[int, int]]:
    """The markers of every list of two items or more."""
    head_end = after_marker(marked, start, end)
    markers: set[tuple[int, int]] = set()
    last: dict[tuple[str | bool | None, ...], tuple[int, tuple[int, int]]] = {}
    for item in _ITEM.finditer(marked, start, end):
        style = (*item.group("bullet", "open", "close"), item["letter"] is None)
        number, previous = _number(item), last.get(style)
        if previous and number == previous[0] + (not item["bullet"]):
            markers |= {previous[1], item.span()}
        elif not (item.start() <= head_end or (number <= 1 and _is_introduced(marked, item))):
            continue
        last[style] = number, item.span()
    return markers


def _number(item: re.Match[str]) -> int:
    """What the item counts: from 1; 0 behind a bullet."""
    if item["bullet"]:
        return 0
    return int(item["number"]) if item["number"] else ord(item["letter"]) - ord("a") + 1


def _is_introduced(marked: str, item: re.Match[str]) -> bool:
    return marked[max(0, item.start() - 8) : item.start()].rstrip().endswith(_INTRODUCTION)
