"""What a change of posts is to those who count, index or rewrite them.

The room of posts tells them within the transaction of the change, so that what they keep is exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from serve_app.posts.terms import Findable
from serve_app.store.connection import Connection


class PostState(NamedTuple):
    """A post as those see it who count it.

    Attributes:
        analysed: whether it has an analysis.
        findable: its terms and numbers, corrections included; what was stored before the change
            is read back, so that what was counted once is taken away exactly.
    """

    published_at: datetime
    author: str | None
    tags: tuple[str, ...]
    analysed: bool
    findable: Findable


class PostChange(NamedTuple):
    """One post, before and after: None where it was not there, or is no more.

    ``vector`` is by what similar posts are found: empty for nothing, None for what was there.
    """

    id: UUID
    before: PostState | None
    after: PostState | None
    vector: bytes | None = None


class ChangeListener(Protocol):
    """Takes note of changes, in the transaction that makes them."""

    async def changed(
        self, connection: Connection, workspace: int, changes: Sequence[PostChange]
    ) -> None:
        """These posts change; raising undoes the change."""
        ...


class Overlay(Protocol):
    """What people have put right, laid over what the models say."""

    async def corrected(
        self, connection: Connection, workspace: int, posts: Sequence["Analysed"]
    ) -> Sequence[Mapping[str, Any]]:
        """The analysis of each post as it counts, in order; untouched, the same object.

        The posts are written by it in the same transaction.
        """
        ...

    async def shown(
        self, connection: Connection, workspace: int, posts: Sequence["Analysed"]
    ) -> Sequence[Mapping[str, Any]]:
        """The same, for posts that are read and not written."""
        ...


@dataclass(frozen=True, slots=True)
class Analysed:
    """A post with what the models say of its text."""

    id: UUID
    revision: int
    text: str
    author: str | None
    tags: tuple[str, ...]
    language: str | None
    analysis: Mapping[str, Any]


class NoCorrections:
    """Where there are no corrections, what the models say counts."""

    async def corrected(
        self, connection: Connection, workspace: int, posts: Sequence[Analysed]
    ) -> Sequence[Mapping[str, Any]]:
        """See :class:`Overlay`."""
        return [post.analysis for post in posts]

    async def shown(
        self, connection: Connection, workspace: int, posts: Sequence[Analysed]
    ) -> Sequence[Mapping[str, Any]]:
        """See :class:`Overlay`."""
        return [post.analysis for post in posts]
