"""Rows of a file whose values need no closer look, which are nearly all rows of most files.

What :func:`serve_app.files.post_fields.post_fields` and
:func:`serve_app.posts.content.validate_content` make of a row in forty microseconds, these make of
a plain one in five; of any other they say so, and those two have the word.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from serve_app.errors import InvalidRequest
from serve_app.files.rows import InputRow
from serve_app.posts.content import (
    MAX_NAME_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    MAX_URL_CHARACTERS,
    MIN_PUBLISHED_AT,
    PostContent,
)
from serve_app.request.post import validate_text

_FIELDS = frozenset({"author", "url", "published_at", "tags"})


def plain_content(row: InputRow) -> PostContent | None:
    """The post of a row; None where it has to be validated field by field."""
    fields = row.fields
    if row.reason or not fields.keys() <= _FIELDS or not _are_plain(row.id, fields):
        return None
    time = fields.get("published_at")
    published_at = None if time is None else _plain_time(time)
    if published_at is None and time is not None:
        return None
    try:
        text = validate_text(row.text)
    except InvalidRequest:
        return None
    tags = tuple(dict.fromkeys(fields.get("tags", ())))
    return PostContent(
        text, row.id, fields.get("author"), fields.get("url"), published_at, None, tags
    )


def _are_plain(id: object, fields: Mapping[str, Any]) -> bool:
    """Whether id, author, address and tags are what they are to be, where they are there."""
    author, url, tags = fields.get("author"), fields.get("url"), fields.get("tags")
    return (
        (id is None or _is_name(id, MAX_NAME_CHARACTERS))
        and (author is None or _is_name(author, MAX_NAME_CHARACTERS))
        and (url is None or _is_url(url))
        and (tags is None or _are_tags(tags))
    )


def _is_name(value: object, limit: int) -> bool:
    # What is printable has neither control characters nor halves of surrogate pairs.
    return type(value) is str and 0 < len(value) <= limit and value.isprintable()


def _is_url(value: object) -> bool:
    return (
        _is_name(value, MAX_URL_CHARACTERS)
        and value.startswith(("https://", "http://"))  # type: ignore[attr-defined] # a string
        and value[-1] != "/"  # type: ignore[index]
    )


def _are_tags(value: object) -> bool:
    if type(value) is not list or len(value) > MAX_TAGS:
        return False
    return all(_is_name(tag, MAX_TAG_CHARACTERS) for tag in value)


def _plain_time(value: object) -> datetime | None:
    """The instant of a date and time of ISO 8601 that a post may have been published at."""
    if type(value) is not str or value[4:5] != "-" or not value[5:7].isdecimal():
        return None
    try:
        time = datetime.fromisoformat(value)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return time if MIN_PUBLISHED_AT <= time <= datetime.now(UTC) else None
