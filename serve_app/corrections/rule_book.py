"""The rules of a workspace: put in force, listed, withdrawn, within stated limits."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from serve_app.corrections import rule_repository
from serve_app.corrections.contradictions import contradiction, phrase_count
from serve_app.corrections.in_force import RulesInForce
from serve_app.corrections.phrases import MAX_NESTED
from serve_app.corrections.rule_repository import KeptRule
from serve_app.corrections.rule_set import RuleSet
from serve_app.corrections.values import Rule
from serve_app.problems import quote
from serve_app.request.fields import invalid_request
from serve_app.store.connection import Connection
from serve_app.store.database import Database

#: In force at a time, in one workspace.
MAX_RULES = 1_000
#: Of all rules in force together, in one workspace.
MAX_PHRASES = 10_000


class RuleBook:
    """Changes the rules of workspaces."""

    def __init__(
        self, database: Database, rules: RulesInForce, on_change: Callable[[], None]
    ) -> None:
        """For a replica.

        Args:
            database: where the rules are.
            rules: in force, as this replica holds them.
            on_change: called when kept posts have to follow other rules.
        """
        self._database = database
        self._rules = rules
        self._on_change = on_change

    async def add(self, workspace: int, rule: Rule) -> KeptRule:
        """Put a rule in force: new answers follow it at once, kept posts as soon as may be.

        Raises:
            InvalidRequest: it contradicts another, or there are too many.
            StoreUnavailable: nothing was changed, or nobody can tell.
        """
        async with self._database.transaction(workspace) as connection:
            await rule_repository.next_rule_version(connection, workspace)
            await check(connection, workspace, rule)
            await rule_repository.insert_rule(connection, workspace, rule, datetime.now(UTC))
            kept = await rule_repository.find_rule(connection, workspace, rule.id)
        assert kept is not None  # just written
        await self._changed()
        return kept

    async def withdraw(self, workspace: int, rule_id: UUID) -> KeptRule:
        """Undo a rule: new answers do not follow it from now on, kept posts are as before.

        Raises:
            InvalidRequest: there is none.
            StoreUnavailable: nothing was changed, or nobody can tell.
        """
        async with self._database.transaction(workspace) as connection:
            await rule_repository.next_rule_version(connection, workspace)
            await rule_repository.withdraw_rule(connection, workspace, rule_id)
            kept = await rule_repository.find_rule(connection, workspace, rule_id)
        if kept is None:
            raise unknown_rule(rule_id)
        await self._changed()
        return kept

    async def find(self, workspace: int, rule_id: UUID) -> KeptRule:
        """A rule, in whatever state.

        Raises:
            InvalidRequest: there is none.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            kept = await rule_repository.find_rule(connection, workspace, rule_id)
        if kept is None:
            raise unknown_rule(rule_id)
        return kept

    async def list(
        self, workspace: int, *, state: str | None, before: UUID | None, limit: int
    ) -> list[KeptRule]:
        """Rules in a state, or in any, the newest first.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            return await rule_repository.list_rules(connection, workspace, state, before, limit)

    async def _changed(self) -> None:
        await self._rules.refresh()
        self._on_change()


async def check(connection: Connection, workspace: int, rule: Rule) -> list[Rule]:
    """The rules in force that a new one would join.

    Raises:
        InvalidRequest: it contradicts one of them, or there are too many.
    """
    others = await rule_repository.rules_in_force(connection, workspace)
    if found := contradiction(rule, others):
        detail = f"Of {quote(found.phrase)} the rule {found.rule.id} says otherwise."
        fix = f"Withdraw it first: DELETE /v1/rules/{found.rule.id}."
        raise invalid_request("contradicting-rule", detail, f"/phrases/{found.number}", fix=fix)
    if len(others) >= MAX_RULES:
        detail = f"The workspace has {len(others):,} rules in force; the limit is {MAX_RULES:,}."
        raise invalid_request("too-many-rules", detail, "")
    count = phrase_count([*others, rule])
    if count > MAX_PHRASES:
        detail = (
            f"The workspace's rules would have {count:,} phrases; the limit is {MAX_PHRASES:,}."
        )
        raise invalid_request("too-many-rules", detail, "/phrases")
    if RuleSet([*others, rule]).nested > MAX_NESTED:
        detail = f"More than {MAX_NESTED} phrases would end with the same words."
        fix = "Keep the longest of them, or the shortest."
        raise invalid_request("too-many-rules", detail, "/phrases", fix=fix)
    return others


def unknown_rule(rule_id: object) -> Exception:
    """The exception for a rule that is not there."""
    return invalid_request("unknown-rule", f"There is no rule {quote(str(rule_id))}.", "")
