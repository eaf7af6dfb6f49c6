"""Events: changes that rules have found; kept, shown, acknowledged.

An event is one row, written in the transaction of the evaluation that found it, and so is the
message that tells of it.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from serve_app.alerts.definition import AlertDefinition
from serve_app.alerts.hourly import time_of
from serve_app.alerts.scan import ChangePoint
from serve_app.alerts.watching import OpenEvent
from serve_app.errors import InvalidRequest
from serve_app.problems import problem
from serve_app.response.timestamps import rfc3339
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.database import Database
from serve_app.store.queries import query
from serve_app.store.uuid7 import uuid7

_FOLDER = Path(__file__).parent
_DECIMALS = 6


class Events:
    """The events of all workspaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self,
        workspace: int,
        *,
        rule: UUID | None,
        is_open: bool | None,
        is_acknowledged: bool | None,
        behind: UUID | None,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Events as JSON, newest first.

        Args:
            workspace: whose.
            rule: only its events.
            is_open, is_acknowledged: only those that are, or only those that are not.
            behind: only events before this one.
            limit: at most so many.
        """
        async with self._database.transaction(workspace) as connection:
            rows = await connection.fetch(
                sql("find_events"), workspace, rule, is_open, is_acknowledged, behind, limit
            )
        return [shown_event(row) for row in rows]

    async def read(self, workspace: int, id: UUID) -> dict[str, Any]:
        """An event as JSON.

        Raises:
            InvalidRequest: there is none.
        """
        async with self._database.transaction(workspace) as connection:
            return await read_event(connection, workspace, id)

    async def acknowledge(self, workspace: int, id: UUID, note: str | None) -> dict[str, Any]:
        """Note that somebody has seen it; the first time counts, and the latest note.

        Raises:
            InvalidRequest: there is no such event.
        """
        async with self._database.transaction(workspace) as connection:
            await connection.execute(sql("acknowledge_event"), workspace, id, note)
            return await read_event(connection, workspace, id)


async def insert_event(
    connection: Connection,
    workspace: int,
    rule: UUID,
    definition: AlertDefinition,
    *,
    event: OpenEvent,
    finding: ChangePoint,
    threshold: float,
    time: datetime,
) -> UUID | None:
    """A new event; None where the rule has one that is open.

    Args:
        connection: in the transaction that holds the rule's row.
        workspace, rule, definition: whose it is, and what it said.
        event, finding, threshold: as the detector tells them.
        time: of the alarm.
    """
    inserted: UUID | None = await connection.fetchval(
        sql("insert_event"),
        workspace,
        uuid7(),
        rule,
        orjson.dumps(definition.as_dict()).decode(),
        "above" if finding.sign > 0 else "below",
        time_of(event.began),
        time,
        finding.hours,
        finding.posts,
        finding.value,
        finding.expected,
        finding.score,
        threshold,
    )
    return inserted


async def read_event(connection: Connection, workspace: int, id: UUID) -> dict[str, Any]:
    """An event as JSON.

    Raises:
        InvalidRequest: there is none.
    """
    row = await connection.fetchrow(sql("read_event"), workspace, id)
    if row is None:
        raise InvalidRequest(problem("unknown-event", f"There is no event '{id}'."))
    return shown_event(row)


def shown_event(row: QueryRow) -> dict[str, Any]:
    """A row as the API and the webhooks show it."""
    definition: Mapping[str, Any] = orjson.loads(row["definition"])
    return {
        "id": str(row["id"]),
        "rule": {"id": str(row["rule"]), "name": row["rule_name"]},
        "measure": definition["measure"],
        "scope": definition["scope"],
        "direction": row["direction"],
        "began_at": rfc3339(row["began_at"]),
        "raised_at": rfc3339(row["raised_at"]),
        "ended_at": row["ended_at"] and rfc3339(row["ended_at"]),
        "ending": row["ending"],
        "window_hours": row["window_hours"],
        "posts": row["posts"],
        "value": round(row["value"], _DECIMALS),
        "expected": round(row["expected"], _DECIMALS),
        "score": round(row["score"], 2),
        "threshold": round(row["threshold"], 2),
        "acknowledged_at": row["acknowledged_at"] and rfc3339(row["acknowledged_at"]),
        "note": row["note"],
    }


def sql(name: str) -> str:
    """A query of this room."""
    return query(name, _FOLDER)
