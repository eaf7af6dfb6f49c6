"""The receivers of a workspace: made, changed, given new secrets, deleted."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from serve_app.errors import InvalidRequest
from serve_app.outgoing.addresses import UrlRefused, parse_destination
from serve_app.problems import problem, quote
from serve_app.request.fields import invalid_request
from serve_app.settings import WebhookSettings
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.database import Database
from serve_app.store.uuid7 import uuid7
from serve_app.webhooks.outbox import encode_message, sql
from serve_app.webhooks.schemas import TEST_TYPE
from serve_app.webhooks.signing import new_secret

#: Of one workspace.
MAX_WEBHOOKS = 20
#: For so long an old secret signs beside the new one.
ROTATION_S = 24 * 3_600.0
_BY_HAND = "switched off by hand"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver, without its secret.

    Attributes:
        disabled: why nothing is sent to it; None while it is.
        previous_until: until when an old secret signs too.
    """

    id: UUID
    created_at: datetime
    updated_at: datetime
    url: str
    description: str | None
    types: tuple[str, ...]
    disabled: str | None
    previous_until: datetime | None


class Webhooks:
    """The receivers of all workspaces."""

    def __init__(
        self, database: Database, settings: WebhookSettings, *, wake: Callable[[], None]
    ) -> None:
        """For a replica.

        Args:
            database: where they are.
            settings: which URLs may be called, and for how long a message is tried.
            wake: called after something was written to the outbox.
        """
        self._database = database
        self._settings = settings
        self._wake = wake

    async def create(
        self, workspace: int, *, url: str, types: list[str], description: str | None
    ) -> tuple[Webhook, bytes]:
        """A new receiver, and its secret.

        Raises:
            InvalidRequest: the URL is not one to call, or there are too many.
            StoreUnavailable: Postgres cannot be asked.
        """
        self._check(url)
        id, secret = uuid7(), new_secret()
        async with self._database.transaction(workspace) as connection:
            await connection.execute(sql("lock_webhooks"), workspace)
            if await connection.fetchval(sql("count_webhooks"), workspace) >= MAX_WEBHOOKS:
                raise _too_many()
            types = list(dict.fromkeys(types))
            await connection.execute(
                sql("insert_webhook"), workspace, id, url, description, types, secret
            )
            return await _read(connection, workspace, id), secret

    async def read_all(self, workspace: int) -> list[Webhook]:
        """All of a workspace, oldest first."""
        async with self._database.transaction(workspace) as connection:
            rows = await connection.fetch(sql("list_webhooks"), workspace, None)
        return [_webhook(row) for row in rows]

    async def read(self, workspace: int, id: UUID) -> Webhook:
        """One of them.

        Raises:
            InvalidRequest: there is none.
        """
        async with self._database.transaction(workspace) as connection:
            return await _read(connection, workspace, id)

    async def change(self, workspace: int, id: UUID, changes: Mapping[str, Any]) -> Webhook:
        """One of them with other settings; what is not named stays.

        Raises:
            InvalidRequest: there is none, or the URL is not one to call.
        """
        if "url" in changes:
            self._check(changes["url"])
        async with self._database.transaction(workspace) as connection:
            before = await _read(connection, workspace, id)
            disabled = before.disabled
            if "enabled" in changes:
                disabled = None if changes["enabled"] else (disabled or _BY_HAND)
            await connection.execute(
                sql("change_webhook"),
                workspace,
                id,
                changes.get("url", before.url),
                changes.get("description", before.description),
                list(dict.fromkeys(changes.get("types", before.types))),
                disabled,
            )
            return await _read(connection, workspace, id)

    async def rotate(self, workspace: int, id: UUID) -> tuple[Webhook, bytes]:
        """One of them with a new secret; the old one signs beside it for a day.

        Raises:
            InvalidRequest: there is none.
        """
        secret = new_secret()
        async with self._database.transaction(workspace) as connection:
            await connection.execute(sql("rotate_secret"), workspace, id, secret, ROTATION_S)
            return await _read(connection, workspace, id), secret

    async def delete(self, workspace: int, id: UUID) -> None:
        """Delete one with its deliveries.

        Raises:
            InvalidRequest: there is none.
        """
        async with self._database.transaction(workspace) as connection:
            if await connection.fetchval(sql("delete_webhook"), workspace, id) is None:
                raise _unknown(id)

    async def send_test(self, workspace: int, id: UUID) -> UUID:
        """Have a message delivered that tells nothing; the id of the delivery.

        Raises:
            InvalidRequest: there is no such webhook.
        """
        delivery, message = uuid4(), uuid7()
        body = encode_message(TEST_TYPE, datetime.now(UTC), {"webhook": str(id)})
        retry_s = self._settings.retry_hours * 3_600
        async with self._database.transaction(workspace) as connection:
            await _read(connection, workspace, id)
            await connection.execute(
                sql("enqueue_test"), workspace, delivery, id, str(message), TEST_TYPE, body, retry_s
            )
        self._wake()
        return delivery

    async def deliveries(
        self, workspace: int, id: UUID, *, state: str | None, behind: UUID | None, limit: int
    ) -> list[QueryRow]:
        """Deliveries to one of them, newest first.

        Raises:
            InvalidRequest: there is no such webhook.
        """
        async with self._database.transaction(workspace) as connection:
            await _read(connection, workspace, id)
            return await connection.fetch(
                sql("list_deliveries"), workspace, id, state, limit, behind
            )

    async def retry(self, workspace: int, id: UUID, delivery: UUID) -> None:
        """Send a message again that has been given up, or delivered; it is tried as a new one is.

        Raises:
            InvalidRequest: there is none that has ended.
        """
        retry_s = self._settings.retry_hours * 3_600
        async with self._database.transaction(workspace) as connection:
            row = await connection.fetchval(sql("retry_delivery"), workspace, id, delivery, retry_s)
            if row is None:
                detail = f"The webhook has no delivery '{delivery}' that has ended."
                raise InvalidRequest(problem("unknown-delivery", detail))
        self._wake()

    def _check(self, url: str) -> None:
        try:
            parse_destination(url, allow_private=self._settings.allow_private)
        except UrlRefused as error:
            detail = f"The URL is not called: {error}."
            raise invalid_request("refused-url", detail, "/url") from None


async def _read(connection: Connection, workspace: int, id: UUID) -> Webhook:
    row = await connection.fetchrow(sql("list_webhooks"), workspace, id)
    if row is None:
        raise _unknown(id)
    return _webhook(row)


def _webhook(row: QueryRow) -> Webhook:
    return Webhook(**{**row, "types": tuple(row["types"])})


def _unknown(id: UUID) -> InvalidRequest:
    return InvalidRequest(problem("unknown-webhook", f"There is no webhook '{id}'."))


def _too_many() -> InvalidRequest:
    detail = f"The workspace has {MAX_WEBHOOKS} webhooks; the limit is {MAX_WEBHOOKS}."
    return InvalidRequest(problem("limit-reached", detail))


def chosen(names: Collection[str] | None, webhooks: Collection[UUID]) -> tuple[UUID, ...] | None:
    """The ids of the webhooks that a body names, each once; None where it names all.

    Args:
        names: in the body, at ``/webhooks``.
        webhooks: of the workspace.

    Raises:
        InvalidRequest: one is none of these.
    """
    if names is None:
        return None
    known = {str(webhook): webhook for webhook in webhooks}
    for index, name in enumerate(names):
        if name.lower() not in known:
            detail = f"There is no webhook {quote(name)}."
            raise invalid_request("unknown-webhook", detail, f"/webhooks/{index}")
    return tuple(dict.fromkeys(known[name.lower()] for name in names))
