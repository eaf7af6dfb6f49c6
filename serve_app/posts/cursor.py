"""Cursors: where a page of a list ended, as a string that tells its holder nothing.

It holds the values that the last post was sorted by, so a page goes on behind them whatever came
or went in the meantime. A digest binds it to its workspace, filter and sort. It is no secret and no
permission: what it is used for is asked of one workspace all the same.
"""

import base64
import binascii
import hashlib
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from serve_app.errors import InvalidRequest
from serve_app.posts.filters import PostFilter
from serve_app.posts.sorting import Sort
from serve_app.problems import problem

MAX_CURSOR_CHARACTERS = 400
#: Changes where what a cursor holds does; those of another version are refused.
_VERSION = b"1"
_DIGEST_BYTES = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: No score and no number of words comes near it.
_LARGEST = 1e9

#: A value that a post is sorted by; None where there is no bound.
Value = datetime | UUID | float | int | None


def encode_cursor(
    values: Sequence[Value], *, workspace: int, filter: PostFilter, sort: Sort
) -> str:
    """The cursor behind a post with these values, for the next page of the same list."""
    payload = orjson.dumps([_plain(value) for value in values])
    digest = _digest(payload, workspace, filter, sort)
    return base64.urlsafe_b64encode(digest + payload).rstrip(b"=").decode()


def decode_cursor(
    cursor: str, types: Sequence[type], *, workspace: int, filter: PostFilter, sort: Sort
) -> list[Any]:
    """The values of a cursor, of these types; None where there was none.

    Raises:
        InvalidRequest: it is damaged, or of another list.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _invalid("The cursor is damaged.") from None
    digest, payload = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if digest != _digest(payload, workspace, filter, sort):
        raise _invalid("The cursor is damaged, or of another list.")
    try:
        plain = orjson.loads(payload)
        return [_value(each, type) for each, type in zip(plain, types, strict=True)]
    except (ValueError, TypeError, OverflowError):
        raise _invalid("The cursor is damaged.") from None


def _digest(payload: bytes, workspace: int, filter: PostFilter, sort: Sort) -> bytes:
    # The filter's values are sorted and each once, so equal filters look equal.
    list_ = repr((workspace, filter, sort.name)).encode("utf-8", "backslashreplace")
    content = b"\0".join((_VERSION, list_, payload))
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MICROSECOND
    return value.hex if isinstance(value, UUID) else value


def _value(plain: Any, type: type) -> Value:
    if plain is None:
        return None
    if type is datetime:
        return _EPOCH + int(plain) * _MICROSECOND
    if type is UUID:
        return UUID(plain)
    if not math.isfinite(plain) or abs(plain) > _LARGEST:
        raise ValueError("no value of a post")
    value: float | int = type(plain)
    return value


def _invalid(detail: str) -> InvalidRequest:
    return InvalidRequest(problem("invalid-cursor", detail))
