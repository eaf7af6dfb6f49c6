"""JSON objects of the service as frozen dataclasses.

Members that this release does not know are passed over, so that a client may be older than its
service.
"""

from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from serve_app.client.errors import ServiceFailed

T = TypeVar("T")


def decode(kind: type[T], value: Any) -> T:
    """The value as a dataclass, with all that is in it.

    Raises:
        ServiceFailed: it is none; the service is of another release.
    """
    try:
        decoded: T = _adapter(cast(Any, kind)).validate_python(value)
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False, include_input=False)
        place = ".".join(map(str, first["loc"]))
        raise ServiceFailed(
            f"The answer is no {kind.__name__} ({first['msg']} at '{place}'): the service is of "
            "another release than this client."
        ) from None
    return decoded


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
