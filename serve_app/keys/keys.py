"""The API keys of workspaces: made, listed, changed, rotated, revoked."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from serve_app.api.authentication import digest_of
from serve_app.api.scopes import SCOPES, Scope
from serve_app.errors import InvalidRequest, StoreUnavailable
from serve_app.keys.tokens import hint_of, new_token
from serve_app.problems import problem
from serve_app.quotas.limits import KeyLimits
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.database import Database
from serve_app.store.queries import query
from serve_app.store.uuid7 import uuid7

#: Replicas listen on it for changes.
CHANNEL = "postlens_keys"
#: In force, of one workspace.
MAX_KEYS = 100
#: A key that was revoked or has expired is listed for so long.
ENDED_DAYS = 90

_FOLDER = Path(__file__).parent
_LIMITS = tuple(field.name for field in fields(KeyLimits))


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; not the key itself.

    Attributes:
        name: for people.
        hint: how the key begins.
        scopes: what it allows.
        expires_at: from then on it is good for nothing; None is never.
        revoked_at: when it was.
        previous_until: until then the key before the last rotation is good too.
        limits: the most that it may send.
    """

    id: UUID
    created_at: datetime
    name: str
    hint: str
    scopes: tuple[Scope, ...]
    expires_at: datetime | None
    revoked_at: datetime | None
    previous_until: datetime | None
    limits: KeyLimits

    @property
    def is_in_force(self) -> bool:
        """Whether it is good for something now."""
        expired = self.expires_at is not None and self.expires_at <= datetime.now(UTC)
        return self.revoked_at is None and not expired


class Keys:
    """The keys of all workspaces."""

    def __init__(self, database: Database, refresh: Callable[[], Awaitable[None]]) -> None:
        """Of a replica.

        Args:
            database: where they are.
            refresh: has the replica read the keys in force: one that is made is good at once where
                it was made, and on the others a moment later.
        """
        self._database = database
        self._refresh = refresh

    async def create(
        self,
        workspace: int,
        *,
        name: str,
        scopes: Sequence[Scope],
        good_for_days: float | None,
        limits: KeyLimits,
    ) -> tuple[Key, str]:
        """A new key: what is known of it, and the key itself, which is kept nowhere.

        Raises:
            InvalidRequest: there are too many.
            StoreUnavailable: Postgres cannot be asked.
        """
        id, token = uuid7(), new_token()
        expires_at = _days_from_now(good_for_days)
        allowed = [scope for scope in SCOPES if scope in scopes]
        async with self._changing(workspace) as connection:
            await connection.execute(sql("lock_keys"), workspace)
            await connection.execute(sql("delete_ended_keys"), workspace, ENDED_DAYS)
            if await connection.fetchval(sql("count_keys"), workspace) >= MAX_KEYS:
                raise _too_many()
            values = (
                workspace,
                id,
                name,
                hint_of(token),
                digest_of(token.encode()),
                allowed,
                expires_at,
            )
            await connection.execute(sql("insert_key"), *values, *astuple(limits))
            return await _read(connection, workspace, id), token

    async def read_all(self, workspace: int) -> list[Key]:
        """All of a workspace, oldest first; those that ended within 90 days too."""
        async with self._database.transaction(workspace) as connection:
            await connection.execute(sql("delete_ended_keys"), workspace, ENDED_DAYS)
            rows = await connection.fetch(sql("list_keys"), workspace, None)
        return [_key(row) for row in rows]

    async def read(self, workspace: int, id: UUID) -> Key:
        """One of them.

        Raises:
            InvalidRequest: there is none.
        """
        async with self._database.transaction(workspace) as connection:
            return await _read(connection, workspace, id)

    async def change(self, workspace: int, id: UUID, changes: Mapping[str, Any]) -> Key:
        """Give a key another name or other limits, on every replica within a second.

        Args:
            workspace: whose.
            id: which.
            changes: ``name`` and fields of :class:`KeyLimits`; what is left out stays.

        Raises:
            InvalidRequest: there is none in force.
        """
        named = {name: value for name, value in changes.items() if name != "name"}
        async with self._changing(workspace) as connection:
            await connection.execute(sql("lock_keys"), workspace)
            key = await _read(connection, workspace, id)
            limits = replace(key.limits, **named)
            values = (workspace, id, changes.get("name", key.name), *astuple(limits))
            if await connection.fetchval(sql("change_key"), *values) is None:
                raise await _not_in_force(connection, workspace, id)
            return await _read(connection, workspace, id)

    async def rotate(self, workspace: int, id: UUID, *, overlap_s: float) -> tuple[Key, str]:
        """Another key in the place of one, and for a while beside it.

        Args:
            workspace: whose.
            id: which; id, name, scopes and end stay.
            overlap_s: for so long the old one is good too.

        Raises:
            InvalidRequest: there is none in force.
        """
        token = new_token()
        async with self._changing(workspace) as connection:
            values = (workspace, id, digest_of(token.encode()), hint_of(token), overlap_s)
            if await connection.fetchval(sql("rotate_key"), *values) is None:
                raise await _not_in_force(connection, workspace, id)
            return await _read(connection, workspace, id), token

    async def revoke(self, workspace: int, id: UUID) -> Key:
        """Make one good for nothing, on every replica within a second; twice is once.

        Raises:
            InvalidRequest: there is none.
        """
        async with self._changing(workspace) as connection:
            await connection.execute(sql("revoke_key"), workspace, id)
            return await _read(connection, workspace, id)

    @asynccontextmanager
    async def _changing(self, workspace: int) -> AsyncIterator[Connection]:
        """A transaction of whose changes all replicas are told."""
        async with self._database.transaction(workspace) as connection:
            yield connection
            await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
        with contextlib.suppress(StoreUnavailable):  # the change is there: this one is told too
            await self._refresh()


def sql(name: str) -> str:
    """A query of this room."""
    return query(name, _FOLDER)


def limits_of(row: QueryRow) -> KeyLimits:
    """The limits in a row of a key."""
    return KeyLimits(*(row[name] for name in _LIMITS))


async def _read(connection: Connection, workspace: int, id: UUID) -> Key:
    row = await connection.fetchrow(sql("list_keys"), workspace, id)
    if row is None:
        raise InvalidRequest(problem("unknown-key", f"There is no key '{id}'."))
    return _key(row)


def _days_from_now(days: float | None) -> datetime | None:
    return None if days is None else datetime.now(UTC) + timedelta(days=days)


def _key(row: QueryRow) -> Key:
    others = {name: value for name, value in row.items() if name not in _LIMITS}
    return Key(**{**others, "scopes": tuple(row["scopes"]), "limits": limits_of(row)})


async def _not_in_force(connection: Connection, workspace: int, id: UUID) -> InvalidRequest:
    key = await _read(connection, workspace, id)
    ended = "was revoked" if key.revoked_at else "has expired"
    return InvalidRequest(problem("key-ended", f"The key '{key.name}' {ended}."))


def _too_many() -> InvalidRequest:
    detail = f"The workspace has {MAX_KEYS} keys in force; the limit is {MAX_KEYS}."
    return InvalidRequest(problem("limit-reached", detail, fix="Revoke one that is not needed."))
