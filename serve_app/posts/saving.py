"""Drafts of posts saved within a transaction: rows, revisions, corrections, and who is told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from serve_app.posts import repository
from serve_app.posts.changes import ChangeListener, Overlay, PostChange
from serve_app.posts.drafts import Draft, analysed_of, findable_of
from serve_app.posts.post import Post
from serve_app.posts.repository import LockedPost
from serve_app.posts.rows import PostRow
from serve_app.store.connection import Connection


class DraftSaving:
    """Saves drafts with the corrections that people have made, and tells who counts or indexes."""

    def __init__(self, listeners: Sequence[ChangeListener], overlay: Overlay) -> None:
        """Nothing is saved yet.

        Args:
            listeners: told of every change, in its transaction.
            overlay: what people have put right.
        """
        self._listeners = listeners
        self._overlay = overlay

    async def save(
        self, connection: Connection, workspace: int, drafts: Sequence[Draft]
    ) -> dict[UUID, Post]:
        """Write drafts and tell the listeners; the posts by id, those that stay as they are too."""
        writes = [draft for draft in drafts if draft.differs]
        analyses = await self._corrected(connection, workspace, drafts)
        rows = [
            PostRow(
                draft.post,
                findable_of(draft.post, analyses.get(draft.post.id) if analyses else None),
                draft.due_at,
                draft.searchable,
                draft.changed_vector,
            )
            for draft in writes
        ]
        revised = [
            d.post.id for d in writes if d.locked and d.post.revision != d.locked.post.revision
        ]
        await repository.keep_revisions(connection, workspace, revised)
        await repository.insert(
            connection, workspace, [r for r, d in zip(rows, writes, strict=True) if not d.locked]
        )
        await repository.update(
            connection, workspace, [r for r, d in zip(rows, writes, strict=True) if d.locked]
        )
        pairs = [(draft.locked, row) for draft, row in zip(writes, rows, strict=True)]
        await self.tell(connection, workspace, pairs)
        posts = {draft.post.id: draft.written for draft in drafts}
        return posts | {id: replace(posts[id], counting=each) for id, each in analyses.items()}

    async def _corrected(
        self, connection: Connection, workspace: int, drafts: Sequence[Draft]
    ) -> dict[UUID, Mapping[str, Any]]:
        """The analyses that count, by post, of those that have any."""
        posts = [draft.post for draft in drafts if draft.post.encoded_analysis]
        analysed = [analysed_of(post) for post in posts]
        counting = await self._overlay.corrected(connection, workspace, analysed)
        return {post.id: analysis for post, analysis in zip(posts, counting, strict=True)}

    async def tell(
        self,
        connection: Connection,
        workspace: int,
        pairs: Sequence[tuple[LockedPost | None, PostRow | None]],
    ) -> None:
        """Tell the listeners of posts as they were, and as they are written; None: not there."""
        changes = [_change_of(locked, row) for locked, row in pairs]
        for listener in self._listeners:
            await listener.changed(connection, workspace, changes)


def _change_of(locked: LockedPost | None, row: PostRow | None) -> PostChange:
    after = repository.state_of(row.post, row.findable) if row else None
    post = row.post if row else locked.post if locked else None
    assert post is not None  # a change has a before or an after
    vector = row.vector if row else None
    return PostChange(post.id, locked.state if locked else None, after, vector)
