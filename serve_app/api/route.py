"""One route: where it is, what answers it, and what its documentation says.

Dispatch and OpenAPI are both made from these, so that neither can know a route the
other does not.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """What OpenAPI says of a route.

    Attributes:
        id: the operationId.
        tag: the group in the documentation.
        summary: one line.
        description: what else a caller has to know, in CommonMark.
        answer: media type to schema or description of the 200.
        request: name of the body's schema; None without body.
        parameters: OpenAPI parameter objects.
        problems: slugs it may be refused with, beside those of every route.
    """

    id: str
    tag: str
    summary: str
    answer: Mapping[str, Any]
    description: str = ""
    request: str | None = None
    parameters: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path.

    Attributes:
        method: GET or POST; HEAD is answered wherever GET is.
        path: absolute; may hold ``{name}`` for one segment.
        endpoint: what answers; may raise a ``ServiceError``.
        operation: None for pages and their parts, which are no API.
        locked: whether it needs an API key where the service has any.
    """

    method: str
    path: str
    endpoint: Endpoint = field(repr=False)
    operation: Operation | None = None
    locked: bool = False
