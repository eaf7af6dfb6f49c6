"""Every query of the measured requests explained, in the database that they are measured in."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from loadtest.posts_scale.plans import ExplainingConnection, ExplainingDatabase, unindexed
from loadtest.posts_scale.queries import RequestValues, lists
from serve_app.posts.filter_parameters import post_filter
from serve_app.posts.finding import count_posts, find
from serve_app.posts.finding_schemas import ListParameters
from serve_app.posts.scanning import scan
from serve_app.posts.sorting import parse_sort
from serve_app.store.database import Database
from serve_app.workspaces.directory import Workspaces

_MULTIPLE = frozenset(
    name for name, field in ListParameters.model_fields.items() if field.default == []
)


@dataclass(frozen=True, slots=True)
class ExplainedQueries:
    """How the queries of all kinds of lists are planned.

    Attributes:
        months: that have posts.
        queries: that were explained.
        unindexed: scans of a month that no index limits, by kind.
    """

    months: int
    queries: int
    unindexed: Mapping[str, int]


async def explain_all(
    url: str, workspace_name: str, first: datetime, last: datetime
) -> ExplainedQueries:
    """Explain the pages, counts and exports of all kinds of requests."""
    database = await Database.open(url, pool_size=2)
    try:
        await database.migrate()
        workspace = (await Workspaces(database).get(workspace_name)).id
        populated = await _populated(database)
        values = RequestValues(Random(3), first, last)
        queries, found = 0, Counter[str]()
        for kind in lists():
            plans = await _plans(database, workspace, kind.parameters(values))
            queries += len(plans)
            scans = {each for _, plan in plans for each in unindexed(plan, populated)}
            found.update([kind.name] * len(scans))
        return ExplainedQueries(len(populated), queries, dict(found))
    finally:
        await database.close()


async def _plans(database: Database, workspace: int, parameters: Any) -> list[Any]:
    """Of the first and the second page, the count and the export."""
    given = {
        name: value if name not in _MULTIPLE or isinstance(value, list) else [value]
        for name, value in parameters.items()
    }
    asked = ListParameters(**given)
    filter = post_filter(asked)
    sort = parse_sort(asked.sort, filter)
    async with database.transaction(workspace, timeout_s=60) as connection:
        explaining = ExplainingConnection(connection)
        page = await find(explaining, workspace, filter, sort, limit=asked.limit)
        if page.next_cursor:
            await find(
                explaining, workspace, filter, sort, limit=asked.limit, cursor=page.next_cursor
            )
        await count_posts(explaining, workspace, filter, sort)
    exporting = ExplainingDatabase(database)
    async for _ in scan(exporting, workspace, filter):
        break
    return explaining.plans + exporting.plans


async def _populated(database: Database) -> set[str]:
    """The months that have posts."""
    async with database.transaction(None, timeout_s=60) as connection:
        rows = await connection.fetch("SELECT DISTINCT tableoid::regclass::text AS name FROM posts")
    return {row["name"] for row in rows}
