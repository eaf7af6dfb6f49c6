"""The plans of all queries on posts that a request asks, and which of them read a month in vain."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson

from serve_app.store.connection import Connection, QueryRow
from serve_app.store.database import Database

Plan = dict[str, Any]

_BY_INDEX = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")


class ExplainingConnection:
    """A connection that explains every query on posts before it is asked, and keeps the plans."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plans: list[tuple[str, Plan]] = []

    async def fetch(self, query: str, *args: Any) -> list[QueryRow]:
        """See :class:`Connection`."""
        await self._explain(query, args)
        return await self._connection.fetch(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """See :class:`Connection`."""
        await self._explain(query, args)
        return await self._connection.fetchval(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> QueryRow | None:
        """See :class:`Connection`."""
        await self._explain(query, args)
        row: QueryRow | None = await self._connection.fetchrow(query, *args)
        return row

    async def execute(
        self,
        query: str,
        *args: Any,
        timeout: float | None = None,  # noqa: ASYNC109 - the name is asyncpg's
    ) -> Any:
        """See :class:`Connection`."""
        return await self._connection.execute(query, *args, timeout=timeout)

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """See :class:`Connection`."""
        return self._connection.transaction()

    async def _explain(self, query: str, args: Sequence[Any]) -> None:
        if " posts" in query and not query.startswith("EXPLAIN"):
            [row] = await self._connection.fetch(f"EXPLAIN (FORMAT JSON) {query}", *args)
            self.plans.append((query, orjson.loads(row[0])[0]["Plan"]))


class ExplainingDatabase:
    """Begins transactions whose queries are explained."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.connections: list[ExplainingConnection] = []

    @property
    def plans(self) -> list[tuple[str, Plan]]:
        """Of all queries so far."""
        return [plan for connection in self.connections for plan in connection.plans]

    def transaction(self, workspace: int) -> Any:
        """See :meth:`Database.transaction`."""
        return _ExplainedTransaction(self._database.transaction(workspace), self.connections)


class _ExplainedTransaction:
    def __init__(self, transaction: Any, connections: list[ExplainingConnection]) -> None:
        self._transaction = transaction
        self._connections = connections

    async def __aenter__(self) -> ExplainingConnection:
        connection = ExplainingConnection(await self._transaction.__aenter__())
        self._connections.append(connection)
        return connection

    async def __aexit__(self, *error: Any) -> Any:
        return await self._transaction.__aexit__(*error)


def plan_nodes(plan: Plan) -> Iterator[Plan]:
    """A plan's node and all below it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from plan_nodes(part)


def unindexed(plan: Plan, populated: Collection[str]) -> list[str]:
    """Scans of months with posts that no condition of an index on the workspace limits.

    Args:
        plan: of one query.
        populated: names of the partitions that have posts.
    """
    return [
        f"{node['Node Type']} of {node.get('Relation Name', node.get('Index Name'))}"
        for node in scans(plan, populated)
        if node["Node Type"] not in _BY_INDEX or "(workspace = " not in node["Index Cond"]
    ]


def scans(plan: Plan, populated: Collection[str]) -> list[Plan]:
    """The scans of months with posts; a heap scan of what an index found is its index's."""
    return [
        node
        for node in plan_nodes(plan)
        if (node.get("Relation Name") in populated or node["Node Type"] == "Bitmap Index Scan")
        and node["Node Type"] != "Bitmap Heap Scan"
    ]
