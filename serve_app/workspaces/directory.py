"""The workspaces of an installation: made when their key first comes, changed, deleted.

Knows the table of workspaces; what a workspace holds is deleted by those who hold it.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from serve_app.store.connection import QueryRow
from serve_app.store.database import Database
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent
#: Another replica's changes of settings are seen after so long.
_REFRESH_S = 1.0
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Workspace:
    """One client's part of the installation.

    Attributes:
        id: in every row that belongs to it.
        name: in keys and answers.
        created_at: when its key first came.
        retention_days: after which a post is deleted; None keeps all.
        cache_salt: of its addresses in the caches; empty where it shares them.
    """

    id: int
    name: str
    created_at: datetime
    retention_days: float | None = None
    cache_salt: bytes = b""


class Workspaces:
    """All of them, by name; what was read is good for a second."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_name: dict[str, tuple[float, Workspace]] = {}
        self._salts: dict[str, bytes] = {}

    async def get(self, name: str) -> Workspace:
        """The workspace of this name, which a key of the service has; made where it is new.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        read_at, workspace = self._by_name.get(name, (0.0, None))
        if workspace is not None and time.monotonic() - read_at < _REFRESH_S:
            return workspace
        async with self._database.transaction(None) as connection:
            row = await connection.fetchrow(_sql("find_workspace"), name)
            if row is None:
                await connection.execute(_sql("make_workspace"), name)
                row = await connection.fetchrow(_sql("find_workspace"), name)
        assert row is not None  # just made, by us or by another
        return self._note(_workspace(row))

    async def id_of(self, name: str) -> int:
        """The id of :meth:`get`."""
        return (await self.get(name)).id

    async def refresh(self) -> None:
        """Read which workspaces have caches of their own, for :meth:`salt_of`."""
        async with self._database.transaction(None) as connection:
            rows = await connection.fetch(_sql("find_salts"))
        self._salts = {row["name"]: row["cache_salt"] for row in rows}

    async def with_retention(self) -> list[Workspace]:
        """Those whose posts end by their age.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            rows = await connection.fetch(_sql("find_with_retention"))
        return [_workspace(row) for row in rows]

    def salt_of(self, name: str) -> bytes:
        """The salt of a workspace's addresses in the caches; empty where it shares them."""
        return self._salts.get(name, b"")

    async def change(self, workspace: Workspace, changes: Mapping[str, Any]) -> Workspace:
        """The workspace with other settings.

        Args:
            workspace: which.
            changes: ``retention_days`` and ``separate_cache``, or one of them.
        """
        changed = workspace
        if "retention_days" in changes:
            changed = replace(changed, retention_days=changes["retention_days"])
        if "separate_cache" in changes:
            salt = changed.cache_salt or secrets.token_bytes(_SALT_BYTES)
            changed = replace(changed, cache_salt=salt if changes["separate_cache"] else b"")
        async with self._database.transaction(None) as connection:
            salt_or_none = changed.cache_salt or None
            await connection.execute(
                _sql("change_workspace"), changed.id, changed.retention_days, salt_or_none
            )
        await self.refresh()
        return self._note(changed)

    async def close_for(self, workspace: Workspace) -> None:
        """Let nothing be written for a workspace any more; its name is free from now on."""
        async with self._database.transaction(None) as connection:
            await connection.execute(_sql("close_workspace"), workspace.id)
        self._by_name.pop(workspace.name, None)

    def _note(self, workspace: Workspace) -> Workspace:
        self._by_name[workspace.name] = time.monotonic(), workspace
        return workspace


def _workspace(row: QueryRow) -> Workspace:
    return Workspace(
        id=row["id"],
        name=row["name"],
        created_at=row["created_at"],
        retention_days=row["retention_days"],
        cache_salt=row["cache_salt"] or b"",
    )


def _sql(name: str) -> str:
    return query(name, _FOLDER)
