"""Kept posts made to follow the rules: each rule that is new or withdrawn, applied backwards.

Posts that a rule may change are found by an index, and changed some hundred at a time, each time
in a transaction that notes how far it is: so whoever dies in between loses nothing, and nothing is
done twice. A post is given its answer by all rules in force, so that it does not matter in which
order rules come and go, nor who else writes the post meanwhile.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID, uuid4

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.corrections import correction_repository, rule_repository
from serve_app.corrections.candidates import candidate_ids, candidates_of, window_of
from serve_app.corrections.in_force import RulesInForce
from serve_app.corrections.overlay import overlay
from serve_app.corrections.refinding import Refound, ReplaceFindable, is_found_alike
from serve_app.corrections.rule_set import RuleSet
from serve_app.corrections.values import Rule
from serve_app.errors import StoreUnavailable
from serve_app.posts.drafts import findable_of
from serve_app.posts.repository import LockedPost, lock
from serve_app.posts.terms import rule_term
from serve_app.store.connection import Connection
from serve_app.store.database import Database

log = logging.getLogger(__name__)

#: Posts of one transaction, which is over in a fraction of a second.
PAGE_POSTS = 500
#: Ids that are read ahead.
_IDS_AHEAD = 50_000
#: Who does not come back in this time has died, and another goes on.
_LEASE_S = 15.0
_LEASE_RENEWAL_S = 5.0
#: Requests go first: for no longer than this at a time is anything computed.
_SLICE_S = 0.002
_INTERVAL_S = 1.0
_CANCEL_TIMEOUT_S = 2.0
#: For so long it is told that there was a rule.
WITHDRAWN_DAYS = 30


class Backfill:
    """Applies rules to kept posts, in a task of its own; replicas share the work."""

    def __init__(
        self, database: Database, rules: RulesInForce, replace_findable: ReplaceFindable
    ) -> None:
        """Not begun.

        Args:
            database: where posts and rules are.
            rules: in force.
            replace_findable: writes what posts are found by.
        """
        self._database = database
        self._rules = rules
        self._replace_findable = replace_findable
        self._worker = uuid4()
        self._task = BackgroundTask("The application of rules to kept posts", self._run)
        self.wake = asyncio.Event()

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop; what is left is done by others, or later."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    async def run_once(self) -> bool:
        """Have all kept posts follow one rule; whether there was one.

        Raises:
            StoreUnavailable: Postgres cannot be asked; what was done stays so.
        """
        async with self._database.transaction(None) as connection:
            claimed = await rule_repository.claim_rule(connection, self._worker, _LEASE_S)
        if claimed is None:
            return False
        workspace, rule_id = claimed
        complete = False
        while not complete:
            ids, complete = await self._ids_ahead(workspace, rule_id)
            for start in range(0, len(ids), PAGE_POSTS):
                if not await self._page(workspace, rule_id, ids[start : start + PAGE_POSTS]):
                    return True  # another has taken it over, or it is another work by now
        await self._finish(workspace, rule_id)
        return True

    async def _ids_ahead(self, workspace: int, rule_id: UUID) -> tuple[list[UUID], bool]:
        """The next posts that do not follow the rule yet; whether that is all of them."""
        async with self._database.transaction(workspace) as connection:
            claimed = await self._lock(connection, workspace, rule_id)
        if claimed is None:
            return [], True
        async with self._keeping_claim(workspace, rule_id):
            ids, complete = await self._find(workspace, claimed)
        if complete:
            count = claimed.looked_at + len(ids)
            async with self._database.transaction(workspace) as connection:
                if await self._lock(connection, workspace, rule_id):
                    await rule_repository.note_candidates(connection, workspace, rule_id, count)
        return ids, complete

    async def _finish(self, workspace: int, rule_id: UUID) -> None:
        async with self._database.transaction(workspace) as connection:
            if await self._lock(connection, workspace, rule_id):
                await rule_repository.finish_rule(connection, workspace, rule_id)

    async def _find(
        self, workspace: int, claimed: rule_repository.ClaimedRule
    ) -> tuple[list[UUID], bool]:
        """The next candidates, at least one if there is any; whether that is all of them."""
        after = claimed.cursor
        while True:
            # Without a lock: whoever withdraws the rule need not wait for this.
            async with self._database.transaction(workspace) as connection:
                candidates = await candidates_of(connection, claimed.rule)
                window = await window_of(connection, workspace, candidates, after)
                ids = await candidate_ids(connection, workspace, candidates, window, _IDS_AHEAD)
            if ids or window.last is None:
                return ids, window.last is None and len(ids) < _IDS_AHEAD
            after = window.last

    @contextlib.asynccontextmanager
    async def _keeping_claim(self, workspace: int, rule_id: UUID) -> AsyncIterator[None]:
        """Lets nobody take the rule over for as long as this takes."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(_LEASE_RENEWAL_S)
                with contextlib.suppress(StoreUnavailable):
                    async with self._database.transaction(workspace) as connection:
                        await rule_repository.renew_claim(
                            connection, workspace, rule_id, self._worker, _LEASE_S
                        )

        task = asyncio.create_task(renew(), name="renewing a claim")
        try:
            yield
        finally:
            task.cancel()

    async def _page(self, workspace: int, rule_id: UUID, ids: Sequence[UUID]) -> bool:
        """Have some posts follow the rule; whether it was still this worker's to do so."""
        async with self._database.transaction(workspace) as connection:
            # First, as whoever changes rules does: so neither waits for the other in a circle.
            rules = await self._rules.locked(connection, workspace)
            claimed = await self._lock(connection, workspace, rule_id)
            if claimed is None:
                return False
            locked = await lock(connection, workspace, ids)
            concerned = list(filter(_concerned_by(claimed.rule), locked))
            refound = await self._refound(connection, workspace, concerned, rules)
            await self._replace_findable(connection, workspace, refound)
            await rule_repository.note_progress(
                connection, workspace, rule_id, cursor=ids[-1], looked_at=len(ids),
                changed=len(refound), lease_s=_LEASE_S,
            )  # fmt: skip
        return True

    async def _lock(
        self, connection: Connection, workspace: int, rule_id: UUID
    ) -> rule_repository.ClaimedRule | None:
        return await rule_repository.lock_claimed_rule(connection, workspace, rule_id, self._worker)

    async def _refound(
        self,
        connection: Connection,
        workspace: int,
        locked: Sequence[LockedPost],
        rules: RuleSet,
    ) -> Refound:
        """Those of the posts that are found by something else from now on."""
        slice_began = time.perf_counter()
        refound = []
        ids = [each.post.id for each in locked]
        corrections = await correction_repository.corrections_of(connection, workspace, ids)
        for each in locked:
            own = [c for c in corrections.get(each.post.id, ()) if c.revision == each.post.revision]
            answer = overlay(rules, own, each.post.content, each.post.analysis() or {})
            findable = findable_of(each.post, answer)
            if not is_found_alike(findable, each.findable):
                refound.append((each, findable))
            if time.perf_counter() - slice_began > _SLICE_S:
                await asyncio.sleep(0)
                slice_began = time.perf_counter()
        return refound

    async def _forget_old_rules(self) -> None:
        async with self._database.transaction(None) as connection:
            await rule_repository.delete_old_rules(connection, WITHDRAWN_DAYS)

    async def _run(self) -> None:
        while True:
            with until_next_time(log, "A rule could not be applied to kept posts"):
                while await self.run_once():
                    pass
                await self._forget_old_rules()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), _INTERVAL_S)
            self.wake.clear()


def _concerned_by(rule: Rule) -> Callable[[LockedPost], bool]:
    """Tells posts that a rule may change, or has changed, from others that the index gave."""
    alone, changed = RuleSet([rule]), rule_term(str(rule.id))

    def is_concerned(locked: LockedPost) -> bool:
        if locked.post.encoded_analysis is None:
            return False
        return changed in locked.findable.terms or alone.touches(locked.post.content.text)

    return is_concerned
