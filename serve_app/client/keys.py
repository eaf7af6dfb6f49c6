"""The API keys of a workspace: for callers with the scope ``admin``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from serve_app.client.calls import both
from serve_app.client.connection import Resource, path_of
from serve_app.client.decoding import decode

_PATH = path_of("keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of a key.

    Attributes:
        hint: how the key begins.
        scopes: of analyze, posts:read, posts:write, jobs, admin.
        in_force: neither revoked nor expired.
        posts_per_minute, posts_per_month, characters_per_month: the most that it may send; None
            is without a limit.
        previous_until: until then the key before the last rotation is good too.
        key: shown once, when it is new; None otherwise.
    """

    id: UUID
    name: str
    hint: str
    scopes: tuple[str, ...]
    in_force: bool
    posts_per_minute: int | None = None
    posts_per_month: int | None = None
    characters_per_month: int | None = None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    previous_until: datetime | None
    key: str | None = None


class ApiKeyChanges(TypedDict, total=False):
    """What may be changed of a key; what is not given stays, and None takes a limit away."""

    name: str
    posts_per_minute: int | None
    posts_per_month: int | None
    characters_per_month: int | None


class ApiKeys(Resource):
    """The keys of the caller's workspace."""

    async def _create(
        self,
        name: str,
        *,
        scopes: Sequence[str] | None = None,
        expires_in_days: float | None = None,
        workspace: str | None = None,
        posts_per_minute: int | None = None,
        posts_per_month: int | None = None,
        characters_per_month: int | None = None,
    ) -> ApiKey:
        """Make a key; the answer has it. It is not sent again where no answer came.

        Args:
            name: for people.
            scopes: what it allows; by default all but ``admin``.
            expires_in_days: above 0, at most 3,650; None is never.
            workspace: another than the caller's, where the service asks for no key.
            posts_per_minute: up to 1,000,000; None is without a limit.
            posts_per_month: of the calendar, in UTC; up to 1,000,000,000.
            characters_per_month: of texts; up to 1,000,000,000,000.

        Raises:
            RequestRefused: there are too many, or the caller may not.
        """
        content = {
            "name": name,
            "scopes": None if scopes is None else list(scopes),
            "expires_in_days": expires_in_days,
            "workspace": workspace,
            "posts_per_minute": posts_per_minute,
            "posts_per_month": posts_per_month,
            "characters_per_month": characters_per_month,
        }
        body = {name: value for name, value in content.items() if value is not None}
        answer = await self._connection.json("POST", _PATH, body=body, repeatable=False)
        return decode(ApiKey, answer)

    create, create_async = both(_create)

    async def _all(self) -> list[ApiKey]:
        """All keys, oldest first; those that ended within 90 days too."""
        answer = await self._connection.json("GET", _PATH)
        return [decode(ApiKey, item) for item in answer["items"]]

    all, all_async = both(_all)

    async def _get(self, key_id: UUID | str) -> ApiKey:
        """One key."""
        return decode(ApiKey, await self._connection.json("GET", path_of("keys", key_id)))

    get, get_async = both(_get)

    async def _change(self, key_id: UUID | str, **changes: Unpack[ApiKeyChanges]) -> ApiKey:
        """Give a key another name or other limits.

        Raises:
            RequestRefused: it is not in force, or a value is out of its range.
        """
        path = path_of("keys", key_id)
        return decode(ApiKey, await self._connection.json("PATCH", path, body=changes))

    change, change_async = both(_change)

    async def _rotate(self, key_id: UUID | str, *, overlap_hours: float = 24) -> ApiKey:
        """Give a key another secret, which the answer has.

        Args:
            key_id: which.
            overlap_hours: for so long the old one is good too, 0..720.
        """
        path, body = path_of("keys", f"{key_id}:rotate"), {"overlap_hours": overlap_hours}
        return decode(
            ApiKey, await self._connection.json("POST", path, body=body, repeatable=False)
        )

    rotate, rotate_async = both(_rotate)

    async def _revoke(self, key_id: UUID | str) -> ApiKey:
        """Make a key good for nothing, on every replica within a second."""
        return decode(ApiKey, await self._connection.json("DELETE", path_of("keys", key_id)))

    revoke, revoke_async = both(_revoke)
