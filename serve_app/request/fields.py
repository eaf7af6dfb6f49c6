"""The fields of one JSON object: read by a check each, unknown ones refused.

Knows neither posts nor batches, only how to name a place and a type.
"""

import difflib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from serve_app.errors import InvalidRequest
from serve_app.problems import problem, quoted, step

#: Reads one value, or raises ``InvalidRequest``.
Check = Callable[[Any], Any]


def read_fields(content: object, checks: Mapping[str, Check], *, whole: str) -> dict[str, Any]:
    """The checked fields of one JSON object.

    Args:
        content: what should be an object.
        checks: for each field that may be there, what reads it.
        whole: what the object is, for messages.

    Raises:
        InvalidRequest: it is no object, has an unknown field, or a check refuses its field.
    """
    if not isinstance(content, Mapping):
        raise refuse("wrong-type", f"A {whole} must be an object; this is {kind_of(content)}.", "")
    values = {}
    for name, value in content.items():
        check = checks.get(name)
        if check is None:
            raise _unknown_field(str(name), checks, whole)
        values[name] = check(value)
    return values


def refuse(slug: str, detail: str, pointer: str, *, fix: str | None = None) -> InvalidRequest:
    """The exception for a problem at ``pointer``."""
    return InvalidRequest(problem(slug, detail, pointer=pointer, fix=fix))


def kind_of(value: object) -> str:
    """A value's JSON type, in words."""
    for kinds, words in _JSON_TYPES:
        if isinstance(value, kinds):
            return words
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


def _unknown_field(name: str, known: Collection[str], whole: str) -> InvalidRequest:
    near = difflib.get_close_matches(name[:60], known, n=1)
    fix = f"Did you mean '{near[0]}'?" if near else f"The fields are: {', '.join(known)}."
    # A pointer to a name of kilobytes would help nobody.
    pointer = step(name) if len(name) <= 60 else ""
    return refuse("unknown-field", f"{quoted(name)} is no field of a {whole}.", pointer, fix=fix)
