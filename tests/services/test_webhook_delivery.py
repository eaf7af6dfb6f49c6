"""Webhooks on a real Postgres to real receivers: at least once, one id, no workspace waits."""

import asyncio
import base64
import datetime
import hashlib
import hmac
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from serve_app.errors import InvalidRequest
from serve_app.settings import WebhookSettings
from serve_app.store.database import Database
from serve_app.webhooks.delivery import WebhookDelivery
from serve_app.webhooks.outbox import Outbox, encode_message, enqueue
from serve_app.webhooks.sender import Sender
from serve_app.webhooks.webhooks import MAX_WEBHOOKS, Webhooks
from tests.services.webhook_receiver import Received, answer, receiving

WORKSPACE = 1
_BODY = b'{"type":"alert.raised","timestamp":"2026-05-31T12:00:00Z","data":{}}'


@dataclass
class Office:
    """A replica's webhooks."""

    database: Database
    webhooks: Webhooks
    delivery: WebhookDelivery

    async def send(self, message_id: str, workspace: int = WORKSPACE, **chosen: Any) -> None:
        async with self.database.transaction(workspace) as connection:
            await enqueue(
                connection,
                workspace,
                message_id=message_id,
                type="alert.raised",
                body=_BODY,
                retry_hours=72,
                **chosen,
            )
        self.delivery.wake()

    async def deliveries(self, webhook: UUID, workspace: int = WORKSPACE) -> list[dict[str, Any]]:
        rows = await self.webhooks.deliveries(
            workspace, webhook, state=None, behind=None, limit=100
        )
        return [dict(row) for row in rows]

    async def until(self, webhook: UUID, state: str, workspace: int = WORKSPACE) -> dict[str, Any]:
        """The only delivery of a webhook, once it is in a state."""
        async with asyncio.timeout(15):
            while True:
                [row] = await self.deliveries(webhook, workspace)
                if row["state"] == state:
                    return row
                await asyncio.sleep(0.02)


@asynccontextmanager
async def open_office(url: str, *, started: bool = True, **changes: Any) -> AsyncIterator[Office]:
    settings = WebhookSettings(**{"allow_private": True, "timeout_s": 1, **changes})
    database = await Database.open(url, pool_size=6)
    await database.migrate()
    sender = Sender(allow_private=settings.allow_private, timeout_s=settings.timeout_s)
    delivery = WebhookDelivery(
        Outbox(database), sender, settings, wait_after=lambda failures, asked: 0.05
    )
    office = Office(database, Webhooks(database, settings, wake=delivery.wake), delivery)
    if started:
        delivery.start()
    try:
        yield office
    finally:
        await delivery.close()
        await database.close()


@pytest.fixture
async def office(url: str) -> AsyncIterator[Office]:
    async with open_office(url) as office:
        yield office


async def _hook(office: Office, url: str, workspace: int = WORKSPACE, **more: Any) -> UUID:
    content = {"types": ["alert.raised"], "description": None, **more}
    webhook, _ = await office.webhooks.create(workspace, url=url, **content)
    return webhook.id


async def _workspaces(url: str, count: int) -> list[int]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "INSERT INTO workspaces (name) SELECT 'w' || n FROM generate_series(1, $1) n RETURNING id",
        count,
    )
    await connection.close()
    return [row["id"] for row in rows]


def _verifies(request: Received, secret: bytes) -> bool:
    """As the specification tells receivers to."""
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split(" ")


async def test_a_message_arrives_signed_and_is_noted(office: Office) -> None:
    async with receiving() as receiver:
        webhook, secret = await office.webhooks.create(
            WORKSPACE, url=receiver.url, types=["alert.raised"], description=None
        )
        await office.send("m-1")
        row = await office.until(webhook.id, "delivered")
    [request] = receiver.requests
    assert request.body == _BODY
    assert _verifies(request, secret)
    assert not _verifies(request, b"another")
    assert (row["message"], row["attempts"], row["status"]) == ("m-1", 1, 204)


async def test_failures_are_tried_again_under_the_same_id(office: Office) -> None:
    async with receiving(answer(500), answer(503), None, answer(200)) as receiver:
        webhook = await _hook(office, receiver.url)
        await office.send("m-1")
        row = await office.until(webhook, "delivered")
    assert [request.headers["webhook-id"] for request in receiver.requests] == ["m-1"] * 4
    assert row["attempts"] == 4
    assert row["reason"] is None
    await office.delivery.close()
    assert (office.delivery.delivered, office.delivery.failed_attempts) == (1, 3)


async def test_a_message_is_written_once_for_each_receiver_that_takes_its_type(
    office: Office,
) -> None:
    async with receiving() as receiver:
        first = await _hook(office, receiver.url)
        second = await _hook(office, receiver.url)
        other = await _hook(office, receiver.url, types=["alert.ended"])
        await office.send("m-1")
        await office.send("m-1")
        await office.send("m-2", webhooks=[second])
        await receiver.wait_for(3)
        await asyncio.sleep(0.2)
        assert len(receiver.requests) == 3
        assert len(await office.deliveries(first)) == 1
        assert len(await office.deliveries(second)) == 2
        assert await office.deliveries(other) == []


async def test_what_is_not_committed_is_not_told(office: Office) -> None:
    async with receiving() as receiver:
        await _hook(office, receiver.url)
        with suppress(RuntimeError):
            async with office.database.transaction(WORKSPACE) as connection:
                await enqueue(
                    connection, WORKSPACE, message_id="m", type="alert.raised", body=_BODY,
                    retry_hours=1,
                )  # fmt: skip
                raise RuntimeError
        office.delivery.wake()
        await asyncio.sleep(0.3)
    assert receiver.requests == []


async def test_a_message_that_expires_is_dead_and_can_be_sent_again(
    office: Office, url: str
) -> None:
    async with receiving(answer(500), answer(500)) as receiver:
        webhook = await _hook(office, receiver.url)
        await office.send("m-1")
        await receiver.wait_for(1)
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE webhook_deliveries SET expires_at = now()")
        await connection.close()
        row = await office.until(webhook, "dead")
        assert (row["status"], row["reason"]) == (500, "The receiver answered 500.")
        receiver.answers.clear()
        await office.webhooks.retry(WORKSPACE, webhook, row["id"])
        await office.until(webhook, "delivered")
    assert {request.headers["webhook-id"] for request in receiver.requests} == {"m-1"}


async def test_only_what_has_ended_is_sent_again(office: Office) -> None:
    async with receiving(*[answer(500)] * 50) as receiver:
        webhook = await _hook(office, receiver.url)
        await office.send("m-1")
        [row] = await office.deliveries(webhook)
        with pytest.raises(InvalidRequest, match="no delivery"):
            await office.webhooks.retry(WORKSPACE, webhook, row["id"])


async def test_a_receiver_that_is_gone_is_switched_off(office: Office) -> None:
    async with receiving(answer(410)) as receiver:
        webhook = await _hook(office, receiver.url)
        await office.send("m-1")
        row = await office.until(webhook, "dead")
        await office.send("m-2")
        assert row["reason"] == "The receiver is gone for good (410)."
        assert (await office.webhooks.read(WORKSPACE, webhook)).disabled == row["reason"]
        assert len(await office.deliveries(webhook)) == 1
        await office.webhooks.change(WORKSPACE, webhook, {"enabled": True})
        await office.send("m-3")
        await receiver.wait_for(2)


async def test_a_name_that_leads_inside_is_dead_at_once(url: str) -> None:
    async with open_office(url, allow_private=False) as office, receiving() as receiver:
        webhook = await _hook(office, f"http://localhost:{receiver.port}/")
        await office.send("m-1")
        row = await office.until(webhook, "dead")
    assert row["attempts"] == 1
    assert "no address in the public internet" in row["reason"]
    assert receiver.requests == []


async def test_a_secret_is_changed_without_a_gap(office: Office, url: str) -> None:
    async with receiving() as receiver:
        webhook, old = await office.webhooks.create(
            WORKSPACE, url=receiver.url, types=["alert.raised"], description=None
        )
        changed, new = await office.webhooks.rotate(WORKSPACE, webhook.id)
        assert changed.previous_until is not None
        await office.send("m-1")
        await receiver.wait_for(1)
        assert _verifies(receiver.requests[0], old)
        assert _verifies(receiver.requests[0], new)
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE webhooks SET previous_until = now()")
        await connection.close()
        await office.send("m-2")
        await receiver.wait_for(2)
    assert not _verifies(receiver.requests[1], old)
    assert _verifies(receiver.requests[1], new)


async def test_hanging_receivers_of_one_workspace_delay_no_other(url: str) -> None:
    async with (
        open_office(url, concurrency=8, workspace_concurrency=3, timeout_s=5) as office,
        receiving(*[None] * 200) as hanging,
        receiving() as receiver,
    ):
        [broken, well] = await _workspaces(url, 2)
        await _hook(office, hanging.url, broken)
        await _hook(office, receiver.url, well)
        for number in range(40):
            await office.send(f"b-{number}", broken)
        await hanging.wait_for(3)
        started = time.monotonic()
        await office.send("w-1", well)
        await receiver.wait_for(1)
        assert time.monotonic() - started < 2
        assert len(hanging.requests) == 3


async def test_replicas_share_the_outbox_and_send_each_message_once(url: str) -> None:
    async with receiving() as receiver, open_office(url) as first, open_office(url) as second:
        await _hook(first, receiver.url)
        for number in range(30):
            await first.send(f"m-{number}")
            second.delivery.wake()
        await receiver.wait_for(30)
        await asyncio.sleep(0.3)
    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert sorted(ids) == sorted(f"m-{number}" for number in range(30))


_REPLICA = """
import asyncio, sys
from serve_app.settings import WebhookSettings
from serve_app.store.database import Database
from serve_app.webhooks.delivery import WebhookDelivery
from serve_app.webhooks.outbox import Outbox
from serve_app.webhooks.sender import Sender

async def main():
    database = await Database.open(sys.argv[1], pool_size=2)
    await database.migrate()
    settings = WebhookSettings(allow_private=True, timeout_s=30)
    delivery = WebhookDelivery(Outbox(database), Sender(allow_private=True, timeout_s=30), settings)
    delivery.start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_message_outlives_a_replica_that_is_killed_while_it_sends(url: str) -> None:
    async with receiving(None) as receiver, open_office(url, started=False) as office:
        webhook = await _hook(office, receiver.url)
        await office.send("m-1")
        replica = await asyncio.create_subprocess_exec(sys.executable, "-c", _REPLICA, url)
        try:
            await receiver.wait_for(1, timeout_s=60)
        finally:
            replica.kill()
            await replica.wait()
        [row] = await office.deliveries(webhook)
        assert (row["state"], row["attempts"]) == ("waiting", 1)
        office.delivery.start()
        await asyncio.sleep(0.3)
        assert len(receiver.requests) == 1  # the lease holds
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE webhook_deliveries SET due_at = now()")
        await connection.close()
        await office.until(webhook, "delivered")
    assert [request.headers["webhook-id"] for request in receiver.requests] == ["m-1"] * 2


async def test_who_held_an_ended_lease_reports_in_vain(office: Office, url: str) -> None:
    async with receiving(None, answer(200)) as receiver:
        webhook = await _hook(office, receiver.url)
        await office.send("m-1")
        await receiver.wait_for(1)
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE webhook_deliveries SET due_at = now()")
        await connection.close()
        office.delivery.wake()
        await office.until(webhook, "delivered")
        await asyncio.sleep(1.2)  # the first attempt has timed out by now
        [row] = await office.deliveries(webhook)
    assert (row["state"], row["attempts"]) == ("delivered", 2)


async def test_a_workspace_has_so_many_webhooks_and_no_more(office: Office) -> None:
    for _ in range(MAX_WEBHOOKS):
        await _hook(office, "https://hooks.example.org/")
    with pytest.raises(InvalidRequest, match="the limit is 20"):
        await _hook(office, "https://hooks.example.org/")


async def test_deleting_a_webhook_deletes_what_waits_for_it(office: Office, url: str) -> None:
    async with receiving(*[answer(500)] * 100) as receiver:
        webhook = await _hook(office, receiver.url)
        await office.send("m-1")
        await receiver.wait_for(1)
        await office.webhooks.delete(WORKSPACE, webhook)
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT count(*) FROM webhook_deliveries") == 0
    await connection.close()


async def test_old_deliveries_are_deleted(office: Office, url: str) -> None:
    async with receiving(answer(410)) as receiver:
        await _hook(office, receiver.url)
        dead = await _hook(office, receiver.url)
        await office.send("m-1")
        await receiver.wait_for(2)
        await office.until(dead, "dead") if receiver.answers else await asyncio.sleep(0.2)
    connection = await asyncpg.connect(url)
    for days, rows in ((6, 2), (8, 1), (29, 1), (31, 0)):
        await connection.execute(
            "UPDATE webhook_deliveries SET ended_at = now() - make_interval(days => $1)", days
        )
        await Outbox(office.database).delete_old()
        assert await connection.fetchval("SELECT count(*) FROM webhook_deliveries") == rows
    await connection.close()


def test_a_body_has_type_time_and_data() -> None:
    time = datetime.datetime(2026, 5, 31, 12, tzinfo=datetime.UTC)
    assert orjson.loads(encode_message("alert.raised", time, {"a": 1})) == {
        "type": "alert.raised",
        "timestamp": "2026-05-31T12:00:00.000000Z",
        "data": {"a": 1},
    }
