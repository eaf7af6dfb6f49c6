"""Lines of a text: no name and no pattern goes on beyond one."""

import regex

_LINE_BREAKS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"

#: Matches every line that is not empty.
LINE = regex.compile(f"[^{_LINE_BREAKS}]+")

_TO_LINE_FEED = dict.fromkeys(map(ord, _LINE_BREAKS), "\n")


def with_line_feeds(text: str) -> str:
    """The text with every line break replaced, code point for code point, by a line feed."""
    return text.translate(_TO_LINE_FEED)
