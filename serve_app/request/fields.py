"""The fields of one JSON object: each validated by a function, unknown ones refused.

Knows neither posts nor batches, only how to name a place and a type.
"""

import difflib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from serve_app.errors import InvalidRequest
from serve_app.problems import pointer_to, problem, quote
from serve_app.request.json_body import RepeatedNames

#: Gives one validated value, or raises ``InvalidRequest``.
Validator = Callable[[Any], Any]


def validate_fields(
    content: object, validators: Mapping[str, Validator], *, object_name: str
) -> dict[str, Any]:
    """The validated fields of one JSON object.

    Args:
        content: what should be an object.
        validators: by name, for each field that may be there.
        object_name: what the object is, for messages.

    Raises:
        InvalidRequest: it is no object, has a field twice or an unknown one, or a validator
            refuses its field.
    """
    if not isinstance(content, Mapping):
        detail = f"A {object_name} must be an object; this is {json_type_of(content)}."
        raise invalid_request("wrong-type", detail, "")
    if isinstance(content, RepeatedNames):
        raise _repeated_field(content.repeated)
    values = {}
    for name, value in content.items():
        validator = validators.get(name)
        if validator is None:
            raise _unknown_field(str(name), validators, object_name)
        values[name] = validator(value)
    return values


def invalid_request(
    slug: str, detail: str, pointer: str, *, fix: str | None = None
) -> InvalidRequest:
    """The exception for a problem of the type ``slug`` at ``pointer``."""
    return InvalidRequest(problem(slug, detail, pointer=pointer, fix=fix))


def json_type_of(value: object) -> str:
    """A value's JSON type, in words."""
    for python_types, name in _JSON_TYPES:
        if isinstance(value, python_types):
            return name
    return f"of the Python type {type(value).__name__}"


_JSON_TYPES: tuple[tuple[tuple[type, ...], str], ...] = (
    ((type(None),), "null"),
    ((bool,), "a boolean"),
    ((int,), "an integer"),
    ((float,), "a number"),
    ((str,), "a string"),
    ((list, tuple), "an array"),
    ((Mapping,), "an object"),
)


def _unknown_field(name: str, fields: Collection[str], object_name: str) -> InvalidRequest:
    near = difflib.get_close_matches(name[:60], fields, n=1)
    fix = f"Did you mean '{near[0]}'?" if near else f"The fields are: {', '.join(fields)}."
    detail = f"{quote(name)} is no field of a {object_name}."
    return invalid_request("unknown-field", detail, _short_pointer_to(name), fix=fix)


def _repeated_field(name: str) -> InvalidRequest:
    detail = f"{quote(name)} stands more than once."
    return invalid_request("repeated-field", detail, _short_pointer_to(name))


def _short_pointer_to(name: str) -> str:
    # A pointer to a name of kilobytes would help nobody.
    return pointer_to(name) if len(name) <= 60 else ""
