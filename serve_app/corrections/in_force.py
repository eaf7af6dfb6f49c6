"""The rules in force in each workspace, as one replica holds them, and answers as they count.

What is written follows the rules of its transaction exactly. Answers that are kept nowhere follow
what the replica read last, at most a second ago.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.corrections import correction_repository, rule_repository
from serve_app.corrections.overlay import overlay
from serve_app.corrections.rule_set import RuleSet
from serve_app.posts.changes import Analysed
from serve_app.store.connection import Connection
from serve_app.store.database import Database

log = logging.getLogger(__name__)

_INTERVAL_S = 0.5
_CANCEL_TIMEOUT_S = 2.0


class RulesInForce:
    """Rules by workspace; an :class:`serve_app.posts.changes.Overlay`."""

    def __init__(self, database: Database) -> None:
        """None are known yet."""
        self._database = database
        self._by_workspace: dict[int, RuleSet] = {}
        self._by_name: dict[str, RuleSet] = {}
        self._task = BackgroundTask("The reading of rules", self._run)

    def start(self) -> None:
        """Begin to read what other replicas change; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    def of(self, workspace_name: str) -> RuleSet | None:
        """The rules of a workspace, as they were read last; None where there are none."""
        return self._by_name.get(workspace_name)

    async def corrected(
        self, connection: Connection, workspace: int, posts: Sequence[Analysed]
    ) -> Sequence[Mapping[str, Any]]:
        """The analysis of each post as it counts, to be written in this transaction.

        Until that ends, nobody changes the rules of the workspace.
        """
        if not posts:
            return []
        return await self.laid_over(
            connection, workspace, posts, await self.locked(connection, workspace)
        )

    async def shown(
        self, connection: Connection, workspace: int, posts: Sequence[Analysed]
    ) -> Sequence[Mapping[str, Any]]:
        """The analysis of each post as it counts at this moment, to be read."""
        if not posts:
            return []
        cached = self._by_workspace.get(workspace)
        rules = await rule_repository.peek_rule_set(connection, workspace, cached)
        self._by_workspace[workspace] = rules
        return await self.laid_over(connection, workspace, posts, rules)

    async def locked(self, connection: Connection, workspace: int) -> RuleSet:
        """The rules in force, which stay so until the transaction ends."""
        rules = await rule_repository.rule_set(
            connection, workspace, self._by_workspace.get(workspace)
        )
        self._by_workspace[workspace] = rules
        return rules

    async def laid_over(
        self, connection: Connection, workspace: int, posts: Sequence[Analysed], rules: RuleSet
    ) -> list[Mapping[str, Any]]:
        """The analysis of each post by some rules, and by what people said of it."""
        ids = [post.id for post in posts]
        corrections = await correction_repository.corrections_of(connection, workspace, ids)
        answers = []
        for post in posts:
            own = [c for c in corrections.get(post.id, ()) if c.revision == post.revision]
            answers.append(overlay(rules, own, post, post.analysis))
        return answers

    async def refresh(self) -> None:
        """Read the rules that have changed since they were read.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(None) as connection:
            versions = await rule_repository.rule_versions(connection)
        by_name = {}
        for id, name, version in versions:
            rules = self._by_workspace.get(id)
            if rules is None or rules.version < version:
                rules = await self._read(id, rules)
            if rules:
                by_name[name] = rules
        self._by_name = by_name
        self._by_workspace = {
            id: self._by_workspace[id] for id, _, _ in versions if id in self._by_workspace
        }

    async def _read(self, workspace: int, cached: RuleSet | None) -> RuleSet:
        async with self._database.transaction(workspace) as connection:
            rules = await rule_repository.peek_rule_set(connection, workspace, cached)
        self._by_workspace[workspace] = rules
        return rules

    async def _run(self) -> None:
        while True:
            with until_next_time(log, "Rules could not be read"):
                await self.refresh()
            await asyncio.sleep(_INTERVAL_S)
