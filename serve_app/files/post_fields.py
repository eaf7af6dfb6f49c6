"""What a row of a file gives of a post, as the API would be sent it.

Exports write a list of tags into one cell, a person as an object, a time in many forms. Whether the
values are those of a post is judged by others.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from serve_app.files.columns import KEPT
from serve_app.files.json_members import member_at
from serve_app.files.rows import InputRow
from serve_app.files.timestamps import DateOrder, NoTime, parse_time

#: Of the objects that X, Mastodon, Bluesky, Facebook and Reddit have for a person, best first.
_PERSON_MEMBERS = (
    "screen_name", "username", "acct", "handle", "preferredUsername", "name", "display_name", "id",
)  # fmt: skip
#: Undetermined, not linguistic, several; and what X has beside them: tags, mentions, links alone.
_NO_LANGUAGE = frozenset({"und", "zxx", "mul", "mis", "art", "qam", "qct", "qht", "qme", "qst"})
#: The more special first: a tag may hold what comes behind.
_TAG_SEPARATORS = "|;,"


class FieldFault(ValueError):
    """A value that cannot be read for certain.

    Attributes:
        field: of the post.
        reason: what is wrong, a sentence.
        fix: what to do.
    """

    def __init__(self, field: str, reason: str, fix: str) -> None:
        super().__init__(field, reason, fix)
        self.field = field
        self.reason = reason
        self.fix = fix


def post_fields(row: InputRow, date_order: DateOrder | None = None) -> dict[str, Any]:
    """The fields of a new post, by the names of the API.

    Args:
        row: one that has a text, read with further fields.
        date_order: see :func:`parse_time`.

    Raises:
        FieldFault: a value is not certain.
    """
    fields: dict[str, Any] = {"text": row.text}
    if row.id is not None and row.id != "":
        fields["external_id"] = _external_id(row.id)
    kept: Mapping[str, Any] | None = None
    for name, value in row.fields.items():
        if name == "published_at":
            fields[name] = _published_at(value, date_order)
        elif name == KEPT:
            kept = value
        else:
            fields[name] = _CONVERTERS[name](value) if name in _CONVERTERS else value
    metadata = fields.get("metadata", {})
    if kept and isinstance(metadata, dict):
        fields["metadata"] = {**kept, **metadata}
    return fields


def _external_id(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict) and len(value) == 1:  # MongoDB's {"$oid": ...}
        return _external_id(next(iter(value.values())))
    return value


def _published_at(value: Any, date_order: DateOrder | None) -> str:
    try:
        return parse_time(value, date_order).isoformat()
    except NoTime as error:
        fix = (
            "Write it as 2026-05-31T14:00:00+02:00, after RFC 2822, or in seconds or milliseconds "
            "since 1970; of dates such as 05/31/2026 say which number is the month: "
            "?date_order=mdy or dmy."
        )
        shown = str(value)[:60]
        raise FieldFault("published_at", f"'{shown}' is no time: {error}.", fix) from None


def _author(value: Any) -> Any:
    if isinstance(value, dict):
        places = (member_at(value, name)[1] for name in _PERSON_MEMBERS)
        value = next((place for place in places if place not in (None, "")), None)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _language(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    code = value.replace("_", "-").partition("-")[0].strip().lower()
    return None if code in _NO_LANGUAGE else code


def _tags(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return _decoded(value, "tags", "a JSON array")
    separator = next((sign for sign in _TAG_SEPARATORS if sign in value), None)
    tags = value.split(separator) if separator else [value]
    return [tag for tag in map(str.strip, tags) if tag]


def _metadata(value: Any) -> Any:
    return _decoded(value, "metadata", "a JSON object") if isinstance(value, str) else value


def _decoded(value: str, field: str, what: str) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        reason = f"'{value[:60]}' is not {what}: {error.msg}."
        fix = f"Write {what} into the cell, or leave it empty."
        raise FieldFault(field, reason, fix) from None


#: What other fields have is taken as it is.
_CONVERTERS = {"author": _author, "language": _language, "tags": _tags, "metadata": _metadata}


def tags_cell(tags: Sequence[str]) -> str:
    """Tags as one cell that reads as them again."""
    plain = all(tag.strip() == tag and not set(tag) & set(_TAG_SEPARATORS) for tag in tags)
    if plain and not "".join(tags[:1]).startswith("["):
        return "; ".join(tags)
    return orjson.dumps(tags).decode()
