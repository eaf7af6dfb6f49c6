"""The order by how strong an emotion is: by its full tenths, and within one the newest first.

The tenths are terms, so each is a list of its own by time, and one begins where the stronger ends.
An emotion below a tenth has no term; posts without one are not in the list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from deployments.results import EMOTIONS
from serve_app.posts.conditions import Arguments, Matches
from serve_app.posts.counting import estimate
from serve_app.posts.first_keys import first_keys
from serve_app.posts.gathering import fetch_planned
from serve_app.posts.listing import Listing
from serve_app.posts.search_query import all_of, emotion_query
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent

#: The strongest first; 1.0 counts as nine.
TENTHS = range(9, 0, -1)
#: Few posts have an emotion this strong: several tenths are asked for at once.
#: So many are gathered at once: at up to 10 us each, they take no longer than list by list.
FEW = 1_000
#: Where it was thought that they are few, gathering ends here: the estimate was wrong.
MOST_OF_FEW = 1_250
_GROUPS = (TENTHS[:3], TENTHS[3:6], TENTHS[6:7], TENTHS[7:8], TENTHS[8:])


@dataclass(frozen=True, slots=True)
class EmotionPosition:
    """Where a page ended: tenths, time and id of its last post."""

    tenth: int
    published_at: datetime
    id: UUID

    #: Of the values in a cursor.
    types = (int, datetime, UUID)

    @property
    def values(self) -> tuple[Any, ...]:
        """As a cursor holds them."""
        return self.tenth, self.published_at, self.id


async def strongest(
    connection: Connection,
    listing: Listing,
    emotion: str,
    limit: int,
    after: EmotionPosition | None,
) -> list[EmotionPosition]:
    """The first posts by their tenths of an emotion.

    Args:
        connection: within a transaction.
        listing: of the newest first.
        emotion: one of ``EMOTIONS``.
        limit: of the posts.
        after: where the page before ended.
    """
    everything = with_emotion(listing, emotion, TENTHS)
    few = await estimate(connection, listing.workspace, everything.conditions) <= FEW
    positions: list[EmotionPosition] = []
    for tenths in (TENTHS,) if few else _GROUPS:
        if after is None or tenths[-1] <= after.tenth:
            left = limit - len(positions)
            positions += await _of_tenths(connection, listing, emotion, tenths, left, after)
        if len(positions) == limit:
            break
    return positions


async def _of_tenths(
    connection: Connection,
    listing: Listing,
    emotion: str,
    tenths: range,
    limit: int,
    after: EmotionPosition | None,
) -> list[EmotionPosition]:
    """The first posts of some tenths: all at once where they are few, else tenth by tenth."""
    if len(tenths) > 1:
        together = with_emotion(listing, emotion, tenths)
        positions, total = await _gather(connection, together, emotion, limit, after)
        if total < MOST_OF_FEW:
            return positions
    positions = []
    for tenth, piece in _pieces(listing, emotion, tenths, after):
        keys = await first_keys(connection, piece, limit - len(positions))
        positions += [EmotionPosition(tenth, *key) for key in keys]
        if len(positions) == limit:
            break
    return positions


async def _gather(
    connection: Connection,
    listing: Listing,
    emotion: str,
    limit: int,
    after: EmotionPosition | None,
) -> tuple[list[EmotionPosition], int]:
    """The first of all posts behind another, and how many there are; of too many, any."""
    tenth = f"least(emotions[{EMOTIONS.index(emotion) + 1}] / 100, 9)"
    arguments = Arguments()
    wanted = [arguments.where(listing.workspace, listing.conditions)]
    if after:
        bounds = zip(after.values, ("integer", "timestamptz", "uuid"), strict=True)
        wanted.append(
            f"({tenth}, published_at, id) < ({', '.join(arguments.add(*each) for each in bounds)})"
        )
    sql = query("gather_tenths", _FOLDER).format(
        tenth=tenth,
        conditions=" AND ".join(wanted),
        cap=arguments.add(MOST_OF_FEW, "integer"),
        limit=arguments.add(limit, "integer"),
    )
    if all(isinstance(each, Matches) for each in listing.conditions):  # their index is the only way
        rows = await connection.fetch(sql, *arguments.values)
    else:
        rows = await fetch_planned(connection, sql, arguments.values)
    positions = [
        EmotionPosition(row["tenth"], row["published_at"], UUID(int=row["id"].int)) for row in rows
    ]
    return positions, rows[0]["total"] if rows else 0


def _pieces(
    listing: Listing, emotion: str, tenths: range, after: EmotionPosition | None
) -> Iterator[tuple[int, Listing]]:
    """Of some tenths those that are left, each with its posts."""
    for tenth in tenths:
        piece = with_emotion(listing, emotion, range(tenth, tenth + 1))
        if after is None or tenth < after.tenth:
            yield tenth, piece
        elif tenth == after.tenth:
            yield tenth, piece.beyond((after.published_at, after.id))


def with_emotion(listing: Listing, emotion: str, tenths: range) -> Listing:
    """Of the posts those with an emotion of one of so many tenths, asked for in one tsquery."""
    query = emotion_query(emotion, tenths)
    searches = [each.query for each in listing.conditions if isinstance(each, Matches)]
    others = [each for each in listing.conditions if not isinstance(each, Matches)]
    together = Matches(all_of([*searches, query]))
    return Listing(listing.workspace, (together, *others), listing.order)
