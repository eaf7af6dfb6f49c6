"""Offsets of an answer in the unit the caller counts in.

Inside the service every offset is a code point index. This module turns a finished answer,
plain JSON data, into UTF-16 code units (JavaScript, Java) or UTF-8 bytes (Go, Rust). It
knows ``start`` and ``end`` and nothing else of the answer.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from serve_app.request.post import OffsetUnit

_OFFSETS = ("start", "end")


def convert(answer: dict[str, Any], text: str, unit: OffsetUnit) -> dict[str, Any]:
    """``answer`` with every ``start`` and ``end`` counted in ``unit``; the argument stays as is.

    Args:
        answer: JSON-like data with code point offsets into ``text``, nested anywhere.
        text: the text exactly as it was sent.
        unit: ``codepoint``, ``utf16`` (code units) or ``utf8`` (bytes).

    Raises:
        IndexError: an offset lies outside the text.
        ValueError: the unit is none of the three.
    """
    if unit not in _WIDTHS and unit != "codepoint":
        raise ValueError(f"'{unit}' is no unit of offsets; there are: codepoint, utf16, utf8.")
    if unit == "codepoint" or text.isascii() or (unit == "utf16" and max(text) < "\U00010000"):
        return answer
    converted: dict[str, Any] = _converted(
        answer, list(accumulate(map(_WIDTHS[unit], text), initial=0))
    )
    return converted


def _converted(value: Any, positions: Sequence[int]) -> Any:
    if isinstance(value, dict):
        return {
            key: positions[item]
            if key in _OFFSETS and type(item) is int  # True is an int as well
            else _converted(item, positions)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_converted(item, positions) for item in value]
    return value


def _utf16_width(sign: str) -> int:
    return 2 if sign > "\uffff" else 1


def _utf8_width(sign: str) -> int:
    if sign < "\x80":
        return 1
    if sign < "\u0800":
        return 2
    return 3 if sign < "\U00010000" else 4


_WIDTHS: dict[str, Callable[[str], int]] = {"utf16": _utf16_width, "utf8": _utf8_width}
