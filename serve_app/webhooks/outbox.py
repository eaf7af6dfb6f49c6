"""Messages that are to be delivered, in the table that outlives whoever delivers them.

A message is written in the transaction that it tells of: what is not committed is not told, and
what is committed is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from serve_app.response.timestamps import rfc3339
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.store.queries import query
from serve_app.webhooks.sender import Attempt, Message

_FOLDER = Path(__file__).parent
#: For a :class:`serve_app.store.backlog.Backlog`.
COUNT_WAITING = query("count_waiting", _FOLDER)
#: Days for which deliveries can be looked at once they have ended well, or not.
DELIVERED_DAYS, DEAD_DAYS = 7, 30


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that is this replica's until its lease ends.

    Attributes:
        workspace, id: of the row.
        attempt: its number; a report of an earlier one is in vain.
        failures: in a row before it.
        disabled: why nothing is to be sent any more.
        message: what to send.
    """

    workspace: int
    id: UUID
    attempt: int
    failures: int
    disabled: str | None
    message: Message


def encode_message(type: str, time: datetime, data: dict[str, Any]) -> bytes:
    """The body of a message, as the Standard Webhooks specification recommends it."""
    return orjson.dumps({"type": type, "timestamp": rfc3339(time), "data": data})


async def enqueue(
    connection: Connection,
    workspace: int,
    *,
    message_id: str,
    type: str,
    body: bytes,
    retry_hours: float,
    webhooks: Sequence[UUID] | None = None,
) -> None:
    """Write a message for those receivers of the workspace that take its type.

    Args:
        connection: in the transaction of what the message tells.
        workspace: whose receivers.
        message_id: the same message is written once, however often this is called.
        type: of the message.
        body: see :func:`encode_message`.
        retry_hours: after which it is given up.
        webhooks: only these receivers; None is all.
    """
    chosen = None if webhooks is None else list(webhooks)
    seconds = retry_hours * 3_600
    await connection.execute(sql("enqueue"), workspace, message_id, type, body, seconds, chosen)


class Outbox:
    """The deliveries of all workspaces, for those who deliver them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self, limit: int, *, of_workspace: int, in_flight: dict[int, int], lease_s: float
    ) -> list[ClaimedDelivery]:
        """Due deliveries, each claimed by nobody else until the lease ends.

        Args:
            limit: at most so many.
            of_workspace: of one workspace at most, those in flight included.
            in_flight: how many are at present, by workspace.
            lease_s: after this another may claim them.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            rows = await connection.fetch(
                sql("claim_deliveries"),
                limit,
                of_workspace,
                list(in_flight),
                list(in_flight.values()),
                lease_s,
            )
        return [_claimed(row) for row in rows]

    async def note(
        self, delivery: ClaimedDelivery, attempt: Attempt, *, wait_s: float | None
    ) -> None:
        """Note how an attempt ended.

        Args:
            delivery: as it was claimed.
            attempt: what came of it.
            wait_s: after which it is tried again; None gives it up.

        Raises:
            StoreUnavailable: Postgres cannot be asked: the lease ends, and it is sent once more.
        """
        row = delivery.workspace, delivery.id, delivery.attempt, attempt.status
        async with self._database.transaction(delivery.workspace) as connection:
            if attempt.delivered:
                await connection.execute(sql("note_delivered"), *row)
                return
            await connection.execute(sql("note_failed"), *row, attempt.reason, wait_s)
            if attempt.gone:
                await connection.execute(
                    sql("disable_webhook"), delivery.workspace, delivery.id, attempt.reason
                )

    async def delete_old(self) -> None:
        """Delete what ended long ago.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            await connection.execute(sql("delete_old_deliveries"), DELIVERED_DAYS, DEAD_DAYS)


def sql(name: str) -> str:
    """A query of this room."""
    return query(name, _FOLDER)


def _claimed(row: Any) -> ClaimedDelivery:
    secrets = [secret for secret in (row["secret"], row["previous_secret"]) if secret]
    return ClaimedDelivery(
        workspace=row["workspace"],
        id=row["id"],
        attempt=row["attempts"],
        failures=row["failures"],
        disabled=row["disabled"],
        message=Message(row["message"], row["body"], row["url"], secrets),
    )
