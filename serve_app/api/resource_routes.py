"""What the routes of all resources have in common: what they are given, ids, pages."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query
from starlette.requests import Request

from serve_app.errors import InvalidRequest
from serve_app.problems import problem

_FORMAT = {"format": "uuid"}


def from_state(name: str) -> Any:
    """The dependency that gives an endpoint what its application holds under a name."""

    async def read(request: Request) -> Any:
        return getattr(request.app.state, name)

    return Depends(read)


def id_in_path(name: str, description: str, refuse: Callable[[str], Exception]) -> Any:
    """The dependency that gives an endpoint the id in its path, as a UUID.

    Args:
        name: of the path's parameter.
        description: for the OpenAPI document.
        refuse: the exception for what is no id: nothing has it.
    """

    async def read(
        value: Annotated[str, Path(alias=name, description=description, json_schema_extra=_FORMAT)],
    ) -> UUID:
        return parsed_uuid(value, refuse)

    return Depends(read)


def parsed_uuid(value: str, refuse: Callable[[str], Exception]) -> UUID:
    """The id that a caller wrote; raises what ``refuse`` gives where it is none."""
    try:
        return UUID(value)
    except ValueError:
        raise refuse(value) from None


async def _cursor(
    cursor: Annotated[
        str | None,
        Query(description="`next_cursor` of the page before.", json_schema_extra=_FORMAT),
    ] = None,
) -> UUID | None:
    return None if cursor is None else parsed_uuid(cursor, _damaged)


def _damaged(cursor: str) -> InvalidRequest:
    return InvalidRequest(problem("invalid-cursor", "The cursor is damaged, or of another list."))


#: Of a list in the order of ids: where the page before has ended; None on the first.
Cursor = Annotated[UUID | None, Depends(_cursor)]


def page(items: Sequence[Any], limit: int) -> dict[str, Any]:
    """A page of a list.

    Args:
        items: with their ``id``, one more than are shown if there are more.
        limit: how many are shown.
    """
    more = len(items) > limit
    return {"items": items[:limit], "next_cursor": items[limit - 1]["id"] if more else None}
