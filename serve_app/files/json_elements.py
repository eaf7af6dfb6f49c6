"""The elements of the one array in a JSON file, cut out while it is read.

The whole is never in memory: only brackets and strings are followed here, and each element
is given as text for a real JSON parser. Understood are an array; an object with one array of
objects among its members; either after an assignment (``window.YTD.tweets.part0 = [...]``, X's
archive); and objects one after another.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from serve_app.files.rows import ROW_LIMIT_CHARACTERS, UnreadableSource

_OUTSIDE_STRINGS = re.compile(r'\s+|["{}\[\],]|[^\s"{}\[\],]+')
_INSIDE_STRINGS = re.compile(r'(?:[^"\\]++|\\.)++|["\\]', re.DOTALL)
_ASSIGNMENT = re.compile(r"\s*(?:(?:var|let|const)\s+)?[A-Za-z_$][\w.$]*\s*=(?=\s*[\[{])")
_ARRAY_IN_OBJECT = re.compile(
    r'\{\s*(?:"[^"]*"\s*:\s*(?:"[^"]*"|[\w.+-]+)\s*,\s*)*+"[^"]*"\s*:\s*\[\s*\{'
)


@dataclass(frozen=True, slots=True)
class Element:
    """A piece of the file that should be a post.

    Attributes:
        line: where it begins, from 1.
        text: its JSON; None where ``fault`` says why there is none.
        fault: what is wrong.
    """

    line: int
    text: str | None
    fault: str = ""


def elements(
    chunks: Iterable[str], is_post: Callable[[Any], bool], format_option: str
) -> Iterator[Element]:
    """Each element of the file's array, in order, and what else would be lost.

    Args:
        chunks: the characters of the file.
        is_post: whether a value is a post rather than an object around the posts.
        format_option: how a person names another format.

    Raises:
        UnreadableSource: there is no array, or more than one.
    """
    remaining = iter(chunks)
    head = _head(remaining)
    start = found.end() if (found := _ASSIGNMENT.match(head)) else 0
    depth = _depth_of_elements(head[start:].lstrip(), is_post, format_option)
    cutter = _Cutter(depth, line=1 + head.count("\n", 0, start))
    for token, is_structure in _tokens(chain([head[start:]], remaining)):
        yield from cutter.take(token, is_structure=is_structure)
    yield from cutter.end()


def _head(chunks: Iterator[str]) -> str:
    """As much of the beginning as a row may be long, to see what the file is."""
    pieces: list[str] = []
    size = 0
    while size <= ROW_LIMIT_CHARACTERS and (chunk := next(chunks, None)) is not None:
        pieces.append(chunk)
        size += len(chunk)
    return "".join(pieces)


def _depth_of_elements(head: str, is_post: Callable[[Any], bool], format_option: str) -> int:
    """How many brackets are open around an element: 0, 1 (an array) or 2 (in an object)."""
    if head.startswith("["):
        return 1
    if not head.startswith("{"):
        raise UnreadableSource(
            "The file is no JSON array: it begins neither with [ nor with {. Name another format "
            f"with {format_option}."
        )
    try:
        first, _ = json.JSONDecoder().raw_decode(head)
    except (ValueError, RecursionError):
        # Longer than a row, or damaged: an array of objects soon after the beginning tells.
        return 2 if _ARRAY_IN_OBJECT.match(head) else 0
    arrays = [name for name, value in first.items() if _holds_objects(value)]
    if is_post(first) or not arrays:
        return 0
    if len(arrays) > 1:
        raise UnreadableSource(
            f"The file holds several arrays of objects: {', '.join(arrays)}. Write the one with "
            "the posts into a file of its own."
        )
    return 2


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _tokens(chunks: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The file in pieces, and whether each is structure rather than part of a string."""
    in_string = escaped = False
    for chunk in chunks:
        position = 0
        if escaped and chunk:
            yield chunk[0], False
            position, escaped = 1, False
        while position < len(chunk):
            match = (_INSIDE_STRINGS if in_string else _OUTSIDE_STRINGS).match(chunk, position)
            assert match  # the alternatives of either leave no character out
            position, escaped = match.end(), in_string and match[0] == "\\"
            yield match[0], not in_string and match[0] != '"'
            if match[0] == '"':
                in_string = not in_string


class _Cutter:
    """Puts tokens together to elements.

    Args:
        depth: of brackets around an element.
        line: of the first token.
    """

    def __init__(self, depth: int, line: int) -> None:
        self._around = depth
        self._depth = 0
        self._line = line
        self._entered = depth == 0
        self._left = False
        self._opened = False
        self._said = False
        self._pieces: list[str] = []
        self._size = 0
        self._first_line = line

    def take(self, token: str, *, is_structure: bool) -> Iterator[Element]:
        """The elements that end with this token, if any."""
        if is_structure and token.isspace():
            if self._size:
                self._add(token)
        elif self._entered:
            yield from self._inside(token, is_structure=is_structure)
        else:
            yield from self._outside(token, is_structure=is_structure)
        self._line += token.count("\n")

    def end(self) -> Iterator[Element]:
        """What the end of the file leaves over."""
        between_elements = self._depth <= self._around
        yield from self._finish()
        if self._depth > 0 and between_elements:
            yield Element(self._line, None, "The file ends before its last bracket is closed")

    def _inside(self, token: str, *, is_structure: bool) -> Iterator[Element]:
        at_edge = self._depth == self._around
        if is_structure and at_edge and token in (",", "]", "}"):
            yield from self._finish()
            if token != ",":
                self._entered, self._left = False, True
                self._depth -= 1
            return
        self._add(token)
        if is_structure:
            self._count(token)
        if self._around == 0 and self._depth == 0 and is_structure:
            yield from self._finish()

    def _outside(self, token: str, *, is_structure: bool) -> Iterator[Element]:
        """Before and after the array: only a further array of objects is of interest."""
        enters = self._opens_elements(token, is_structure=is_structure)
        if enters and not self._left:
            self._entered = True
            yield from self._inside(token, is_structure=is_structure)
            return
        follows = self._left and self._depth <= 0 and token != ";"
        if (enters or follows) and not self._said:
            self._said = True
            yield Element(self._line, None, "More follows after the end of the array of posts")
        if is_structure:
            self._count(token)

    def _opens_elements(self, token: str, *, is_structure: bool) -> bool:
        """Whether elements begin with this token, the array's bracket being before it."""
        opened, self._opened = self._opened, False
        if is_structure and token == "[" and self._depth == self._around - 1:
            self._opened = True
        if not opened:
            return False
        return self._around == 1 or token == "{"

    def _count(self, token: str) -> None:
        self._depth += (token in ("[", "{")) - (token in ("]", "}"))

    def _add(self, token: str) -> None:
        if not self._size:
            self._first_line = self._line
        self._size += len(token)
        if self._size <= ROW_LIMIT_CHARACTERS:
            self._pieces.append(token)
        else:
            self._pieces.clear()

    def _finish(self) -> Iterator[Element]:
        if not self._size:
            return
        too_long = self._size > ROW_LIMIT_CHARACTERS
        text = None if too_long else "".join(self._pieces)
        fault = f"It is longer than {ROW_LIMIT_CHARACTERS:,} characters" if too_long else ""
        self._pieces.clear()
        self._size = 0
        yield Element(self._first_line, text, fault)
