"""A request body decoded as JSON, or the place where it is invalid.

Knows nothing of posts. ``orjson`` decodes every valid body; only a refused one is parsed
again, to say why.
"""

import json
from typing import NoReturn

import orjson

from serve_app.errors import InvalidRequest
from serve_app.problems import problem


def decode_json(body: bytes) -> object:
    """The JSON value in ``body``.

    Lone surrogates (``"\\ud83d"``) are let through: the validator of a string can name
    the string, and refuse one post of a batch rather than all.

    Raises:
        InvalidRequest: the body is not UTF-8, or not JSON (RFC 8259: no NaN, one value).
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        text = _as_utf8(body)
        if "surrogate" in error.msg:
            return _decode_leniently(text)
        raise _not_json(error.msg, error) from None


def _as_utf8(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        detail = f"Byte {error.start:,} of the body (0x{body[error.start]:02x}) is not valid UTF-8."
        raise InvalidRequest(problem("invalid-utf8", detail, pointer="")) from None


def _decode_leniently(text: str) -> object:
    """``text`` by the standard library, which keeps lone surrogates as they are."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _not_json(error.msg, error) from None
    except RecursionError:
        detail = "The body is nested too deeply."
        raise InvalidRequest(problem("not-json", detail, pointer="")) from None
    except ValueError as error:  # a number of thousands of digits
        raise InvalidRequest(problem("not-json", f"{error}.", pointer="")) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _not_json(reason: str, error: json.JSONDecodeError) -> InvalidRequest:
    detail = f"{reason}, at line {error.lineno:,}, column {error.colno:,}."
    return InvalidRequest(problem("not-json", detail, pointer=""))
