"""The posts of all workspaces: written with their analyses, changed, deleted.

A post is acknowledged once it is committed. Saving and analysing run side by side: what is
analysed by the time of the commit is saved with it, what is not is saved as pending and completed
by a second commit. Whoever dies in between leaves a pending post, which
:mod:`serve_app.posts.pending` takes up.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from serve_app.errors import ServiceOverloaded
from serve_app.pending_post import Answer, AnswerWithVector
from serve_app.posts import idempotency, repository
from serve_app.posts.changes import (
    ChangeListener,
    NoCorrections,
    Overlay,
)
from serve_app.posts.content import PostContent, changed
from serve_app.posts.drafts import (
    Draft,
    IncomingPosts,
    analysis_request,
    edited,
    ended,
    queued,
)
from serve_app.posts.idempotency import IdempotencyKey
from serve_app.posts.locking import check_match, lock_one, rename, unknown_post
from serve_app.posts.outcome import AnalysisOutcome, outcome_of
from serve_app.posts.post import Post
from serve_app.posts.repository import LockedPost
from serve_app.posts.saving import DraftSaving
from serve_app.posts.showing import as_shown
from serve_app.request.post import PostRequest, text_digest
from serve_app.settings import PostsSettings
from serve_app.store.connection import Connection
from serve_app.store.database import Database
from serve_app.store.group_commit import GroupCommit
from serve_app.workspaces.directory import Workspace

#: A cached answer is there in this time, and saves the second commit.
_HEAD_START_S = 0.005
#: Added to the time that a caller waits, before others take a pending post up.
_GRACE_S = 5.0
#: Posts of one transaction where many are deleted.
DELETED_AT_ONCE = 500


class TextAnalyses(Protocol):
    """What posts need of the service."""

    async def analyze_many(self, posts: Sequence[PostRequest]) -> Sequence[Answer]:
        """The answers to the posts, in their order."""

    async def analyze_with_vectors(
        self,
        posts: Sequence[PostRequest],
        *,
        bulk: bool = False,
        stages: dict[str, float] | None = None,
    ) -> list[AnswerWithVector]:
        """The answers to the posts, in their order, and the vectors of their texts.

        Args:
            posts: to be answered.
            bulk: whether they give way to others however few they are.
            stages: is given the seconds of the slowest in each.
        """
        ...


#: Has texts leave the caches of all replicas, by their digests.
Forget = Callable[[Sequence[str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SavedPost:
    """A post after it was written, and whether it is new."""

    post: Post
    created: bool


class Posts:
    """Writes posts; see the module.

    Attributes:
        wake: set where there are pending posts.
        written: how many were since the start, new ones and changes.
    """

    def __init__(
        self,
        database: Database,
        analyses: TextAnalyses,
        forget: Forget,
        settings: PostsSettings,
        *,
        listeners: Sequence[ChangeListener] = (),
        overlay: Overlay | None = None,
    ) -> None:
        """Nothing is being written.

        Args:
            database: where the posts are.
            analyses: reads their texts.
            forget: awaited with the digests of texts that were deleted.
            settings: of the analysis behind the answers.
            listeners: told of every change, in its transaction.
            overlay: what people have put right.
        """
        self.database = database
        self.settings = settings
        self._analyses = analyses
        self._forget = forget
        self.overlay = overlay or NoCorrections()
        self._saving = DraftSaving(listeners, self.overlay)
        self._commits = GroupCommit(database)
        self.wake = asyncio.Event()
        self.written = 0

    async def write(
        self,
        workspace: Workspace,
        contents: Sequence[PostContent],
        *,
        key: IdempotencyKey | None = None,
        wait_s: float = 30.0,
        searchable: bool = True,
        stages: dict[str, float] | None = None,
    ) -> list[SavedPost]:
        """Write posts, each new or, by its external id, in the place of one that is there.

        Args:
            workspace: whose they are.
            contents: an external id that stands twice names one post, and the last one counts.
            key: of the request; sent again, it gives what it gave before.
            wait_s: for the analyses; 0 leaves them for later.
            searchable: whether the words of pending posts are indexed at once.
            stages: is given the seconds of each stage of the analyses, and of the commits as
                ``store``.

        Returns:
            The posts in the order of ``contents``; pending where no analysis was there in time.

        Raises:
            InvalidRequest: the key was another request's.
            StoreUnavailable: nothing was written, or nobody can tell.
        """
        digests = [text_digest(content.text, workspace.cache_salt) for content in contents]
        due_at = datetime.now(UTC) + timedelta(seconds=wait_s + _GRACE_S if wait_s else 0)
        new = IncomingPosts(contents, digests, None, due_at, searchable)
        stages = {} if stages is None else stages
        if wait_s:
            written = await self._write_and_analyze(workspace, new, key, wait_s, stages)
        else:
            written = await self._commit(workspace, new, key, stages)
        self.written += len(written)
        if _any_pending(written):
            self.wake.set()
        return written

    async def read(self, workspace: Workspace, ids: Sequence[UUID]) -> dict[UUID, Post]:
        """The posts among these, by id.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self.database.transaction(workspace.id) as connection:
            found = await repository.find(connection, workspace.id, ids)
            return await self.shown(connection, workspace.id, found)

    async def shown(
        self, connection: Connection, workspace: int, posts: Mapping[UUID, Post]
    ) -> dict[UUID, Post]:
        """Posts that were read, by id, with the analyses that count."""
        return await as_shown(self.overlay, connection, workspace, posts)

    async def change(
        self,
        workspace: Workspace,
        post_id: UUID,
        changes: Mapping[str, Any] | PostContent,
        *,
        if_match: str | None = None,
        wait_s: float = 30.0,
    ) -> Post:
        """The post with other fields, or with another content altogether.

        Args:
            workspace: whose it is.
            post_id: which.
            changes: some fields, as a merge patch; or all.
            if_match: entity tags of which the post must have one (RFC 9110, 13.1.1).
            wait_s: for the analysis of a new text.

        Raises:
            InvalidRequest: there is none, it has changed, or its external id is another's.
            StoreUnavailable: nothing was written, or nobody can tell.
        """
        operation = partial(self._change, workspace, post_id, changes, if_match, wait_s)
        post: Post = await self._commits.run(workspace.id, operation)
        self.written += 1
        if post.state == "pending" and wait_s:
            request = analysis_request(post.content.text, workspace.cache_salt)
            outcomes = await self._analyze([request], wait_s)
            [written] = await self._complete(workspace, [SavedPost(post, False)], outcomes)
            post = written.post
        if post.state == "pending":
            self.wake.set()
        return post

    async def analyze_again(self, workspace: Workspace, post_id: UUID) -> Post:
        """The post, pending once more; what people have put right in it holds again afterwards.

        Raises:
            InvalidRequest: there is none.
            StoreUnavailable: nothing was written, or nobody can tell.
        """
        operation = partial(self._queue, workspace, post_id)
        post: Post = await self._commits.run(workspace.id, operation)
        self.wake.set()
        return post

    async def delete(
        self, workspace: Workspace, ids: Sequence[UUID], *, if_match: str | None = None
    ) -> list[UUID]:
        """Delete posts, their revisions, and what the caches have of their texts.

        Returns:
            Those that there were.

        Raises:
            InvalidRequest: the post has changed.
            StoreUnavailable: nothing was deleted, or nobody can tell.
        """
        operation = partial(self._delete, workspace, ids, if_match)
        deleted, digests = await self._commits.run(workspace.id, operation)
        if digests:
            await self._forget(digests)
        return deleted

    async def delete_author(self, workspace: Workspace, author: str) -> int:
        """Delete all posts of an author, in small transactions; how many there were."""
        count = 0
        while True:
            async with self.database.transaction(workspace.id) as connection:
                ids = await repository.ids_by_author(
                    connection, workspace.id, author, DELETED_AT_ONCE
                )
            if not ids:
                return count
            count += len(await self.delete(workspace, ids))

    async def complete(
        self,
        workspace: int,
        revisions: Mapping[UUID, int],
        outcomes: Mapping[UUID, AnalysisOutcome],
    ) -> dict[UUID, Post]:
        """Save what became of pending posts.

        Args:
            workspace: whose they are.
            revisions: of the text that was analysed, by post; of another, the outcome is nobody's.
            outcomes: by post.

        Returns:
            The posts as they are then, those that somebody else has completed too.
        """
        operation = partial(self._save_outcomes, workspace, revisions, outcomes)
        return await self._commits.run(workspace, operation)

    async def save_again(
        self,
        connection: Connection,
        workspace: int,
        revisions: Mapping[UUID, int],
        outcomes: Mapping[UUID, AnalysisOutcome],
    ) -> None:
        """Put complete analyses in the place of those that posts have.

        Args:
            connection: within a transaction of the workspace.
            workspace, revisions, outcomes: see :meth:`complete`; outcomes may be fewer.
        """
        now = datetime.now(UTC)
        drafts = [
            Draft(
                each,
                ended(replace(each.post, updated_at=now, failure=None), outcome),
                None,
                vector=outcome.vector,
            )
            for each in await repository.lock(connection, workspace, list(outcomes))
            if each.post.state != "pending" and each.post.revision == revisions[each.post.id]
            for outcome in [outcomes[each.post.id]]
        ]
        await self._saving.save(connection, workspace, drafts)

    async def close(self) -> None:
        """Finish what is being written."""
        await self._commits.close()

    async def _write_and_analyze(
        self,
        workspace: Workspace,
        new: IncomingPosts,
        key: IdempotencyKey | None,
        wait_s: float,
        stages: dict[str, float],
    ) -> list[SavedPost]:
        """Write posts while they are analysed."""
        salt = workspace.cache_salt
        requests = [analysis_request(content.text, salt) for content in new.contents]
        analysing = asyncio.create_task(self._analyze(requests, wait_s, stages))
        try:
            await asyncio.wait([analysing], timeout=_HEAD_START_S)
            if analysing.done():
                new = replace(new, outcomes=analysing.result())
            written = await self._commit(workspace, new, key, stages)
            if _any_pending(written):
                outcomes = await analysing
                with _timed(stages, "store"):
                    written = await self._complete(workspace, written, outcomes)
        finally:
            analysing.cancel()
        return written

    async def _commit(
        self,
        workspace: Workspace,
        new: IncomingPosts,
        key: IdempotencyKey | None,
        stages: dict[str, float],
    ) -> list[SavedPost]:
        """Write posts, together with others that arrive meanwhile."""
        with _timed(stages, "store"):
            return await self._commits.run(workspace.id, partial(self._write, workspace, new, key))

    async def _analyze(
        self, requests: Sequence[PostRequest], wait_s: float, stages: dict[str, float] | None = None
    ) -> list[AnalysisOutcome]:
        """What became of the analysis of each text, in so many seconds."""
        timed = [replace(request, timeout_ms=max(1, round(wait_s * 1000))) for request in requests]
        try:
            answers = await self._analyses.analyze_with_vectors(timed, stages=stages)
            return [outcome_of(answer) for answer in answers]
        except ServiceOverloaded as error:
            return [AnalysisOutcome(None, str(error)) for _ in requests]

    async def _complete(
        self,
        workspace: Workspace,
        written: Sequence[SavedPost],
        outcomes: Sequence[AnalysisOutcome],
    ) -> list[SavedPost]:
        """The posts as they are once the outcomes of their analyses are saved."""
        by_id = {w.post.id: (w.post, o) for w, o in zip(written, outcomes, strict=True)}
        revisions = {id: p.revision for id, (p, _) in by_id.items() if p.state == "pending"}
        found = {id: outcome for id, (_, outcome) in by_id.items() if id in revisions}
        completed = await self.complete(workspace.id, revisions, found) if revisions else {}
        return [replace(w, post=completed.get(w.post.id, w.post)) for w in written]

    async def _write(
        self,
        workspace: Workspace,
        new: IncomingPosts,
        key: IdempotencyKey | None,
        connection: Connection,
    ) -> list[SavedPost]:
        """The transaction of :meth:`write`."""
        if key and (earlier := await idempotency.begin(connection, workspace.id, key)):
            written = await _again(connection, workspace.id, earlier)
            posts = {each.post.id: each.post for each in written}
            shown = await self.shown(connection, workspace.id, posts)
            return [replace(each, post=shown[each.post.id]) for each in written]
        ids = new.ids()
        names = {
            c.external_id: id for c, id in zip(new.contents, ids, strict=True) if c.external_id
        }
        owners = await repository.name(connection, workspace.id, names)
        locked = {}
        if owners:
            ids = [
                owners.get(c.external_id or "", id) for c, id in zip(new.contents, ids, strict=True)
            ]
            taken = await repository.lock(connection, workspace.id, list(owners.values()))
            locked = {each.post.id: each for each in taken}
        last = {id: index for index, id in enumerate(ids)}
        drafts = [new.post(index, id, locked.get(id)) for id, index in last.items()]
        posts = await self._saving.save(connection, workspace.id, drafts)
        written = [SavedPost(posts[id], id not in locked) for id in ids]
        if key:
            created = [each.created for each in written]
            await idempotency.finish(connection, workspace.id, key, ids, created)
        return written

    async def _change(
        self,
        workspace: Workspace,
        post_id: UUID,
        changes: Mapping[str, Any] | PostContent,
        if_match: str | None,
        wait_s: float,
        connection: Connection,
    ) -> Post:
        """The transaction of :meth:`change`."""
        locked = await lock_one(connection, workspace.id, post_id, if_match)
        old = locked.post.content
        content = changes if isinstance(changes, PostContent) else changed(old, changes)
        await rename(connection, workspace.id, post_id, old.external_id, content.external_id)
        request = analysis_request(content.text, workspace.cache_salt)
        due_at = datetime.now(UTC) + timedelta(seconds=wait_s + _GRACE_S)
        draft = Draft(locked, edited(locked.post, content, request.digest), due_at)
        posts = await self._saving.save(connection, workspace.id, [draft])
        return posts[post_id]

    async def _queue(self, workspace: Workspace, post_id: UUID, connection: Connection) -> Post:
        """The transaction of :meth:`analyze_again`."""
        locked = await lock_one(connection, workspace.id, post_id, None)
        draft = Draft(locked, queued(locked.post), datetime.now(UTC))
        posts = await self._saving.save(connection, workspace.id, [draft])
        return posts[post_id]

    async def _delete(
        self,
        workspace: Workspace,
        ids: Sequence[UUID],
        if_match: str | None,
        connection: Connection,
    ) -> tuple[list[UUID], list[str]]:
        """The transaction of :meth:`delete`."""
        locked = await repository.lock(connection, workspace.id, ids)
        posts = [each.post for each in locked]
        for post in posts:
            check_match(post, if_match)
        digests = await repository.delete(connection, workspace.id, posts)
        await self._saving.tell(connection, workspace.id, [(each, None) for each in locked])
        return [post.id for post in posts], digests

    async def _save_outcomes(
        self,
        workspace: int,
        revisions: Mapping[UUID, int],
        outcomes: Mapping[UUID, AnalysisOutcome],
        connection: Connection,
    ) -> dict[UUID, Post]:
        """The transaction of :meth:`complete`."""
        posts, drafts = {}, []
        for locked in await repository.lock(connection, workspace, list(revisions)):
            posts[locked.post.id] = post = locked.post
            if post.state == "pending" and post.revision == revisions[post.id]:
                drafts.append(self._decide(locked, outcomes[post.id]))
        return posts | await self._saving.save(connection, workspace, drafts)

    def _decide(self, locked: LockedPost, outcome: AnalysisOutcome) -> Draft:
        """The pending post after an analysis: through, to be tried again, or given up."""
        post = replace(locked.post, updated_at=datetime.now(UTC))
        attempts = post.attempts + (not outcome.complete)
        if not outcome.complete and attempts < self.settings.attempts:
            pause = timedelta(seconds=2.0**attempts)
            return Draft(locked, replace(post, attempts=attempts), datetime.now(UTC) + pause)
        draft = ended(replace(post, attempts=attempts), outcome)
        return Draft(locked, draft, None, vector=outcome.vector)


def _any_pending(written: Sequence[SavedPost]) -> bool:
    return any(each.post.state == "pending" for each in written)


async def _again(
    connection: Connection, workspace: int, earlier: idempotency.EarlierRequest
) -> list[SavedPost]:
    """What a request wrote that is sent again, as it is now."""
    posts = await repository.find(connection, workspace, earlier.post_ids)
    for id in earlier.post_ids:
        if id not in posts:
            raise unknown_post(id)
    pairs = zip(earlier.post_ids, earlier.created, strict=True)
    return [SavedPost(posts[id], created) for id, created in pairs]


@contextmanager
def _timed(stages: dict[str, float], stage: str) -> Iterator[None]:
    """Add the seconds that the context takes to those of a stage."""
    started_at = time.perf_counter()
    try:
        yield
    finally:
        stages[stage] = stages.get(stage, 0.0) + time.perf_counter() - started_at
