"""Posts found and counted by another answer than before, their texts as they are."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from math import isclose
from pathlib import Path
from typing import Any

from serve_app.posts.changes import ChangeListener, PostChange
from serve_app.posts.repository import LockedPost
from serve_app.posts.terms import Findable
from serve_app.store.connection import Connection
from serve_app.store.queries import query

#: Locked posts, each with what it is found by from now on.
Refound = Sequence[tuple[LockedPost, Findable]]
#: Writes it, and tells those who count.
ReplaceFindable = Callable[[Connection, int, Refound], Awaitable[None]]

_FOLDER = Path(__file__).parent
#: Parts the values of a list that travels as one string; a control character, which none holds.
_SEPARATOR = "\x1f"
_NUMBERS = ("sentiment", "formality", "politeness", "subjectivity", "ease", "words")
#: Columns have single precision.
_PRECISION = 1e-6


def replace_findable(listeners: Sequence[ChangeListener]) -> ReplaceFindable:
    """A writer that tells these listeners of every change, in its transaction."""
    return partial(_replace_findable, listeners)


def is_found_alike(one: Findable, other: Findable) -> bool:
    """Whether a post is found and counted by the same."""
    numbers = ((getattr(one, name), getattr(other, name)) for name in _NUMBERS)
    return (
        one.terms == other.terms
        and one.emotions == other.emotions
        and all(_are_equal(*pair) for pair in numbers)
    )


async def _replace_findable(
    listeners: Sequence[ChangeListener], connection: Connection, workspace: int, posts: Refound
) -> None:
    if not posts:
        return
    columns = _columns(posts)
    await connection.execute(query("replace_findable", _FOLDER), workspace, *columns)
    changes = [_change(locked, findable) for locked, findable in posts]
    for listener in listeners:
        await listener.changed(connection, workspace, changes)


def _columns(posts: Refound) -> list[list[Any]]:
    emotions = [findable.emotions for _, findable in posts]
    return [
        [locked.post.id for locked, _ in posts],
        *([getattr(findable, name) for _, findable in posts] for name in _NUMBERS),
        [None if each is None else "{" + ",".join(map(str, each)) + "}" for each in emotions],
        [_SEPARATOR.join(locked.findable.terms) for locked, _ in posts],
        [_SEPARATOR.join(findable.terms) for _, findable in posts],
    ]


def _change(locked: LockedPost, findable: Findable) -> PostChange:
    return PostChange(locked.post.id, locked.state, locked.state._replace(findable=findable))


def _are_equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=_PRECISION, abs_tol=_PRECISION)
