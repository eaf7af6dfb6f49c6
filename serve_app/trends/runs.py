"""Runs of blocks in their table: every function runs within a transaction.

What becomes of them is decided and computed in :mod:`serve_app.trends.merging`.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from itertools import groupby
from pathlib import Path
from typing import Any

from serve_app.store.connection import Connection, QueryRow
from serve_app.store.queries import query
from serve_app.trends.merging import (
    MOST_ROWS,
    Block,
    Part,
    Run,
    absorbed,
    delta_parts,
    merged,
    removes,
    stretches,
)
from serve_app.trends.table import Table

#: Folded in one transaction, at most.
_DELTAS, _DELTA_BYTES = 2_000, 2**21
#: Written in one statement, at most.
_BLOCKS = 200
#: Any constant that other users of the database do not lock: "tren" in ASCII.
_LOCK = int.from_bytes(b"tren")

_FOLDER = Path(__file__).parent


async def pending(connection: Connection, deltas: int) -> list[int]:
    """The workspaces that have so many deltas; in a transaction of the service's own."""
    return [row["workspace"] for row in await connection.fetch(_query("find_pending"), deltas)]


async def removing(connection: Connection) -> list[int]:
    """The workspaces with blocks from which something is still to be removed; as above."""
    return [row["workspace"] for row in await connection.fetch(_query("find_removing"))]


async def fold(connection: Connection, workspace: int) -> bool:
    """Fold the oldest deltas of a workspace; False where none waits or somebody is at it."""
    if not await connection.fetchval(_query("lock_folding"), _LOCK, workspace):
        return False
    deltas = await connection.fetch(_query("take_deltas"), workspace, _DELTAS, _DELTA_BYTES)
    if not deltas:
        return False
    bodies = [(delta["kind"], delta["body"]) for delta in deltas]
    parts = await asyncio.to_thread(delta_parts, bodies)
    runs = await _runs(connection, workspace, parts)
    chosen = [
        run
        for part, table in parts.items()
        for run in absorbed(len(table), runs.get(part, ()), removing=removes(table))
    ]
    places = _columns(((*run.part, run.number) for run in chosen), 3)
    taken = await connection.fetch(_query("take_runs"), workspace, *places)
    newest = max(delta["id"] for delta in deltas)
    await _add(connection, workspace, await asyncio.to_thread(_folded, newest, parts, taken))
    return True


async def settle(connection: Connection, workspace: int, *, most_rows: int = MOST_ROWS) -> bool:
    """Merge all runs of every part from which something is still to be removed.

    Args:
        connection: in a transaction of the workspace.
        workspace: whose.
        most_rows: merged at a time.

    Returns:
        False where somebody else is at it.
    """
    if not await connection.fetchval(_query("lock_folding"), _LOCK, workspace):
        return False
    rows = await connection.fetch(_query("find_removing_blocks"), workspace)
    for part, blocks in groupby(rows, key=lambda row: (row["kind"], row["month"])):
        await _settle_part(connection, workspace, part, list(blocks), most_rows)
    return True


async def _settle_part(
    connection: Connection,
    workspace: int,
    part: Part,
    blocks: Sequence[QueryRow],
    most_rows: int,
) -> None:
    """Merge all blocks of a part, one stretch of names at a time, at the end of its newest run."""
    run = max(block["run"] for block in blocks)
    start = place = 1 + max(block["place"] for block in blocks if block["run"] == run)
    firsts = [(block["first_name"], block["rows"]) for block in blocks]
    for names in stretches(firsts, most_rows):
        arguments = (workspace, *part, *names, run, start)
        bodies = [row["body"] for row in await connection.fetch(_query("read_part"), *arguments)]
        new = await asyncio.to_thread(merged, part, run, [], bodies, names=names, place=place)
        await _add(connection, workspace, new)
        place += len(new)
    await connection.execute(_query("delete_settled"), workspace, *part, run, start)


async def _runs(
    connection: Connection, workspace: int, parts: Iterable[Part]
) -> Mapping[Part, Sequence[Run]]:
    """The runs of each part that has any."""
    runs: dict[Part, list[Run]] = {}
    for row in await connection.fetch(_query("find_runs"), workspace, *_columns(parts, 2)):
        run = Run((row["kind"], row["month"]), row["run"], row["rows"])
        runs.setdefault(run.part, []).append(run)
    return runs


def _folded(number: int, parts: Mapping[Part, Table], taken: Sequence[QueryRow]) -> list[Block]:
    """A new run of each part: its table, and the blocks that are taken into it."""
    bodies: dict[Part, list[bytes]] = {part: [] for part in parts}
    for row in taken:
        bodies[row["kind"], row["month"]].append(row["body"])
    merges = (merged(part, number, [table], bodies[part]) for part, table in parts.items())
    return [block for blocks in merges for block in blocks]


async def _add(connection: Connection, workspace: int, blocks: Sequence[Block]) -> None:
    for start in range(0, len(blocks), _BLOCKS):
        page = (astuple(block) for block in blocks[start : start + _BLOCKS])
        columns = _columns(page, len(fields(Block)))
        await connection.execute(_query("add_blocks"), workspace, *columns)


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as the columns that ``unnest`` takes."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _query(name: str) -> str:
    return query(name, _FOLDER)
