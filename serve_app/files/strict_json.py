"""JSON whose meaning is certain: no member twice, no number that changes on its way.

``orjson`` reads what is certain; whatever may not be is read again by the standard library, which
shows the members and digits as they were written. Knows no posts.
"""

import json
import math
from decimal import Decimal
from typing import Any, NoReturn

import orjson


class RefusedJson(ValueError):
    """The text is no JSON that can be read for certain; the message says why."""


def parse_quickly(content: str) -> Any:
    """The value of JSON; None where :func:`parse_strictly` has to be asked.

    Whole numbers beyond 64 bits become floats, and floats are not what was written.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    # A member that stood twice was dropped, and leaves its colon over.
    is_certain = "\\u003" not in content and content.count(":") <= _colons(value)
    return value if is_certain else None


def _colons(value: Any) -> int:
    """How many colons its JSON has: one for each member, and those in strings."""
    if type(value) is str:
        return value.count(":")
    if type(value) is not dict:
        return sum(map(_colons, value)) if type(value) is list else 0
    colons = len(value)
    for member in value.values():
        if type(member) is str:
            colons += member.count(":")
        elif type(member) is dict or type(member) is list:
            colons += _colons(member)
    return colons


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


def with_floats(value: Any) -> Any:
    """The value with floats in the place of :class:`Decimal`.

    Raises:
        RefusedJson: a number is beyond them.
    """
    if isinstance(value, dict):
        return {name: with_floats(member) for name, member in value.items()}
    if isinstance(value, list):
        return [with_floats(item) for item in value]
    if not isinstance(value, Decimal):
        return value
    if math.isinf(number := float(value)):
        raise RefusedJson(f"the number {str(value)[:40]} is too large; write it as a string")
    return number
