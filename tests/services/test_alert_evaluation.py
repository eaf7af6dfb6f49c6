"""Alert rules on a real Postgres, evaluated by one replica or several, over made-up totals."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import pytest

from serve_app.alerts.calibration import HourSpan
from serve_app.alerts.definition import AlertDefinition, AlertScope
from serve_app.alerts.evaluation import RuleEvaluation
from serve_app.alerts.evaluator import Evaluator
from serve_app.alerts.events import Events
from serve_app.alerts.hourly import Hourly, hour_of
from serve_app.alerts.rules import MAX_RULES, AlertRules, RuleContent
from serve_app.errors import InvalidRequest
from serve_app.settings import AlertSettings
from serve_app.store.connection import Connection
from serve_app.store.database import Database

WORKSPACE = 1
#: A Monday's noon.
_START = datetime(2026, 6, 1, 12, tzinfo=UTC)
_RULE = RuleContent(
    "Mood",
    True,
    AlertDefinition("mean_sentiment", AlertScope(), "below", 168, "medium", 20, None, 0),
    None,
)


@dataclass
class MadeUpPosts:
    """Totals of 20 posts an hour since ``since``, with a mean sentiment that a test may change.

    Attributes:
        changes: by the hour since which it counts, the mean.
        reads: how many spans were read, and the longest of them.
    """

    since: datetime = _START - timedelta(days=60)
    changes: dict[int, float] = field(default_factory=dict)
    reads: list[int] = field(default_factory=list)
    pause_s: float = 0.0

    async def read(
        self,
        connection: Connection,
        workspace: int,
        measure: str,
        scope: AlertScope,
        span: HourSpan,
    ) -> Hourly:
        await asyncio.sleep(self.pause_s)
        self.reads.append(span.stop - span.start)
        hours = np.arange(span.start, span.stop)
        count = np.where(hours >= hour_of(self.since), 20.0, 0.0)
        means = np.full(len(hours), 0.3)
        for since, mean in sorted(self.changes.items()):
            means[hours >= since] = mean
        noise = np.random.default_rng(1).normal(0, 0.4 / np.sqrt(20), 200_000)
        means += noise[hours % 200_000]
        return Hourly(span.start, count, count * means, count * (means**2 + 0.16))


@dataclass
class Clock:
    now: datetime = _START

    def pass_hours(self, hours: float) -> None:
        self.now += timedelta(hours=hours)


@dataclass
class Office:
    """What a replica has of alerts."""

    database: Database
    posts: MadeUpPosts
    clock: Clock
    evaluator: Evaluator
    rules: AlertRules
    events: Events
    woken: list[None]

    async def evaluate(self, *, hours: float = 0) -> None:
        """All rules, whether or not they are due."""
        self.clock.pass_hours(hours)
        async with self.database.transaction(None) as connection:
            await connection.execute("UPDATE alert_rules SET due_at = now()")
        await self.evaluator.run_once()

    async def found(self, rule: UUID, workspace: int = WORKSPACE) -> list[dict[str, Any]]:
        return await self.events.find(
            workspace, rule=rule, is_open=None, is_acknowledged=None, behind=None, limit=100
        )

    async def messages(self) -> list[Mapping[str, Any]]:
        async with self.database.transaction(None) as connection:
            return await connection.fetch(
                "SELECT message, type, body FROM webhook_deliveries ORDER BY created_at"
            )


@asynccontextmanager
async def open_office(
    url: str, posts: MadeUpPosts, clock: Clock, *, interval_s: float = 30
) -> AsyncIterator[Office]:
    database = await Database.open(url, pool_size=6)
    await database.migrate()
    woken: list[None] = []
    evaluator = Evaluator(
        database,
        RuleEvaluation(posts, retry_hours=72),
        AlertSettings(interval_s=interval_s),
        wake_delivery=lambda: woken.append(None),
        now=lambda: clock.now,
    )
    try:
        yield Office(
            database, posts, clock, evaluator, AlertRules(database), Events(database), woken
        )
    finally:
        await evaluator.close()
        await database.close()


@pytest.fixture
async def office(url: str) -> AsyncIterator[Office]:
    async with open_office(url, MadeUpPosts(), Clock()) as office:
        yield office


async def _webhook(office: Office, types: list[str], workspace: int = WORKSPACE) -> UUID:
    async with office.database.transaction(workspace) as connection:
        id: UUID = await connection.fetchval(
            "INSERT INTO webhooks (workspace, id, url, types, secret) "
            "VALUES ($1, gen_random_uuid(), 'https://example.org/', $2, $3) RETURNING id",
            workspace,
            types,
            b"s" * 32,
        )
    return id


def _now_hour(office: Office) -> int:
    return hour_of(office.clock.now)


async def test_a_rule_learns_at_its_first_evaluation_and_tells_what_it_sees(
    office: Office,
) -> None:
    rule = await office.rules.create(WORKSPACE, _RULE)
    assert rule.reading is None
    await office.evaluator.run_once()
    watching = await office.rules.read(WORKSPACE, rule.id)
    assert watching.reading is not None
    assert watching.reading["baseline"]["value"] == pytest.approx(0.3, abs=0.01)
    assert watching.reading["baseline"]["posts"] == pytest.approx(28 * 480, rel=0.1)
    assert watching.reading["current"]["expected"] == pytest.approx(0.3, abs=0.02)
    assert watching.reading["threshold"] >= 9
    assert await office.found(rule.id) == []


async def test_a_drop_is_one_event_and_one_message_and_so_is_its_end(office: Office) -> None:
    await _webhook(office, ["alert.raised", "alert.ended"])
    rule = await office.rules.create(WORKSPACE, _RULE)
    await office.evaluate()
    office.posts.changes[_now_hour(office)] = 0.0
    for _ in range(40):
        await office.evaluate(hours=0.5)
    [event] = await office.found(rule.id)
    assert event["direction"] == "below"
    assert event["value"] < 0.1
    assert event["expected"] == pytest.approx(0.3, abs=0.02)
    assert (event["ended_at"], event["measure"]) == (None, "mean_sentiment")
    assert (await office.rules.read(WORKSPACE, rule.id)).open_event == UUID(event["id"])
    office.posts.changes[_now_hour(office)] = 0.3
    for _ in range(30):
        await office.evaluate(hours=2)
    [event] = await office.found(rule.id)
    assert event["ending"] == "returned"
    messages = await office.messages()
    assert [message["type"] for message in messages] == ["alert.raised", "alert.ended"]
    assert [message["message"] for message in messages] == [event["id"], f"{event['id']}-ended"]
    told = orjson.loads(messages[0]["body"])
    assert told["data"]["id"] == event["id"]
    assert told["data"]["rule"] == {"id": str(rule.id), "name": "Mood"}
    assert len(office.woken) == 2


async def test_the_next_event_is_told_again_against_the_baseline_without_the_first(
    office: Office,
) -> None:
    rule = await office.rules.create(WORKSPACE, _RULE)
    await office.evaluate()
    for _ in range(2):
        office.posts.changes[_now_hour(office)] = 0.0
        for _ in range(10):
            await office.evaluate(hours=6)
        office.posts.changes[_now_hour(office)] = 0.3
        for _ in range(16):
            await office.evaluate(hours=12)
    events = await office.found(rule.id)
    assert [event["ending"] for event in events] == ["returned", "returned"]
    reading = (await office.rules.read(WORKSPACE, rule.id)).reading
    assert reading is not None
    assert reading["baseline"]["value"] == pytest.approx(0.3, abs=0.01)


async def test_an_evaluation_reads_the_past_once_an_hour(office: Office) -> None:
    await office.rules.create(WORKSPACE, _RULE)
    await office.evaluate()
    assert max(office.posts.reads) > 28 * 24
    office.posts.reads.clear()
    for _ in range(5):
        await office.evaluate(hours=0.1)
    assert set(office.posts.reads) == {168}


async def test_replicas_that_evaluate_at_once_tell_an_event_once(url: str) -> None:
    posts, clock = MadeUpPosts(), Clock()
    async with AsyncExitStack() as stack:
        offices = [
            await stack.enter_async_context(open_office(url, posts, clock)) for _ in range(4)
        ]
        await _webhook(offices[0], ["alert.raised"])
        rules = [await offices[0].rules.create(WORKSPACE, _RULE) for _ in range(5)]
        await offices[0].evaluate()
        posts.changes[hour_of(clock.now)] = -0.5
        posts.pause_s = 0.01
        clock.pass_hours(5)
        for _ in range(5):
            await asyncio.gather(*(office.evaluate() for office in offices))
        for rule in rules:
            assert len(await offices[0].found(rule.id)) == 1
        assert len(await offices[0].messages()) == 5


async def test_a_rule_that_one_replica_has_taken_is_not_evaluated_by_another(url: str) -> None:
    posts, clock = MadeUpPosts(pause_s=0.2), Clock()
    async with open_office(url, posts, clock) as first, open_office(url, posts, clock) as second:
        await first.rules.create(WORKSPACE, _RULE)
        counts = await asyncio.gather(first.evaluator.run_once(), second.evaluator.run_once())
        assert sorted(counts) == [0, 1]


async def test_rules_of_a_workspace_that_is_written_to_are_evaluated_soon(url: str) -> None:
    async with open_office(url, MadeUpPosts(), Clock(), interval_s=3_600) as office:
        rule = await office.rules.create(WORKSPACE, _RULE)
        assert await office.evaluator.run_once() == 1
        assert await office.evaluator.run_once() == 0
        async with office.database.transaction(WORKSPACE) as connection:
            await office.evaluator.changed(connection, WORKSPACE, [])
        assert await office.evaluator.run_once() == 0  # it was evaluated just now
        async with office.database.transaction(None) as connection:
            await connection.execute("UPDATE alert_rules SET due_at = due_at - interval '11 s'")
            await office.evaluator.changed(connection, WORKSPACE, [])
        assert await office.evaluator.run_once() == 1
        assert (await office.rules.read(WORKSPACE, rule.id)).evaluated_at is not None


async def test_the_task_evaluates_by_itself(url: str) -> None:
    async with open_office(url, MadeUpPosts(), Clock(), interval_s=0.5) as office:
        office.evaluator.start()
        rule = await office.rules.create(WORKSPACE, _RULE)
        async with asyncio.timeout(15):
            while (await office.rules.read(WORKSPACE, rule.id)).reading is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_a_rule_that_breaks_keeps_no_other_from_being_evaluated(office: Office) -> None:
    broken = await office.rules.create(WORKSPACE, _RULE)
    well = await office.rules.create(WORKSPACE, _RULE)
    async with office.database.transaction(None) as connection:
        await connection.execute(
            'UPDATE alert_rules SET state = \'{"calibrated": "x"}\' WHERE id = $1', broken.id
        )
    await office.evaluate()
    assert (await office.rules.read(WORKSPACE, broken.id)).reading is None
    assert (await office.rules.read(WORKSPACE, well.id)).reading is not None


async def test_a_young_workspace_is_learned_about_for_a_week(url: str) -> None:
    posts = MadeUpPosts(since=_START - timedelta(days=3))
    async with open_office(url, posts, Clock()) as office:
        rule = await office.rules.create(WORKSPACE, _RULE)
        await office.evaluate()
        learning = await office.rules.read(WORKSPACE, rule.id)
        assert learning.reading == {"baseline": None, "current": None, "threshold": None}
        await office.evaluate(hours=5 * 24)
        watching = await office.rules.read(WORKSPACE, rule.id)
        assert watching.reading is not None
        assert watching.reading["baseline"] is not None


async def test_a_delayed_rule_does_not_look_at_the_last_hours(office: Office) -> None:
    delayed = RuleContent(
        "Late",
        True,
        AlertDefinition("mean_sentiment", AlertScope(), "below", 168, "medium", 20, None, 24),
        None,
    )
    rule = await office.rules.create(WORKSPACE, delayed)
    await office.evaluate()
    office.posts.changes[_now_hour(office)] = -0.5
    await office.evaluate(hours=20)
    assert await office.found(rule.id) == []
    await office.evaluate(hours=10)
    assert len(await office.found(rule.id)) == 1


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (
            RuleContent(
                "Mood",
                True,
                AlertDefinition("mean_sentiment", AlertScope(), "below", 168, "low", 20, None, 0),
                None,
            ),
            "rule_changed",
        ),
        (RuleContent("Mood", False, _RULE.definition, None), "rule_disabled"),
        (RuleContent("Another name", True, _RULE.definition, ()), None),
    ],
)
async def test_a_change_of_the_rule_ends_its_event_unless_it_watches_on(
    office: Office, content: RuleContent, ending: str | None
) -> None:
    rule = await office.rules.create(WORKSPACE, _RULE)
    await office.evaluate()
    office.posts.changes[_now_hour(office)] = -0.5
    await office.evaluate(hours=5)
    changed = await office.rules.change(WORKSPACE, rule.id, content)
    [event] = await office.found(rule.id)
    assert event["ending"] == ending
    assert (changed.open_event is None) == (ending is not None)
    assert (changed.reading is None) == (ending is not None)


async def test_only_the_webhooks_of_the_rule_are_told(office: Office) -> None:
    chosen = await _webhook(office, ["alert.raised"])
    await _webhook(office, ["alert.raised"])
    await office.rules.create(WORKSPACE, RuleContent("A", True, _RULE.definition, (chosen,)))
    await office.rules.create(WORKSPACE, RuleContent("B", True, _RULE.definition, ()))
    await office.evaluate()
    office.posts.changes[_now_hour(office)] = -0.5
    await office.evaluate(hours=5)
    async with office.database.transaction(None) as connection:
        told = await connection.fetch("SELECT webhook FROM webhook_deliveries")
    assert [row["webhook"] for row in told] == [chosen]


async def test_an_event_is_acknowledged_once(office: Office) -> None:
    rule = await office.rules.create(WORKSPACE, _RULE)
    await office.evaluate()
    office.posts.changes[_now_hour(office)] = -0.5
    await office.evaluate(hours=5)
    [event] = await office.found(rule.id)
    first = await office.events.acknowledge(WORKSPACE, UUID(event["id"]), "seen")
    again = await office.events.acknowledge(WORKSPACE, UUID(event["id"]), None)
    assert first["acknowledged_at"] == again["acknowledged_at"] is not None
    assert again["note"] == "seen"


async def test_another_workspace_sees_none_of_it(office: Office) -> None:
    async with office.database.transaction(None) as connection:
        other = await connection.fetchval(
            "INSERT INTO workspaces (name) VALUES ('other') RETURNING id"
        )
    rule = await office.rules.create(WORKSPACE, _RULE)
    await office.evaluate()
    office.posts.changes[_now_hour(office)] = -0.5
    await office.evaluate(hours=5)
    [event] = await office.found(rule.id)
    assert await office.rules.read_all(other) == []
    assert await office.found(rule.id, other) == []
    for attempt in (
        office.rules.read(other, rule.id),
        office.rules.change(other, rule.id, _RULE),
        office.rules.delete(other, rule.id),
        office.events.read(other, UUID(event["id"])),
        office.events.acknowledge(other, UUID(event["id"]), "x"),
    ):
        with pytest.raises(InvalidRequest):
            await attempt
    async with office.database.transaction(other) as connection:  # as row-level security has it
        for table in ("alert_rules", "alert_events", "webhooks", "webhook_deliveries"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_workspace_has_so_many_rules_and_no_more(office: Office) -> None:
    for _ in range(MAX_RULES):
        await office.rules.create(WORKSPACE, _RULE)
    with pytest.raises(InvalidRequest, match="the limit is 100"):
        await office.rules.create(WORKSPACE, _RULE)


async def test_deleting_a_rule_deletes_its_events(office: Office) -> None:
    rule = await office.rules.create(WORKSPACE, _RULE)
    await office.evaluate()
    office.posts.changes[_now_hour(office)] = -0.5
    await office.evaluate(hours=5)
    await office.rules.delete(WORKSPACE, rule.id)
    async with office.database.transaction(None) as connection:
        assert await connection.fetchval("SELECT count(*) FROM alert_events") == 0
