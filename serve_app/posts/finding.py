"""Finds posts: a page of a list, and how many there are.

The rules of a list are in modules of their own: conditions in :mod:`serve_app.posts.filters`,
orders in :mod:`serve_app.posts.sorting`, places in a list in :mod:`serve_app.posts.cursor`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from deployments.results import Span
from serve_app.posts import repository
from serve_app.posts.conditions import (
    AnyCondition,
    HasValue,
    conditions,
)
from serve_app.posts.counting import Count, count
from serve_app.posts.cursor import Value, decode_cursor, encode_cursor
from serve_app.posts.emotion_order import TENTHS, EmotionPosition, strongest, with_emotion
from serve_app.posts.filters import PostFilter
from serve_app.posts.first_keys import first_keys
from serve_app.posts.listing import Listing
from serve_app.posts.matches import find_matches
from serve_app.posts.post import Post
from serve_app.posts.relevance import RankedPosition, ranked
from serve_app.posts.search_query import (
    WordsByConfiguration,
    parse_words,
    rank_query,
    search_query,
)
from serve_app.posts.sorting import RELEVANCE, SORT_COLUMNS, Sort
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Page:
    """Posts of a list, in its order.

    Attributes:
        posts: at most as many as were asked for.
        next_cursor: where the next page begins; None where there is none.
        matches: of the words that were looked for, by post; empty where there were none.
    """

    posts: Sequence[Post]
    next_cursor: str | None = None
    matches: Mapping[UUID, Sequence[Span]] = field(default_factory=dict)


async def find(
    connection: Connection,
    workspace: int,
    filter: PostFilter,
    sort: Sort,
    *,
    limit: int,
    cursor: str | None = None,
) -> Page:
    """A page of the posts that meet all conditions.

    Args:
        connection: within a transaction of the workspace.
        workspace: whose posts.
        filter: the conditions.
        sort: the order.
        limit: of the posts.
        cursor: where the page before ended; None is the first page.

    Raises:
        InvalidRequest: the cursor is damaged or of another list, or ``q`` has no word to look for.
    """
    words = await begin(connection, filter)
    listing = _listing(workspace, filter, sort, words)
    places = await _places(connection, listing, filter, sort, words, limit + 1, cursor)
    shown = places[:limit]
    ids = [place.id for place in shown]
    posts = await repository.find(connection, workspace, ids) if ids else {}
    listed = [posts[id] for id in ids if id in posts]  # one may have been deleted since
    more = len(places) > limit
    return Page(
        posts=listed,
        next_cursor=encode_cursor(shown[-1].values, workspace=workspace, filter=filter, sort=sort)
        if more
        else None,
        matches=await find_matches(connection, workspace, listed, filter, words)
        if words and listed
        else {},
    )


async def count_posts(
    connection: Connection, workspace: int, filter: PostFilter, sort: Sort
) -> Count:
    """How many posts the list has.

    Args:
        connection: within a transaction of the workspace.
        workspace: whose posts.
        filter: the conditions.
        sort: a post without the score that is sorted by is not in the list.

    Raises:
        InvalidRequest: ``q`` has no word to look for.
    """
    words = await begin(connection, filter)
    listing = _listing(workspace, filter, sort, words)
    if sort.emotion:
        listing = with_emotion(listing, sort.emotion, TENTHS)
    return await count(connection, workspace, listing.conditions)


async def begin(connection: Connection, filter: PostFilter) -> WordsByConfiguration:
    """Prepare a transaction for finding; what the languages make of the words to look for."""
    await connection.execute(query("prepare_finding", _FOLDER))
    return await parse_words(connection, filter.q) if filter.q else {}


def _listing(
    workspace: int, filter: PostFilter, sort: Sort, words: WordsByConfiguration
) -> Listing:
    wanted: list[AnyCondition] = conditions(filter, search_query(filter, words))
    if sort.needs:
        wanted.append(HasValue((sort.needs,)))
    return Listing(workspace, tuple(wanted), sort.order)


class _Place(Protocol):
    """Where a post stands in a list."""

    @property
    def id(self) -> UUID:
        """Of the post."""

    @property
    def values(self) -> Sequence[Value]:
        """What it is sorted by, its id included."""


@dataclass(frozen=True, slots=True)
class _KeyPlace:
    """Where a post stands in an order of one column."""

    value: datetime | float | int
    id: UUID

    @property
    def values(self) -> Sequence[Value]:
        """What it is sorted by."""
        return self.value, self.id


async def _places(
    connection: Connection,
    listing: Listing,
    filter: PostFilter,
    sort: Sort,
    words: WordsByConfiguration,
    limit: int,
    cursor: str | None,
) -> Sequence[_Place]:
    """Where the next posts of the list stand."""

    def after(types: Sequence[type]) -> Sequence[Any] | None:
        if cursor is None:
            return None
        return decode_cursor(cursor, types, workspace=listing.workspace, filter=filter, sort=sort)

    if sort.name == RELEVANCE:
        values = after(RankedPosition.types)
        position = RankedPosition.of(values) if values else None
        return await ranked(connection, listing, rank_query(filter, words), limit, position)
    if sort.emotion:
        values = after(EmotionPosition.types)
        place = EmotionPosition(*values) if values else None
        return await strongest(connection, listing, sort.emotion, limit, place)
    values = after((_TYPES[sort.order.column], UUID))
    listing = listing.beyond((values[0], values[1])) if values else listing
    return [_KeyPlace(*key) for key in await first_keys(connection, listing, limit)]


#: Of the values of the columns that are sorted by.
_TYPES: Mapping[str, type] = dict.fromkeys(SORT_COLUMNS.values(), float) | {
    "published_at": datetime,
    "words": int,
}
