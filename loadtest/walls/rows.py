"""The rows of workspaces in Postgres itself, read and written with and without the wall.

Runs as the owner of the tables, and in the role in which the service works for a workspace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

ROLE = "postlens_tenant"
_TABLES = """
SELECT quote_ident(relname) AS name, relispartition AS is_partition,
    relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid) AS has_policy
FROM pg_class
JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'workspace' AND NOT attisdropped
WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace
ORDER BY relname
"""
_READABLE = """
SELECT quote_ident(relname) AS name
FROM pg_class
WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace
    AND has_table_privilege($1, oid, 'SELECT, INSERT, UPDATE, DELETE')
    AND NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'workspace'
    )
ORDER BY relname
"""
_WAITING = """
SELECT (SELECT count(*) FROM posts WHERE workspace = $1 AND state = 'pending')
    + (SELECT count(*) FROM trend_deltas WHERE workspace = $1)
    + (SELECT count(*) FROM rules WHERE workspace = $1 AND state IN ('applying', 'withdrawing'))
    + (SELECT count(*) FROM jobs WHERE workspace = $1 AND ended_at IS NULL)
"""
_EVENT = """
INSERT INTO alert_events (
    workspace, id, rule, definition, direction, began_at, raised_at, window_hours, posts, value,
    expected, score, threshold
)
SELECT workspace, gen_random_uuid(), id, definition, 'below', now(), now(), 24, 10, 0.1, 0.5, 4, 3
FROM alert_rules WHERE workspace = $1 ORDER BY created_at DESC LIMIT 1
ON CONFLICT DO NOTHING
RETURNING id::text
"""
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class TableWall:
    """One table with a column ``workspace``, seen in the role of a workspace.

    Attributes:
        table: its name.
        is_partition: whether it is a part of another one.
        has_policy: whether Postgres decides row by row who sees it.
        rows: that the other workspace has in it.
        read: of these, how many the role reads; in its own workspace, and in none.
        changed: rows that it could change, delete, add or move into the other workspace.
    """

    table: str
    is_partition: bool
    has_policy: bool
    rows: int
    read: int
    changed: int

    @property
    def holds(self) -> bool:
        """Whether nothing passed; the role may name no partition, so they need no policy."""
        return not self.read and not self.changed and (self.has_policy or self.is_partition)


async def workspace_id(connection: Connection, name: str) -> int | None:
    """The workspace of this name; None before its first request."""
    number: int | None = await connection.fetchval(
        "SELECT id FROM workspaces WHERE name = $1", name
    )
    return number


async def fingerprint(connection: Connection, workspace: int) -> dict[str, str]:
    """A digest of all rows of a workspace, by table; its row among the workspaces too."""
    tables = [r["name"] for r in await connection.fetch(_TABLES) if not r["is_partition"]]
    digests = {"workspaces": await _digest(connection, "workspaces", "id", workspace)}
    for table in tables:
        digests[table] = await _digest(connection, table, "workspace", workspace)
    return digests


async def _digest(connection: Connection, table: str, column: str, workspace: int) -> str:
    rows = f"SELECT md5(t::text) AS row FROM {table} AS t WHERE {column} = $1"
    digest: str = await connection.fetchval(
        f"SELECT md5(coalesce(string_agg(row, ',' ORDER BY row), '')) FROM ({rows}) AS rows",
        workspace,
    )
    return digest


async def waiting(connection: Connection, workspace: int) -> int:
    """Rows of a workspace with which something will still be done beside the requests."""
    count: int = await connection.fetchval(_WAITING, workspace)
    return count


async def raise_alarm(connection: Connection, workspace: int) -> str | None:
    """Have the newest rule of a workspace raise an alarm; its id, if there is such a rule."""
    id: str | None = await connection.fetchval(_EVENT, workspace)
    return id


async def try_tables(connection: Connection, own: int, other: int) -> list[TableWall]:
    """Read and write what is another workspace's, table by table, in the role of one's own."""
    walls = []
    for row in await connection.fetch(_TABLES):
        table = row["name"]
        count = await connection.fetchval(
            f"SELECT count(*) FROM {table} WHERE workspace = $1", other
        )
        read = await _read(connection, table, own, other)
        changed = sum(
            [await _affected(connection, own, write) for write in _writes(table, own, other)]
        )
        walls.append(TableWall(table, row["is_partition"], row["has_policy"], count, read, changed))
    return walls


async def readable_tables(connection: Connection) -> Sequence[str]:
    """Tables of no workspace that the role may read or write."""
    return [row["name"] for row in await connection.fetch(_READABLE, ROLE)]


async def _read(connection: Connection, table: str, own: int, other: int) -> int:
    """Rows of others that are read in one's own workspace, in none, and in one that is not."""
    everything = f"SELECT count(*) FROM {table} WHERE workspace <> {own}"
    read = await _count(connection, own, f"SELECT count(*) FROM {table} WHERE workspace = {other}")
    read += await _count(connection, own, everything)
    read += await _count(connection, None, f"SELECT count(*) FROM {table}")
    return read + await _count(connection, -1, f"SELECT count(*) FROM {table}")


def _writes(table: str, own: int, other: int) -> list[str]:
    copy = f"(jsonb_populate_record(t, jsonb_build_object('workspace', {other}))).*"
    return [
        f"UPDATE {table} SET workspace = workspace WHERE workspace = {other}",
        f"UPDATE {table} SET workspace = {other} WHERE workspace = {own}",
        f"DELETE FROM {table} WHERE workspace = {other}",
        f"INSERT INTO {table} SELECT {copy} FROM {table} AS t LIMIT 1",
    ]


async def _count(connection: Connection, workspace: int | None, query: str) -> int:
    transaction = await _enter(connection, workspace)
    try:
        count: int = await connection.fetchval(query)
        return count
    except asyncpg.InsufficientPrivilegeError:
        return 0
    finally:
        await transaction.rollback()


async def _affected(connection: Connection, workspace: int, write: str) -> int:
    """Rows that a statement changes before it is rolled back; none where it is refused."""
    transaction = await _enter(connection, workspace)
    try:
        status: str = await connection.execute(write)
        return int(status.rpartition(" ")[2])
    except asyncpg.PostgresError:  # a policy, a missing grant, or a view that takes no rows
        return 0
    finally:
        await transaction.rollback()


async def _enter(connection: Connection, workspace: int | None) -> asyncpg.transaction.Transaction:
    """Begin a transaction in the role; in a workspace if one is named."""
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(f"SET LOCAL ROLE {ROLE}")
    if workspace is not None:
        await connection.execute(f"SET LOCAL postlens.workspace = {workspace}")
    return transaction
