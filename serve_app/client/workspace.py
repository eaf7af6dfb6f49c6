"""The caller's workspace: its settings and size, and its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from serve_app.client.answers import content_of
from serve_app.client.calls import both
from serve_app.client.connection import Resource, path_of

_PATH = path_of("workspace")
_BEING_DELETED = 202


class WorkspaceSettings(TypedDict, total=False):
    """What may be changed of a workspace; what is not given stays.

    Attributes:
        retention_days: after which a post is deleted, counted from when it was accepted; None
            keeps all.
        separate_cache: whether its texts are cached apart from those of all others.
    """

    retention_days: float | None
    separate_cache: bool


@dataclass(frozen=True, slots=True)
class Workspace:
    """A client's part of an installation.

    Attributes:
        posts: how many it has; what Postgres estimates where ``posts_exact`` is false.
    """

    name: str
    created_at: datetime
    retention_days: float | None
    separate_cache: bool
    posts: int
    posts_exact: bool


class OwnWorkspace(Resource):
    """The workspace of the caller's key, or the one that was named."""

    async def _get(self) -> Workspace:
        """Its name, settings and size."""
        return _decode(await self._connection.json("GET", _PATH))

    async def _change(self, **settings: Unpack[WorkspaceSettings]) -> Workspace:
        """Change settings of it.

        Raises:
            RequestRefused: a value is out of its range.
        """
        return _decode(await self._connection.json("PATCH", _PATH, body=settings))

    async def _delete(self) -> bool:
        """Delete it with all that it has; whether all is gone already. The rest goes by itself.

        Its name is free at once, so this is not tried again where no answer came.
        """
        answer = await self._connection.send("DELETE", _PATH, repeatable=False)
        content_of(answer)
        return answer.status != _BEING_DELETED

    get, get_async = both(_get)
    change, change_async = both(_change)
    delete, delete_async = both(_delete)


def _decode(shown: Mapping[str, Any]) -> Workspace:
    return Workspace(
        name=shown["name"],
        created_at=datetime.fromisoformat(shown["created_at"]),
        retention_days=shown["retention_days"],
        separate_cache=shown["separate_cache"],
        posts=shown["posts"],
        posts_exact=shown["posts_exact"],
    )
