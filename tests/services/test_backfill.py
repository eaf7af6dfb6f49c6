"""Rules applied to kept posts by processes that are killed, and by several at a time."""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from serve_app.corrections import rule_repository
from serve_app.corrections.desk import CorrectionsDesk
from serve_app.corrections.rule_repository import KeptRule
from serve_app.corrections.values import Rule, RuleKind, RuleState
from serve_app.posts.changes import PostChange, PostState
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.store.uuid7 import uuid7
from tests.services.corrected_posts import contents, strays
from tests.services.databases import empty_database
from tests.services.kept_posts import kept_posts

ROOT = Path(__file__).parents[2]
POSTS = 400
ROUNDS = 8


@pytest.fixture
async def url(database_url: str) -> AsyncIterator[str]:
    """A database with posts, every other of which has the phrase."""
    async with empty_database(database_url) as url:
        async with kept_posts(url) as kept:
            texts = [
                f"Sorry about War Zone {n}." if n % 2 else f"Proud of {n}." for n in range(POSTS)
            ]
            body = {"posts": [{"text": text} for text in texts]}
            response = await kept.client.post("/v1/posts", json=body)
            assert all(item["post"]["state"] == "analysed" for item in response.json()["items"])
        yield url


class Recorder:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.changes: list[PostChange] = []

    async def changed(self, connection: Connection, workspace: int, changes: Any) -> None:
        self.changes += changes


@asynccontextmanager
async def desk_on(
    url: str, *listeners: Recorder
) -> AsyncIterator[tuple[Database, CorrectionsDesk]]:
    database = await Database.open(url, pool_size=3)
    await database.migrate()
    try:
        yield database, CorrectionsDesk(database, listeners)
    finally:
        await database.close()


def neutral() -> Rule:
    return Rule(uuid7(), RuleKind.SENTIMENT, ("War Zone",), "neutral")


async def state_of(database: Database, rule: Rule) -> KeptRule:
    async with database.transaction(1) as connection:
        kept = await rule_repository.find_rule(connection, 1, rule.id)
    assert kept is not None
    return kept


async def test_killed_again_and_again_it_loses_and_doubles_nothing(url: str) -> None:
    chosen = random.Random(7)
    before = await contents(url, 1)
    async with desk_on(url) as (database, desk):
        rule = neutral()
        await desk.rules.add(1, rule)
        killed = await _work_until(database, rule, RuleState.IN_FORCE, url, chosen)
        kept = await state_of(database, rule)
        assert (kept.candidates, kept.looked_at, kept.changed) == (POSTS // 2,) * 3
        assert await strays(database, 1) == []
        await desk.rules.withdraw(1, rule.id)
        killed += await _work_until(database, rule, RuleState.WITHDRAWN, url, chosen)
        assert await strays(database, 1) == []
    assert await contents(url, 1) == before
    assert killed >= 3


async def _work_until(
    database: Database, rule: Rule, state: RuleState, url: str, chosen: random.Random
) -> int:
    """Start workers and kill them, until the rule is in a state; how many were killed at work."""
    killed = 0
    async with asyncio.timeout(240):
        while True:
            patience_s = chosen.uniform(0, 0.15) if killed < ROUNDS else 30
            worker = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.services.backfill_worker", url,
                cwd=ROOT, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert worker.stdout is not None
            await worker.stdout.readline()
            ended = await _is_within(database, rule, state, patience_s)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
            if ended:
                return killed
            killed += 1


async def _is_within(database: Database, rule: Rule, state: RuleState, patience_s: float) -> bool:
    try:
        async with asyncio.timeout(patience_s):
            while (await state_of(database, rule)).state is not state:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    except TimeoutError:
        return False
    return True


async def test_several_workers_share_the_rules_and_each_post_is_changed_once(url: str) -> None:
    told = Recorder()
    async with desk_on(url, told) as (database, one), desk_on(url, told) as (_, other):
        rules = [neutral(), Rule(uuid7(), RuleKind.KEYWORD, ("Proud",), True)]
        for rule in rules:
            await one.rules.add(1, rule)
        await asyncio.gather(*(desk.backfill.run_once() for desk in (one, other)))
        for rule in rules:
            assert (await state_of(database, rule)).state is RuleState.IN_FORCE
        assert await strays(database, 1) == []
    assert len(told.changes) == len({change.id for change in told.changes}) == POSTS
    labels = {
        (_sentiment(change.before), _sentiment(change.after))
        for change in told.changes
        if change.after and f"r:{rules[0].id}" in change.after.findable.terms
    }
    assert labels == {("s:negative", "s:neutral")}


def _sentiment(state: PostState | None) -> str:
    assert state is not None
    return next(term for term in state.findable.terms if term.startswith("s:"))


async def test_a_rule_that_is_withdrawn_while_it_is_applied_ends_withdrawn(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await contents(url, 1)
    async with desk_on(url) as (database, desk):
        monkeypatch.setattr("serve_app.corrections.backfill.PAGE_POSTS", 5)
        for pause_s in (0, 0.01, 0.03, 0.1):
            rule = neutral()
            await desk.rules.add(1, rule)
            working = asyncio.create_task(desk.backfill.run_once())
            await asyncio.sleep(pause_s)
            await desk.rules.withdraw(1, rule.id)
            await working
            while await desk.backfill.run_once():
                pass
            assert (await state_of(database, rule)).state is RuleState.WITHDRAWN
        assert await strays(database, 1) == []
    assert await contents(url, 1) == before


async def test_withdrawn_rules_are_forgotten_in_the_end(url: str) -> None:
    async with desk_on(url) as (database, desk):
        rule = neutral()
        await desk.rules.add(1, rule)
        await desk.rules.withdraw(1, rule.id)
        while await desk.backfill.run_once():
            pass
        async with database.transaction(None) as connection:
            await rule_repository.delete_old_rules(connection, 1)
            assert await rule_repository.find_rule(connection, 1, rule.id) is not None
            await connection.execute("UPDATE rules SET state_since = now() - interval '2 days'")
            await rule_repository.delete_old_rules(connection, 1)
            assert await rule_repository.find_rule(connection, 1, rule.id) is None
