"""The alert rules of a workspace: made, read, changed, deleted."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from serve_app.alerts.definition import AlertDefinition
from serve_app.alerts.events import sql
from serve_app.errors import InvalidRequest
from serve_app.problems import problem
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.database import Database
from serve_app.store.uuid7 import uuid7

#: Of one workspace.
MAX_RULES = 100
#: How an event ends whose rule says something else now, or nothing.
_CHANGED, _DISABLED = "rule_changed", "rule_disabled"


@dataclass(frozen=True, slots=True)
class RuleContent:
    """What users say of a rule.

    Attributes:
        name: for people.
        enabled: whether it is evaluated.
        definition: what it watches.
        webhooks: which are told; None is all.
    """

    name: str
    enabled: bool
    definition: AlertDefinition
    webhooks: tuple[UUID, ...] | None


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A rule, and what its last evaluation has seen.

    Attributes:
        id, created_at, updated_at: of the row.
        content: what it says.
        reading: as JSON; None before the first evaluation.
        evaluated_at: the last time.
        open_event: the one that is not over.
    """

    id: UUID
    created_at: datetime
    updated_at: datetime
    content: RuleContent
    reading: dict[str, Any] | None
    evaluated_at: datetime | None
    open_event: UUID | None


class AlertRules:
    """The rules of all workspaces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, workspace: int, content: RuleContent) -> AlertRule:
        """A new rule; it is evaluated at once.

        Raises:
            InvalidRequest: there are too many.
            StoreUnavailable: Postgres cannot be asked.
        """
        id = uuid7()
        async with self._database.transaction(workspace) as connection:
            await connection.execute(sql("lock_rules"), workspace)
            if await connection.fetchval(sql("count_rules"), workspace) >= MAX_RULES:
                detail = f"The workspace has {MAX_RULES} alert rules; the limit is {MAX_RULES}."
                raise InvalidRequest(problem("limit-reached", detail))
            await connection.execute(sql("insert_rule"), workspace, id, *_columns(content))
            return await _read(connection, workspace, id)

    async def read_all(self, workspace: int) -> list[AlertRule]:
        """All of a workspace, oldest first."""
        async with self._database.transaction(workspace) as connection:
            return [
                _rule(row) for row in await connection.fetch(sql("find_rules"), workspace, None)
            ]

    async def read(self, workspace: int, id: UUID) -> AlertRule:
        """One of them.

        Raises:
            InvalidRequest: there is none.
        """
        async with self._database.transaction(workspace) as connection:
            return await _read(connection, workspace, id)

    async def change(self, workspace: int, id: UUID, content: RuleContent) -> AlertRule:
        """One of them with another content.

        A rule that watches something else, or nothing, forgets what it knew; its open event ends.

        Raises:
            InvalidRequest: there is none.
        """
        async with self._database.transaction(workspace) as connection:
            await connection.execute(sql("hold_rule"), workspace, id)
            before = await _read(connection, workspace, id)
            ending = _ending(before.content, content)
            if ending:
                now = datetime.now(UTC)
                await connection.execute(sql("end_event"), workspace, id, now, ending)
            columns = _columns(content)
            await connection.execute(
                sql("change_rule"), workspace, id, *columns, ending is not None
            )
            return await _read(connection, workspace, id)

    async def delete(self, workspace: int, id: UUID) -> None:
        """Delete a rule with its events.

        Raises:
            InvalidRequest: there is none.
        """
        async with self._database.transaction(workspace) as connection:
            if await connection.fetchval(sql("delete_rule"), workspace, id) is None:
                raise _unknown(id)


def _ending(before: RuleContent, after: RuleContent) -> str | None:
    if before.definition != after.definition:
        return _CHANGED
    return _DISABLED if before.enabled and not after.enabled else None


def _columns(content: RuleContent) -> tuple[Any, ...]:
    webhooks = None if content.webhooks is None else list(content.webhooks)
    definition = orjson.dumps(content.definition.as_dict()).decode()
    return content.name, content.enabled, definition, webhooks


async def _read(connection: Connection, workspace: int, id: UUID) -> AlertRule:
    row = await connection.fetchrow(sql("find_rules"), workspace, id)
    if row is None:
        raise _unknown(id)
    return _rule(row)


def _rule(row: QueryRow) -> AlertRule:
    return AlertRule(
        id=row["id"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        content=RuleContent(
            row["name"],
            row["enabled"],
            AlertDefinition.from_dict(orjson.loads(row["definition"])),
            None if row["webhooks"] is None else tuple(row["webhooks"]),
        ),
        reading=row["reading"] and orjson.loads(row["reading"]),
        evaluated_at=row["evaluated_at"],
        open_event=row["open_event"],
    )


def _unknown(id: UUID) -> InvalidRequest:
    return InvalidRequest(problem("unknown-alert", f"There is no alert rule '{id}'."))
