"""Posts in JSON: an object a line, or the objects of one array.

Strict where the reading is not certain: two members of one name, numbers for ids that a
computer's numbers do not hold exactly.
"""

import json
from typing import Any, BinaryIO

from serve_app.files.encodings import decoded
from serve_app.files.json_elements import elements
from serve_app.files.json_members import Members, PostMembers
from serve_app.files.lines import JSON_LINES, lines
from serve_app.files.rows import (
    ROW_LIMIT_CHARACTERS,
    InputRow,
    InputRows,
    ReadOptions,
    undecodable,
    unreadable,
)
from serve_app.files.strict_json import (
    RefusedJson,
    exact_id,
    parse_quickly,
    parse_strictly,
    with_floats,
)

_WRITE = 'write {"id": ..., "text": ...}'

#: RFC 8259: JSON is UTF-8. No other encoding is guessed, only told by a mark at the beginning.
_ENCODING = "utf-8"


def jsonl_rows(source: BinaryIO, reading: ReadOptions) -> InputRows:
    """The posts of a file with an object a line; blank lines are none."""
    posts = _ArrayPosts(reading)
    chunks = decoded(source, reading, default=_ENCODING)
    for number, line in enumerate(lines(chunks, JSON_LINES), start=1):
        if line is None:
            yield unreadable(
                number, f"The line is longer than {ROW_LIMIT_CHARACTERS:,} characters."
            )
        elif not line.isspace():
            yield posts.row(number, line)
    posts.end()


def json_rows(source: BinaryIO, reading: ReadOptions) -> InputRows:
    """The posts of a file with one array of objects, or with objects one after another.

    Raises:
        UnreadableSource: there is no array, or more than one.
    """
    posts = _ArrayPosts(reading)
    chunks = decoded(source, reading, default=_ENCODING)
    for element in elements(chunks, posts.is_post, reading.option("format")):
        if element.text is None:
            yield unreadable(element.line, f"{element.fault}; correct the file.")
        else:
            yield posts.row(element.line, element.text)
    posts.end()


class _ArrayPosts:
    """Makes rows of objects; says once from which member they are read."""

    def __init__(self, reading: ReadOptions) -> None:
        self._reading = reading
        self._members = Members(reading)
        self._noted = {"text"}

    def row(self, line: int, content: str) -> InputRow:
        """The row of one object, given as JSON."""
        value = parse_quickly(content)
        if type(value) is dict:
            post = self._members.read(value)
            if post.id is None or type(post.id) is str or type(post.id) is int:
                return self._row(line, post)
        return self._strict_row(line, content)

    def is_post(self, value: Any) -> bool:
        """Whether it has a member for the text."""
        return isinstance(value, dict) and self._members.has_text(value)

    def end(self) -> None:
        """Say what is known when all rows are read."""
        if note := self._members.missing_note():
            self._reading.on_note(note)

    def _strict_row(self, line: int, content: str) -> InputRow:
        if reason := undecodable(content):
            return unreadable(line, reason)
        try:
            value = parse_strictly(content)
        except RefusedJson as error:
            return unreadable(line, f"The row cannot be read: {error}; correct it.")
        if not isinstance(value, dict):
            return unreadable(line, f"The row is no object; {_WRITE}.")
        try:
            post = self._members.read(value)
            post = post._replace(id=exact_id(post.id), fields=with_floats(post.fields))
        except RefusedJson as error:
            return unreadable(line, f"The row cannot be read: {error}.")
        row = self._row(line, post)
        further = json.dumps(row.fields, ensure_ascii=False)
        reason = undecodable(f"{row.text}\0{row.id}\0{further}")
        return unreadable(line, reason) if reason else row

    def _row(self, line: int, post: PostMembers) -> InputRow:
        if not post.name:
            wanted = self._reading.text_column or "text"
            return unreadable(line, f"'{wanted}' is missing; {_WRITE}.", post.id)
        if not isinstance(post.text, str):
            return unreadable(line, f"'{post.name}' is not a string; {_WRITE}.", post.id)
        if post.name not in self._noted:
            self._note(post.name)
        return InputRow(line, post.id, post.text, fields=post.fields)

    def _note(self, name: str) -> None:
        self._noted.add(name)
        if not self._reading.text_column:
            option = self._reading.option("text-column")
            self._reading.on_note(
                f"Posts are read from the member '{name}'; {option} names another."
            )
