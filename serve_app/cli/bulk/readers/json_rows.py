"""Posts in JSON: an object a line, or the objects of one array.

Strict where the reading is not certain: two members of one name, numbers for ids that a
computer's numbers do not hold exactly.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn

from serve_app.cli.bulk.readers.columns import ID_NAMES, TEXT_NAMES, ranked
from serve_app.cli.bulk.readers.encodings import decoded
from serve_app.cli.bulk.readers.json_elements import elements
from serve_app.cli.bulk.readers.lines import JSON_LINES, lines
from serve_app.cli.bulk.readers.rows import (
    ROW_LIMIT_CHARACTERS,
    InputRow,
    InputRows,
    Reading,
    undecodable,
    unreadable,
)

_WRITE = 'write {"id": ..., "text": ...}'

#: RFC 8259: JSON is UTF-8. No other encoding is guessed, only told by a mark at the beginning.
_ENCODING = "utf-8"


class RefusedJson(ValueError):
    """The text is no JSON that can be read for certain; the message says why."""


def jsonl_rows(source: BinaryIO, reading: Reading) -> InputRows:
    """The posts of a file with an object a line; blank lines are none."""
    posts = _Posts(reading)
    chunks = decoded(source, reading, default=_ENCODING)
    for number, line in enumerate(lines(chunks, JSON_LINES), start=1):
        if line is None:
            yield unreadable(
                number, f"The line is longer than {ROW_LIMIT_CHARACTERS:,} characters."
            )
        elif line.strip():
            yield posts.row(number, line)


def json_rows(source: BinaryIO, reading: Reading) -> InputRows:
    """The posts of a file with one array of objects, or with objects one after another.

    Raises:
        UnreadableSource: there is no array, or more than one.
    """
    posts = _Posts(reading)
    chunks = decoded(source, reading, default=_ENCODING)
    for element in elements(chunks, posts.is_post):
        if element.text is None:
            yield unreadable(element.line, f"{element.fault}; correct the file.")
        else:
            yield posts.row(element.line, element.text)


def parse_strictly(content: str) -> Any:
    """The value of JSON, with :class:`Decimal` for what is no integer.

    Raises:
        RefusedJson: it is none after RFC 8259, or names a member twice.
    """
    try:
        return json.loads(
            content,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=Decimal,
        )
    except json.JSONDecodeError as error:
        raise RefusedJson(f"it is not JSON: {error.msg}, at column {error.colno:,}") from None
    except RecursionError:
        raise RefusedJson("it is nested too deeply") from None
    except RefusedJson:
        raise
    except ValueError as error:  # a number of thousands of digits
        raise RefusedJson(f"it is not JSON: {error}") from None


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise RefusedJson(f"the member '{twice[:60]}' stands twice in one object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise RefusedJson(f"it is not JSON: {name} is no JSON value")


class _Posts:
    """Makes rows of objects; says once from which member they are read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._noted = {"text"}

    def row(self, line: int, content: str) -> InputRow:
        """The row of one object, given as JSON."""
        if reason := undecodable(content):
            return unreadable(line, reason)
        try:
            value = parse_strictly(content)
        except RefusedJson as error:
            return unreadable(line, f"The row cannot be read: {error}; correct it.")
        if not isinstance(value, dict):
            return unreadable(line, f"The row is no object; {_WRITE}.")
        return self._row(line, value)

    def is_post(self, value: Any) -> bool:
        """Whether it has a member for the text."""
        return isinstance(value, dict) and bool(self._find(value, "text")[0])

    def _row(self, line: int, value: Mapping[str, Any]) -> InputRow:
        name, text = self._find(value, "text")
        try:
            post_id = exact_id(self._find(value, "id")[1])
        except RefusedJson as error:
            return unreadable(line, f"The row cannot be read: {error}.")
        if not name:
            wanted = self._reading.text_column or "text"
            return unreadable(line, f"'{wanted}' is missing; {_WRITE}.", post_id)
        if not isinstance(text, str):
            return unreadable(line, f"'{name}' is not a string; {_WRITE}.", post_id)
        if reason := undecodable(f"{text}\0{post_id}"):
            return unreadable(line, reason)
        self._note(name)
        return InputRow(line, post_id, text)

    def _find(self, value: Mapping[str, Any], what: str) -> tuple[str, Any]:
        """The name and the value of the member for ``what``; "" where there is none."""
        reading = self._reading
        path = reading.text_column if what == "text" else reading.id_column
        if path is not None:
            return _at(value, path)
        usual = TEXT_NAMES if what == "text" else ID_NAMES
        name, found = _usual(value, usual)
        # X writes {"tweet": {...}}, Mastodon {"object": {...}}: the post is the inner object.
        inner = [v for v in value.values() if isinstance(v, dict) and _usual(v, TEXT_NAMES)[0]]
        if len(inner) != 1 or _usual(value, TEXT_NAMES)[0]:
            return name, found
        inner_name, inner_found = _usual(inner[0], usual)
        return (inner_name, inner_found) if inner_name else (name, found)

    def _note(self, name: str) -> None:
        if name not in self._noted and not self._reading.text_column:
            self._noted.add(name)
            self._reading.on_note(
                f"Posts are read from the member '{name}'; --text-column names another."
            )


def _usual(value: Mapping[str, Any], usual: Sequence[str]) -> tuple[str, Any]:
    names = ranked(value.keys(), usual)
    if usual is TEXT_NAMES:  # X's {"tweet": {...}} is an object around a post, no text
        names = [name for name in names if not isinstance(value[name], dict)]
    return (names[0], value[names[0]]) if names else ("", None)


def _at(value: Any, path: str) -> tuple[str, Any]:
    """What stands at a name, or at names and places in arrays joined with dots."""
    head, dot, rest = path.partition(".")
    if isinstance(value, dict):
        if path in value:
            return path, value[path]
        return _at(value.get(head), rest) if dot else ("", None)
    if isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        item = value[int(head)]
        return _at(item, rest) if dot else (head, item)
    return "", None


def exact_id(value: Any) -> Any:
    """An id as it will be given back.

    Raises:
        RefusedJson: it would come back as another one.
    """
    if isinstance(value, dict):  # as MongoDB's {"$oid": ...}
        return {name: exact_id(member) for name, member in value.items()}
    if isinstance(value, list):
        return [exact_id(item) for item in value]
    if not isinstance(value, Decimal):
        return value
    number = float(value)
    if str(value) != repr(number):
        raise RefusedJson(f"the id {str(value)[:40]} is no exact number; write it as a string")
    return number
