"""Which members of an object hold a post, its id and what else is read of it.

Rows of one file mostly have the same members, so what their names mean is worked out once for
each set of names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from serve_app.files.columns import (
    ALL_OTHERS,
    FURTHER_NAMES,
    KEPT,
    TEXT_NAMES,
    id_names,
    ranked,
    unread_note,
)
from serve_app.files.post_columns import derived_columns
from serve_app.files.rows import FurtherFields, ReadOptions

_MAX_SHAPES = 256
#: So many sets of names are told apart in what is said of members that are not kept.
_MAX_NOTES = 10


class PostMembers(NamedTuple):
    """What one object has of a post.

    Attributes:
        name: of the member for the text; "" where there is none.
        text: its value.
        id: None where there is none.
        fields: what else is read, by field; null and "" are nothing.
    """

    name: str
    text: Any
    id: Any
    fields: dict[str, Any]


@dataclass(slots=True)
class _Shape:
    """What the names of an object's members mean.

    Attributes:
        text: best first.
        id: the best; "" where there is none.
        further: fields and the names of their members.
        unread: names that nothing is read from.
        is_told: whether somebody was told of those.
    """

    text: tuple[str, ...]
    id: str
    further: tuple[tuple[str, str], ...]
    unread: tuple[str, ...]
    is_told: bool = False


class Members:
    """Finds the members of one file's objects."""

    def __init__(self, reading: ReadOptions) -> None:
        self._reading = reading
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._said: set[str] = set()
        self._notes = 0
        further = reading.further or FurtherFields()
        self._paths = {name: path for name, path in further.columns.items() if path}
        self._kept = [name for name in further.kept if name != ALL_OTHERS]
        self._keeps_all = ALL_OTHERS in further.kept
        self._missing = {*self._paths.values(), *self._kept}
        named = (reading.text_column, reading.id_column)
        self._by_usual_names = named == (None, None) and not (self._missing or self._keeps_all)

    def read(self, value: Mapping[str, Any]) -> PostMembers:
        """What this object, or the one inside, has of a post.

        X writes {"tweet": {...}}, Mastodon {"object": {...}}: the post is in the inner object.
        """
        if self._by_usual_names and (post := _plainly(self._shape(value), value)):
            return post
        holder = self._holder(value)
        shape = self._shape(holder)
        name, text = self._text(value, holder)
        return PostMembers(
            name,
            text,
            self._id(value, holder, shape),
            self._further(value, holder, shape) if self._reading.further else {},
        )

    def has_text(self, value: Mapping[str, Any]) -> bool:
        """Whether there is a member for the text."""
        return bool(self._text(value, self._holder(value))[0])

    def missing_note(self) -> str:
        """What to say of members that were named and that no row has."""
        names = ", ".join(sorted(self._missing))
        return f"No row has a member {names}." if names else ""

    def _holder(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """The object itself, or the only one among its members that has a text."""
        if _text_name(self._shape(value), value):
            return value
        objects = [member for member in value.values() if isinstance(member, dict)]
        inner = [each for each in objects if _text_name(self._shape(each), each)]
        return inner[0] if len(inner) == 1 else value

    def _text(self, value: Mapping[str, Any], holder: Mapping[str, Any]) -> tuple[str, Any]:
        if self._reading.text_column is not None:
            return member_at(value, self._reading.text_column)
        name = _text_name(self._shape(holder), holder)
        return name, holder[name] if name else None

    def _id(self, value: Mapping[str, Any], holder: Mapping[str, Any], shape: _Shape) -> Any:
        if (path := self._reading.id_column) is not None:
            return member_at(value, path)[1] if path else None
        if shape.id:
            return holder[shape.id]
        outer = self._shape(value).id if holder is not value else ""
        return value[outer] if outer else None

    def _further(
        self, value: Mapping[str, Any], holder: Mapping[str, Any], shape: _Shape
    ) -> dict[str, Any]:
        if not shape.is_told:
            shape.is_told = True
            self._tell_of_unread(shape)
        fields = _values(shape, holder)
        if holder is not value:
            fields = {**_values(self._shape(value), value), **fields}
        for name, path in self._paths.items():
            found = self._at(value, path)
            if found is not None and found != "":
                fields[name] = found
        if self._kept or self._keeps_all:
            fields[KEPT] = self._kept_members(value, holder, shape)
        return fields

    def _kept_members(
        self, value: Mapping[str, Any], holder: Mapping[str, Any], shape: _Shape
    ) -> dict[str, Any]:
        kept = {name: holder[name] for name in shape.unread} if self._keeps_all else {}
        for path in self._kept:
            if (found := self._at(value, path)) is not None:
                kept[path] = found
        return kept

    def _at(self, value: Mapping[str, Any], path: str) -> Any:
        name, found = member_at(value, path)
        if name:
            self._missing.discard(path)
        return found

    def _tell_of_unread(self, shape: _Shape) -> None:
        """Say of members that nothing is read from what was not said yet."""
        names = [name for name in shape.unread if name not in self._said]
        if not names or self._keeps_all or self._notes >= _MAX_NOTES:
            return
        self._said.update(names)
        self._notes += 1
        self._reading.on_note(unread_note(names, self._reading))

    def _shape(self, value: Mapping[str, Any]) -> _Shape:
        names = tuple(value)
        shape = self._shapes.get(names)
        if shape is None:
            if len(self._shapes) >= _MAX_SHAPES:
                self._shapes.clear()
            shape = self._shapes[names] = self._shape_of(names)
        return shape

    def _shape_of(self, names: Sequence[str]) -> _Shape:
        text, ids = ranked(names, TEXT_NAMES), ranked(names, id_names(self._reading))
        further = self._further_names(names)
        paths = [*self._paths.values(), *self._kept]
        paths += [path for path in (self._reading.text_column, self._reading.id_column) if path]
        heads = {path.partition(".")[0] for path in paths}
        taken = {*paths, *heads, *text[:1], *ids[:1], *(name for _, name in further)}
        taken |= derived_columns(names)
        unread = tuple(name for name in names if name not in taken)
        return _Shape(tuple(text), ids[0] if ids else "", further, unread)

    def _further_names(self, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
        further = self._reading.further
        if further is None:
            return ()
        found = {
            name: ranked(names, usual)
            for name, usual in FURTHER_NAMES.items()
            if name not in further.columns
        }
        return tuple((name, members[0]) for name, members in found.items() if members)


def _plainly(shape: _Shape, value: Mapping[str, Any]) -> PostMembers | None:
    """What :meth:`Members.read` gives of an object as nearly all are; None where it has to look."""
    if shape.is_told and shape.text and type(text := value[shape.text[0]]) is str:
        id = value[shape.id] if shape.id else None
        return PostMembers(shape.text[0], text, id, _values(shape, value))
    return None


def _text_name(shape: _Shape, value: Mapping[str, Any]) -> str:
    for name in shape.text:
        if not isinstance(value[name], dict):  # X's {"tweet": {...}} is no text
            return name
    return ""


def _values(shape: _Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field: found
        for field, name in shape.further
        if (found := value[name]) is not None and found != ""
    }


def member_at(value: Any, path: str) -> tuple[str, Any]:
    """What stands at a name, or at names and places in arrays joined with dots."""
    head, dot, rest = path.partition(".")
    if isinstance(value, dict):
        if path in value:
            return path, value[path]
        return member_at(value.get(head), rest) if dot else ("", None)
    if isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        item = value[int(head)]
        return member_at(item, rest) if dot else (head, item)
    return "", None
