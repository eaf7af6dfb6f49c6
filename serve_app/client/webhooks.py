"""Receivers of messages, and what was delivered to them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from serve_app.client.calls import both, each
from serve_app.client.connection import Resource, path_of
from serve_app.client.decoding import decode

_PATH = path_of("webhooks")
_PAGE_DELIVERIES = 100


class WebhookChanges(TypedDict, total=False):
    """What may be changed of a webhook; what is not given stays."""

    url: str
    types: Sequence[str]
    description: str | None
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A receiver.

    Attributes:
        types: of the messages that it is sent: alert.raised, alert.ended, job.ended.
        disabled_because: None while it is enabled.
        previous_secret_until: until then messages are signed with the old secret too.
        secret: shown once, when it is new; None otherwise.
    """

    id: UUID
    url: str
    types: tuple[str, ...]
    description: str | None
    enabled: bool
    disabled_because: str | None
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message to one receiver.

    Attributes:
        message_id: the header ``webhook-id`` of every attempt.
        state: waiting, delivered or dead, which is given up.
        status, reason: of the last attempt.
        due_at: of the next one.
    """

    id: UUID
    message_id: str
    type: str
    state: str
    attempts: int
    status: int | None
    reason: str | None
    created_at: datetime
    attempted_at: datetime | None
    ended_at: datetime | None
    due_at: datetime | None


class Webhooks(Resource):
    """The receivers of the caller's workspace."""

    async def _create(
        self,
        url: str,
        *,
        types: Sequence[str] = ("alert.raised",),
        description: str | None = None,
    ) -> Webhook:
        """Name a receiver; the answer has its secret. It is not sent again where no answer came.

        Raises:
            RequestRefused: it is not one that may be sent to, or there are too many.
        """
        body = {"url": url, "types": list(types), "description": description}
        answer = await self._connection.json("POST", _PATH, body=body, repeatable=False)
        return decode(Webhook, answer)

    create, create_async = both(_create)

    async def _all(self) -> list[Webhook]:
        """All receivers, oldest first."""
        answer = await self._connection.json("GET", _PATH)
        return [decode(Webhook, item) for item in answer["items"]]

    all, all_async = both(_all)

    async def _get(self, webhook_id: UUID | str) -> Webhook:
        """One receiver."""
        return decode(Webhook, await self._connection.json("GET", path_of("webhooks", webhook_id)))

    get, get_async = both(_get)

    async def _change(self, webhook_id: UUID | str, **changes: Unpack[WebhookChanges]) -> Webhook:
        """Change a receiver, or switch it on or off."""
        path, body = path_of("webhooks", webhook_id), dict(changes)
        return decode(Webhook, await self._connection.json("PATCH", path, body=body))

    change, change_async = both(_change)

    async def _delete(self, webhook_id: UUID | str) -> bool:
        """Delete a receiver with its deliveries; whether there was one."""
        return await self._connection.delete(path_of("webhooks", webhook_id), "unknown-webhook")

    delete, delete_async = both(_delete)

    async def _rotate(self, webhook_id: UUID | str) -> Webhook:
        """Give it a new secret, which the answer has; the old one signs too for a day."""
        path = path_of("webhooks", f"{webhook_id}:rotate")
        return decode(Webhook, await self._connection.json("POST", path, repeatable=False))

    rotate, rotate_async = both(_rotate)

    async def _test(self, webhook_id: UUID | str) -> None:
        """Send it a message of the type ``webhook.test``; :meth:`deliveries` tells how it goes."""
        path = path_of("webhooks", f"{webhook_id}:test")
        await self._connection.json("POST", path, repeatable=False)

    test, test_async = both(_test)

    async def _deliveries(
        self, webhook_id: UUID | str, *, state: str | None = None
    ) -> AsyncIterator[list[Delivery]]:
        """What was sent to it, and what could not be, newest first, one by one.

        Args:
            webhook_id: which.
            state: only those that are waiting, delivered or dead.
        """
        path = path_of("webhooks", webhook_id, "deliveries")
        query = {"state": state, "limit": _PAGE_DELIVERIES}
        async for page in self._connection.pages(path, query):
            yield [decode(Delivery, item) for item in page]

    deliveries, deliveries_async = each(_deliveries)

    async def _retry(self, webhook_id: UUID | str, delivery_id: UUID | str) -> None:
        """Send a message again that was given up."""
        path = path_of("webhooks", webhook_id, "deliveries", f"{delivery_id}:retry")
        await self._connection.json("POST", path, repeatable=False)

    retry, retry_async = both(_retry)
