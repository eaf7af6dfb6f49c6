"""What a caller writes of a post, and its validation.

By hand, as a post to analyse is (:mod:`serve_app.request.post`): imports validate tens of thousands
a second. Knows no HTTP and no database.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from serve_app.problems import pointer_to, quote
from serve_app.request.fields import Validator, invalid_request, validate_fields
from serve_app.request.post import validate_string, validate_text, wrong_type

MAX_NAME_CHARACTERS = 200
MAX_URL_CHARACTERS = 2_000
MAX_TAGS = 20
MAX_TAG_CHARACTERS = 60
MAX_METADATA_BYTES = 8 * 1024
MAX_METADATA_DEPTH = 8
MIN_PUBLISHED_AT = datetime(1990, 1, 1, tzinfo=UTC)
#: A post may be planned, but not for long.
MAX_DAYS_AHEAD = 366

_Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PostContent:
    """All that a caller tells of a post.

    Attributes:
        text: exactly as sent, see :mod:`serve_app.request.post`.
        external_id: the caller's own name for it, unique in the workspace.
        author: whoever wrote it, by any name.
        url: where it stands, http or https.
        published_at: None is when it was accepted.
        language: ISO 639-1; None is as it is detected.
        tags: each once, in the order given.
        metadata: any JSON object.
    """

    text: str
    external_id: str | None = None
    author: str | None = None
    url: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] | None = None


def validate_content(body: object) -> PostContent:
    """The post that a decoded body describes.

    Raises:
        InvalidRequest: it describes none.
    """
    values = validate_fields(body, _VALIDATORS, object_name="post")
    if "text" not in values:
        raise invalid_request("missing-field", "'text' is missing.", "")
    return PostContent(**values)


def validate_changes(body: object) -> dict[str, Any]:
    """The fields that a JSON merge patch (RFC 7396) changes; null takes a value away.

    Raises:
        InvalidRequest: it is none, or would take the text away.
    """
    return validate_fields(body, _VALIDATORS, object_name="post")


def changed(content: PostContent, changes: Mapping[str, Any]) -> PostContent:
    """The content with these fields, as a merge patch would have it: metadata are merged."""
    changes = dict(changes)
    if changes.get("metadata") and content.metadata:
        changes["metadata"] = _validate_metadata(_merge(content.metadata, changes["metadata"]))
    return replace(content, **changes)


def _merge(target: _Content, patch: _Content) -> dict[str, Any]:
    """RFC 7396, 2."""
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            old = merged.get(name)
            merged[name] = _merge(old if isinstance(old, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged


def _validate_name(name: str, limit: int = MAX_NAME_CHARACTERS) -> Validator:
    """A validator of a short string without control characters, or null."""

    def validate(value: object) -> str | None:
        if value is None:
            return None
        return _short_string(value, name, limit, pointer_to(name))

    return validate


def _short_string(value: object, name: str, limit: int, pointer: str) -> str:
    text = validate_string(value, name)
    if not 1 <= len(text) <= limit:
        detail = f"'{name}' has {len(text):,} characters; it may have 1 to {limit:,}."
        raise invalid_request("out-of-range", detail, pointer)
    if text.isprintable():
        return text
    for character in text:
        if unicodedata.category(character) == "Cc":
            detail = f"'{name}' holds the control character U+{ord(character):04X}."
            fix = "Remove it; only a text may have lines."
            raise invalid_request("out-of-range", detail, pointer, fix=fix)
    return text


def _validate_url(value: object) -> str | None:
    if value is None:
        return None
    url = _short_string(value, "url", MAX_URL_CHARACTERS, "/url")
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not separator or not rest.strip("/"):
        detail = f"'url' must begin with http:// or https://; it is {quote(url)}."
        raise invalid_request("unknown-value", detail, "/url", fix="Send the whole address.")
    return url


def _validate_published_at(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise wrong_type("published_at", "a date and time, as a string", value)
    return validate_time(validate_string(value, "published_at"), "published_at", "/published_at")


def validate_time(value: str, name: str, pointer: str) -> datetime:
    """The moment of :func:`read_time`, which a post may be published at.

    Raises:
        InvalidRequest: it is none, or outside of what is kept.
    """
    time = read_time(value, name, pointer)
    latest = datetime.now(UTC) + timedelta(days=MAX_DAYS_AHEAD)
    if not MIN_PUBLISHED_AT <= time <= latest:
        detail = (
            f"'{name}' must be from {MIN_PUBLISHED_AT:%Y-%m-%d} to {latest:%Y-%m-%d}; "
            f"it is {quote(value)}."
        )
        raise invalid_request("out-of-range", detail, pointer)
    return time


def read_time(value: str, name: str, pointer: str) -> datetime:
    """The moment that a date and time of RFC 3339 names; without an offset it counts as UTC.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        detail = f"'{name}' must be a date and time of RFC 3339; it is {quote(value)}."
        fix = "Send it like 2026-05-31T14:00:00+02:00; without an offset it counts as UTC."
        raise invalid_request("unknown-value", detail, pointer, fix=fix) from None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError:  # an hour beyond what the calendar has
        return time.replace(tzinfo=UTC)


def _validate_language(value: object) -> str | None:
    if value is None:
        return None
    code = validate_string(value, "language")
    if not (len(code) == 2 and code.isascii() and code.isalpha() and code.islower()):
        detail = f"'language' must be a code of ISO 639-1; it is {quote(code)}."
        fix = "Send two small letters, as 'es', or leave it out: it is detected."
        raise invalid_request("unknown-value", detail, "/language", fix=fix)
    return code


def _validate_tags(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise wrong_type("tags", "an array of strings", value)
    if len(value) > MAX_TAGS:
        detail = f"There are {len(value):,} tags; the limit is {MAX_TAGS}."
        raise invalid_request("out-of-range", detail, "/tags", fix="Send fewer tags.")
    tags = [
        _short_string(tag, "tags", MAX_TAG_CHARACTERS, f"/tags/{index}")
        for index, tag in enumerate(value)
    ]
    return tuple(dict.fromkeys(tags))


def _validate_metadata(value: object) -> Mapping[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise wrong_type("metadata", "an object", value)
    if (depth := _depth(value)) > MAX_METADATA_DEPTH:
        detail = f"'metadata' is nested {depth} deep; the limit is {MAX_METADATA_DEPTH}."
        raise invalid_request("out-of-range", detail, "/metadata", fix="Make it flatter.")
    try:
        encoded = orjson.dumps(value)
    except TypeError as error:
        detail = f"'metadata' cannot be kept: {error}."
        fix = "Send whole characters, and integers of up to 64 bits."
        raise invalid_request("unknown-value", detail, "/metadata", fix=fix) from None
    if len(encoded) > MAX_METADATA_BYTES:
        detail = f"'metadata' takes {len(encoded):,} bytes; the limit is {MAX_METADATA_BYTES:,}."
        raise invalid_request("out-of-range", detail, "/metadata", fix="Send less of it.")
    if b"\\u0000" in encoded:
        detail = "A string in 'metadata' holds U+0000."
        raise invalid_request("nul-character", detail, "/metadata")
    return value


def _depth(value: object) -> int:
    """How deep a decoded JSON value is nested, 0 for one that is not; no deeper than is refused."""
    level: list[object] = [value]
    depth = 0
    while depth <= MAX_METADATA_DEPTH:
        nested = [each for each in level if isinstance(each, (dict, list, tuple))]
        if not nested:
            break
        depth += 1
        level = [
            item for each in nested for item in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


_VALIDATORS: dict[str, Validator] = {
    "text": validate_text,
    "external_id": _validate_name("external_id"),
    "author": _validate_name("author"),
    "url": _validate_url,
    "published_at": _validate_published_at,
    "language": _validate_language,
    "tags": _validate_tags,
    "metadata": _validate_metadata,
}
assert _VALIDATORS.keys() == {field.name for field in fields(PostContent)}
