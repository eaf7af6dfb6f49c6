"""Counting a change of posts, in the transaction of the change itself."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from serve_app.posts.changes import PostChange, PostState
from serve_app.store.connection import Connection
from serve_app.store.queries import query
from serve_app.trends.contribution import Contribution, contribution
from serve_app.trends.delta import delta

_FOLDER = Path(__file__).parent


class TrendCounting:
    """Counts every change of posts: a :class:`serve_app.posts.changes.ChangeListener`."""

    async def changed(
        self, connection: Connection, workspace: int, changes: Sequence[PostChange]
    ) -> None:
        """Count these posts as they are now, and no longer as they were."""
        pairs = [(change.before, change.after) for change in changes]
        removed = [_contribution(before) for before, _ in pairs if before]
        added = [_contribution(after) for _, after in pairs if after]
        await apply(connection, workspace, removed=removed, added=added)


async def apply(
    connection: Connection,
    workspace: int,
    *,
    removed: Iterable[Contribution] = (),
    added: Iterable[Contribution] = (),
) -> None:
    """Count posts that are written, changed or deleted.

    Waits for no other transaction, and no other waits for it: a change is a row of its own.

    Args:
        connection: in the transaction that writes the posts.
        workspace: of the posts.
        removed: what those were that are changed or deleted.
        added: what those are that are new or changed.
    """
    if bodies := delta(removed, added):
        columns = list(bodies), list(bodies.values())
        await connection.execute(query("add_deltas", _FOLDER), workspace, *columns)


def _contribution(state: PostState) -> Contribution:
    findable = state.findable if state.analysed else None
    return contribution(state.published_at, state.author, state.tags, findable)
