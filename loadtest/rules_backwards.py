"""A rule previewed, applied to kept posts and undone: how long each takes, as JSON.

    python -m loadtest.rules_backwards postgresql://... --phrase "War Zone"

The database is one that nothing else works on, with posts in its workspace. Every post is as it was
afterwards, which is checked.
"""

import asyncio
import json
import resource
import time
from collections.abc import Awaitable, Callable
from typing import Any

import click

from serve_app.corrections.desk import CorrectionsDesk
from serve_app.corrections.values import Rule, RuleKind
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.store.uuid7 import uuid7
from serve_app.workspaces.directory import Workspaces

_CHECKSUM = """
SELECT count(*) AS posts, coalesce(sum(hashtextextended(
    row(id, text, sentiment, formality, politeness, subjectivity, ease, words, emotions,
        search)::text, 0)), 0)::text AS checksum
FROM posts WHERE workspace = $1
"""


@click.command()
@click.argument("database_url")
@click.option("--workspace", default="default", help="Whose posts.")
@click.option("--phrase", default="War Zone", help="Of the rule, which says that it is neutral.")
def main(database_url: str, workspace: str, phrase: str) -> None:
    """Measure a rule on the posts of DATABASE_URL."""
    print(json.dumps(asyncio.run(measure(database_url, workspace, phrase)), indent=2))


async def measure(database_url: str, workspace_name: str, phrase: str) -> dict[str, Any]:
    """What it took, in seconds, and how many posts it was about."""
    database = await Database.open(database_url, pool_size=4)
    try:
        await database.migrate()
        workspace = (await Workspaces(database).get(workspace_name)).id
        desk = CorrectionsDesk(database)
        rule = Rule(uuid7(), RuleKind.SENTIMENT, (phrase,), "neutral")
        before = await _checksum(database, workspace)
        preview, previewed = await _timed(lambda: desk.preview(workspace, rule, 5))
        await desk.rules.add(workspace, rule)
        _, applied = await _timed(lambda: _work(desk))
        kept = await desk.rules.find(workspace, rule.id)
        await desk.rules.withdraw(workspace, rule.id)
        _, undone = await _timed(lambda: _work(desk))
        told = {key: value for key, value in preview.as_dict().items() if key != "examples"}
        return {
            "posts": before["posts"],
            "candidates": kept.candidates,
            "changed": kept.changed,
            "preview": previewed | told,
            "applied": applied,
            "undone": undone,
            "as_before": await _checksum(database, workspace) == before,
        }
    finally:
        await database.close()


async def _work(desk: CorrectionsDesk) -> None:
    while await desk.backfill.run_once():
        pass


async def _timed(work: Callable[[], Awaitable[Any]]) -> tuple[Any, dict[str, float]]:
    """What the work gives, and the time that it took here; Postgres' own is not in ``cpu_s``."""
    begun, cpu_begun = time.perf_counter(), _cpu_s()
    result = await work()
    took_s, cpu_s = time.perf_counter() - begun, _cpu_s() - cpu_begun
    return result, {"seconds": round(took_s, 2), "cpu_s": round(cpu_s, 2)}


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def _checksum(database: Database, workspace: int) -> dict[str, Any]:
    async with database.transaction(workspace, timeout_s=600) as connection:
        return await _read(connection, workspace)


async def _read(connection: Connection, workspace: int) -> dict[str, Any]:
    row = await connection.fetchrow(_CHECKSUM, workspace)
    assert row is not None  # an aggregate always has a row
    return dict(row)


if __name__ == "__main__":
    main()
