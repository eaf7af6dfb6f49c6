"""Rules in their tables: every function runs within a transaction.

Holds no rule of what may be said; that is :mod:`serve_app.corrections.rule_book`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from serve_app.corrections.rule_set import RuleSet
from serve_app.corrections.values import Rule, RuleKind, RuleState
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule, and how far kept posts follow it.

    Attributes:
        created_at: when it was made.
        state: see :class:`RuleState`.
        candidates: kept posts that it may change; None before they are counted.
        looked_at: how many of them have been looked at since the state began.
        changed: how many of those changed.
    """

    rule: Rule
    created_at: datetime
    state: RuleState
    candidates: int | None
    looked_at: int
    changed: int


@dataclass(frozen=True, slots=True)
class ClaimedRule:
    """A rule that kept posts are made to follow; ``cursor`` is the last one that does."""

    rule: Rule
    cursor: UUID | None
    looked_at: int


async def rule_set(connection: Connection, workspace: int, cached: RuleSet | None) -> RuleSet:
    """The rules in force; they stay so until the transaction ends.

    Args:
        connection: within a transaction.
        workspace: whose.
        cached: given back if it is still right.
    """
    version = await connection.fetchval(_sql("rule_version"), workspace)
    return await _rule_set(connection, workspace, cached, version)


async def peek_rule_set(connection: Connection, workspace: int, cached: RuleSet | None) -> RuleSet:
    """The rules in force at this moment, for readers."""
    version = await connection.fetchval(_sql("peek_rule_version"), workspace)
    return await _rule_set(connection, workspace, cached, version or 0)


async def next_rule_version(connection: Connection, workspace: int) -> int:
    """Begin to change the rules, once all who write by the present ones are through."""
    version: int = await connection.fetchval(_sql("next_rule_version"), workspace)
    return version


async def rules_in_force(connection: Connection, workspace: int) -> list[Rule]:
    """Those that new answers follow."""
    return [_rule(row) for row in await connection.fetch(_sql("find_rules_in_force"), workspace)]


async def rule_versions(connection: Connection) -> list[tuple[int, str, int]]:
    """Of all workspaces that ever had rules: id, name, version."""
    rows = await connection.fetch(_sql("find_rule_versions"))
    return [(row["id"], row["name"], row["version"]) for row in rows]


async def find_rule(connection: Connection, workspace: int, rule_id: UUID) -> KeptRule | None:
    """One rule, in whatever state."""
    row = await connection.fetchrow(_sql("find_rule"), workspace, rule_id)
    return _kept_rule(row) if row else None


async def list_rules(
    connection: Connection, workspace: int, state: str | None, before: UUID | None, limit: int
) -> list[KeptRule]:
    """Rules in a state, or in any, the newest first."""
    rows = await connection.fetch(_sql("list_rules"), workspace, state, before, limit)
    return [_kept_rule(row) for row in rows]


async def insert_rule(connection: Connection, workspace: int, rule: Rule, now: datetime) -> None:
    """Write a new rule, which kept posts do not follow yet."""
    await connection.execute(
        _sql("insert_rule"), workspace, rule.id, now, rule.kind.value, list(rule.phrases),
        _as_text(rule.value), rule.match_case, rule.instead_of, rule.language, rule.author,
        rule.tag,
    )  # fmt: skip


async def withdraw_rule(connection: Connection, workspace: int, rule_id: UUID) -> None:
    """Have kept posts follow the rule no more."""
    await connection.execute(_sql("withdraw_rule"), workspace, rule_id)


async def delete_old_rules(connection: Connection, days: int) -> None:
    """Forget rules of all workspaces that were withdrawn so long ago."""
    await connection.execute(_sql("delete_old_rules"), days)


async def claim_rule(
    connection: Connection, worker: UUID, lease_s: float
) -> tuple[int, UUID] | None:
    """A rule of any workspace with work left, and its workspace; nobody else takes it meanwhile."""
    row = await connection.fetchrow(_sql("claim_rule"), worker, lease_s)
    return (row["workspace"], _uuid(row["id"])) if row else None


async def lock_claimed_rule(
    connection: Connection, workspace: int, rule_id: UUID, worker: UUID
) -> ClaimedRule | None:
    """The rule, if it is still the worker's."""
    row = await connection.fetchrow(_sql("lock_claimed_rule"), workspace, rule_id, worker)
    if row is None:
        return None
    cursor = row["cursor"]
    return ClaimedRule(_rule(row), cursor and _uuid(cursor), row["looked_at"])


async def note_candidates(
    connection: Connection, workspace: int, rule_id: UUID, count: int
) -> None:
    """Note how many kept posts the rule may change."""
    await connection.execute(_sql("note_candidates"), workspace, rule_id, count)


async def note_progress(
    connection: Connection,
    workspace: int,
    rule_id: UUID,
    *,
    cursor: UUID,
    looked_at: int,
    changed: int,
    lease_s: float,
) -> None:
    """Note in the transaction that changes some posts that they follow the rule."""
    note = _sql("note_progress")
    await connection.execute(note, workspace, rule_id, cursor, looked_at, changed, lease_s)


async def renew_claim(
    connection: Connection, workspace: int, rule_id: UUID, worker: UUID, lease_s: float
) -> None:
    """Let nobody take the worker's rule over yet."""
    await connection.execute(_sql("renew_claim"), workspace, rule_id, worker, lease_s)


async def finish_rule(connection: Connection, workspace: int, rule_id: UUID) -> None:
    """Note that all kept posts follow it, or none any more."""
    await connection.execute(_sql("finish_rule"), workspace, rule_id)


async def _rule_set(
    connection: Connection, workspace: int, cached: RuleSet | None, version: int
) -> RuleSet:
    if cached is not None and cached.version == version:
        return cached
    return RuleSet(await rules_in_force(connection, workspace) if version else (), version)


def _kept_rule(row: QueryRow) -> KeptRule:
    return KeptRule(
        rule=_rule(row),
        created_at=row["created_at"],
        state=RuleState(row["state"]),
        candidates=row["candidates"],
        looked_at=row["looked_at"],
        changed=row["changed"],
    )


def _rule(row: QueryRow) -> Rule:
    kind, value = RuleKind(row["kind"]), row["value"]
    return Rule(
        id=_uuid(row["id"]),
        kind=kind,
        phrases=tuple(row["phrases"]),
        value=value == "true" if kind is RuleKind.KEYWORD else value,
        match_case=row["match_case"],
        instead_of=row["instead_of"],
        language=row["language"],
        author=row["author"],
        tag=row["tag"],
    )


def _as_text(value: str | bool | None) -> str | None:
    return str(value).lower() if isinstance(value, bool) else value


def _uuid(id: Any) -> UUID:
    return UUID(int=id.int)  # asyncpg has a class of its own


def _sql(name: str) -> str:
    return query(name, _FOLDER)
