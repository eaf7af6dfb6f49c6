"""All that a replica does about corrections, put together for its endpoints and its background."""

from collections.abc import AsyncGenerator, Sequence

from serve_app.corrections.answers import CorrectedAnswers
from serve_app.corrections.backfill import Backfill
from serve_app.corrections.export import export_lines
from serve_app.corrections.in_force import RulesInForce
from serve_app.corrections.post_corrections import PostCorrections
from serve_app.corrections.preview import Preview, preview
from serve_app.corrections.refinding import replace_findable
from serve_app.corrections.rule_book import RuleBook
from serve_app.corrections.values import Rule
from serve_app.posts.changes import ChangeListener
from serve_app.service import Answering
from serve_app.store.database import Database


class CorrectionsDesk:
    """Rules and corrections of one replica.

    Attributes:
        in_force: the rules, laid over answers; given to those who write and show posts.
        rules: put in force and withdrawn.
        posts: corrections of single posts.
        backfill: kept posts made to follow the rules.
    """

    def __init__(self, database: Database, listeners: Sequence[ChangeListener] = ()) -> None:
        """Not begun.

        Args:
            database: where posts, rules and corrections are.
            listeners: told of every post that is counted otherwise, in the same transaction.
        """
        self._database = database
        replace = replace_findable(listeners)
        self.in_force = RulesInForce(database)
        self.backfill = Backfill(database, self.in_force, replace)
        self.rules = RuleBook(database, self.in_force, self.backfill.wake.set)
        self.posts = PostCorrections(database, self.in_force, replace)

    def start(self) -> None:
        """Begin the background work; to be called inside the event loop."""
        self.in_force.start()
        self.backfill.start()

    async def close(self) -> None:
        """Stop it."""
        await self.backfill.close()
        await self.in_force.close()

    def answering_in(self, service: Answering, workspace_name: str) -> Answering:
        """The service as the callers of a workspace see it: itself where there are no rules."""
        rules = self.in_force.of(workspace_name)
        return CorrectedAnswers(service, rules) if rules else service

    async def preview(self, workspace: int, rule: Rule, examples: int) -> Preview:
        """See :func:`serve_app.corrections.preview.preview`."""
        return await preview(self._database, self.in_force, workspace, rule, examples)

    def export(self, workspace: int) -> AsyncGenerator[bytes, None]:
        """See :func:`serve_app.corrections.export.export_lines`."""
        return export_lines(self._database, self.in_force, workspace)
