"""Posts in their tables: every function runs within a transaction of one workspace.

Holds no rule of what may change; that is :mod:`serve_app.posts.posts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from serve_app.posts.changes import PostState
from serve_app.posts.post import Post, post_of
from serve_app.posts.rows import PostRow, bare_columns, insert_columns, update_columns
from serve_app.posts.terms import Findable
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent
#: Earlier texts of a post that are kept; the oldest leave first.
MAX_REVISIONS = 100


@dataclass(frozen=True, slots=True)
class LockedPost:
    """A post that is about to change, and what it has been found by."""

    post: Post
    findable: Findable

    @property
    def state(self) -> PostState:
        """What it was to those who count it."""
        return state_of(self.post, self.findable)


def state_of(post: Post, findable: Findable) -> PostState:
    """A post to those who count it."""
    content, analysed = post.content, post.state == "analysed"
    return PostState(post.published_at, content.author, content.tags, analysed, findable)


async def insert(connection: Connection, workspace: int, rows: Sequence[PostRow]) -> None:
    """Write new posts."""
    bare = [row for row in rows if row.is_bare]
    whole = [row for row in rows if not row.is_bare] if len(bare) < len(rows) else []
    if bare:
        await connection.execute(_sql("insert_bare_posts"), workspace, *bare_columns(bare))
    if whole:
        await connection.execute(_sql("insert_posts"), workspace, *insert_columns(whole))


async def update(connection: Connection, workspace: int, rows: Sequence[PostRow]) -> None:
    """Write posts that :func:`lock` gave, in their new state; each counts one version more."""
    if rows:
        await connection.execute(_sql("update_posts"), workspace, *update_columns(rows))


async def find(connection: Connection, workspace: int, ids: Sequence[UUID]) -> dict[UUID, Post]:
    """The posts among these, by id."""
    rows = await connection.fetch(_sql("find_posts"), workspace, list(ids))
    return {post.id: post for post in map(post_of, rows)}


async def lock(connection: Connection, workspace: int, ids: Sequence[UUID]) -> list[LockedPost]:
    """The posts among these, in order of id; nobody else changes them until it is committed."""
    rows = await connection.fetch(_sql("lock_posts"), workspace, list(ids))
    return [LockedPost(post_of(row), _findable(row)) for row in rows]


async def keep_revisions(connection: Connection, workspace: int, ids: Sequence[UUID]) -> None:
    """Copy the texts of these posts, with their analyses, to the earlier ones."""
    if ids:
        await connection.execute(_sql("save_revisions"), workspace, list(ids))
        drop = _sql("drop_old_revisions")
        await connection.execute(drop, workspace, list(ids), MAX_REVISIONS)


async def name(connection: Connection, workspace: int, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    """Give posts their external ids; the owners of those that others have.

    Args:
        connection: within a transaction.
        workspace: whose.
        ids: by external id.
    """
    if not ids:
        return {}
    names = list(ids)
    done = await connection.execute(_sql("name_posts"), workspace, names, list(ids.values()))
    if done == f"INSERT 0 {len(names)}":
        return {}
    rows = await connection.fetch(_sql("find_external_ids"), workspace, names)
    owners = {row["external_id"]: UUID(int=row["post_id"].int) for row in rows}
    return {name: owner for name, owner in owners.items() if owner != ids[name]}


async def unname(connection: Connection, workspace: int, names: Sequence[str]) -> None:
    """Free external ids."""
    if names:
        await connection.execute(_sql("unname_posts"), workspace, list(names))


async def delete(connection: Connection, workspace: int, posts: Sequence[Post]) -> list[str]:
    """Delete posts that :func:`lock` gave, and all their revisions; the digests of their texts."""
    ids = [post.id for post in posts]
    rows = await connection.fetch(_sql("delete_revisions"), workspace, ids)
    names = [post.content.external_id for post in posts if post.content.external_id]
    await unname(connection, workspace, names)
    await connection.execute(_sql("delete_posts"), workspace, ids)
    return list(dict.fromkeys([*(p.digest for p in posts), *(row["digest"].hex() for row in rows)]))


async def ids_by_author(
    connection: Connection, workspace: int, author: str, limit: int
) -> list[UUID]:
    """Some posts of an author."""
    return _ids(await connection.fetch(_sql("find_by_author"), workspace, author, limit))


async def any_ids(connection: Connection, workspace: int, limit: int) -> list[UUID]:
    """Some posts of a workspace, oldest first."""
    return _ids(await connection.fetch(_sql("find_any"), workspace, limit))


async def ids_before(
    connection: Connection, workspace: int, first_id: UUID, limit: int
) -> list[UUID]:
    """Some posts accepted before others, oldest first."""
    return _ids(await connection.fetch(_sql("find_expired"), workspace, first_id, limit))


async def claim_pending(
    connection: Connection, limit: int, until: datetime
) -> Sequence[Mapping[str, Any]]:
    """Take pending posts of any workspace to be analysed; nobody else does until ``until``.

    The transaction is the service's own. A row has ``workspace``, ``id``, ``revision``,
    ``digest``, ``text`` and ``attempts``.
    """
    return await connection.fetch(_sql("claim_pending"), limit, until)


def _findable(row: Mapping[str, Any]) -> Findable:
    emotions = row["emotions"]
    return Findable(
        configuration="",  # of the words, which nobody counts
        terms=tuple(sorted(row["terms"])),
        sentiment=row["sentiment"],
        formality=row["formality"],
        politeness=row["politeness"],
        subjectivity=row["subjectivity"],
        ease=row["ease"],
        words=row["words"],
        emotions=None if emotions is None else tuple(emotions),
    )


def _ids(rows: Sequence[Mapping[str, UUID]]) -> list[UUID]:
    return [UUID(int=row["id"].int) for row in rows]


def _sql(name: str) -> str:
    return query(name, _FOLDER)
