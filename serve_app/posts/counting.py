"""How many posts meet conditions: exactly, where they are not too many to be counted quickly."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from serve_app.posts.conditions import AnyCondition, Arguments, with_days
from serve_app.store.connection import Connection
from serve_app.store.queries import query

#: Up to here posts are counted one by one.
MAX_EXACT_COUNT = 10_000

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Count:
    """A number of posts, or what Postgres takes it to be."""

    value: int
    exact: bool


async def count(
    connection: Connection, workspace: int, conditions: Iterable[AnyCondition]
) -> Count:
    """How many posts of a workspace meet all conditions."""
    conditions = list(conditions)
    arguments = Arguments()
    sql = query("count_some", _FOLDER).format(
        conditions=arguments.where(workspace, with_days(conditions)),
        limit=arguments.add(MAX_EXACT_COUNT + 1, "integer"),
    )
    await connection.execute(query("plan_each_time", _FOLDER))
    counted: int = await connection.fetchval(sql, *arguments.values)
    if counted <= MAX_EXACT_COUNT:
        return Count(counted, exact=True)
    return Count(max(counted, await estimate(connection, workspace, conditions)), exact=False)


async def estimate(
    connection: Connection, workspace: int, conditions: Iterable[AnyCondition]
) -> int:
    """How many they are by the planner's statistics, which take conditions for independent."""
    arguments = Arguments()
    sql = query("estimate", _FOLDER).format(conditions=arguments.where(workspace, conditions))
    plan = orjson.loads(await connection.fetchval(sql, *arguments.values))
    rows: int = plan[0]["Plan"]["Plan Rows"]
    return rows
