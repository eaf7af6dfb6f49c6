"""The order by how well posts answer the words that are looked for.

No index has it, and to rank every post with a common word would take seconds. So the newest posts
that match are ranked, up to :data:`MAX_RANKED`; a cursor holds the times of the first and the last
of them, so that all pages of one list are of the same posts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from serve_app.posts.conditions import Condition
from serve_app.posts.first_keys import first_keys
from serve_app.posts.listing import Key, Listing
from serve_app.store.connection import Connection
from serve_app.store.queries import query

#: So many of the newest matches are ranked.
MAX_RANKED = 500

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class RankedPosition:
    """Where a page of ranked posts ended.

    Attributes:
        rank, id: of its last post.
        newest, oldest: keys of the posts that are ranked in this list; ``oldest`` is None where
            all that match are.
    """

    rank: float
    id: UUID
    newest: Key
    oldest: Key | None

    #: Of the values in a cursor.
    types = (float, UUID, datetime, UUID, datetime, UUID)

    @classmethod
    def of(cls, values: Sequence[Any]) -> "RankedPosition":
        """The position that a cursor's values are of."""
        rank, id, newest_at, newest, oldest_at, oldest = values
        bound = None if oldest_at is None else (oldest_at, oldest)
        return cls(rank, id, (newest_at, newest), bound)

    @property
    def values(self) -> tuple[Any, ...]:
        """As a cursor holds them."""
        return self.rank, self.id, *self.newest, *(self.oldest or (None, None))


async def ranked(
    connection: Connection,
    listing: Listing,
    words: str,
    limit: int,
    after: RankedPosition | None,
) -> list[RankedPosition]:
    """The first posts by rank and then by id, the best and newest first.

    Args:
        connection: within a transaction.
        listing: of the newest first.
        words: a tsquery of the words alone.
        limit: of the posts.
        after: where the page before ended.
    """
    # Posts that were published in between, with an older date, do not drive others out.
    most = MAX_RANKED if after is None else 2 * MAX_RANKED
    keys = await first_keys(connection, _bounded(listing, after), most)
    if not keys:
        return []
    newest = after.newest if after else keys[0]
    oldest = after.oldest if after else (keys[-1] if len(keys) == MAX_RANKED else None)
    ids = [id for _, id in keys]
    rows = await connection.fetch(query("rank_posts", _FOLDER), listing.workspace, ids, words)
    ranks = sorted(((row["rank"], UUID(int=row["id"].int)) for row in rows), reverse=True)
    last = (after.rank, after.id) if after else None
    return [RankedPosition(*rank, newest, oldest) for rank in ranks if not last or rank < last][
        :limit
    ]


def _bounded(listing: Listing, after: RankedPosition | None) -> Listing:
    if after is None:
        return listing
    listing = listing.also(Condition(listing.order.columns, "<=", after.newest))
    if after.oldest is None:
        return listing
    return listing.also(Condition(listing.order.columns, ">=", after.oldest))
