"""The first matches in order of time, gathered from one stretch of time after the other.

Posts lie in the month in which they were accepted, and most were published in it too. So a stretch
is looked up in its own months, and in the others only where a post of theirs was published in it.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from serve_app.posts.conditions import Arguments, Outside, compare
from serve_app.posts.gathering import gather, gather_planned
from serve_app.posts.listing import Key, Listing
from serve_app.store.connection import Connection
from serve_app.store.partitions import first_id, next_month
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent

#: So much further than the matches at hand promise.
MARGIN = 1.5
#: Slices of one page; what is behind them is gathered at once.
_SLICES = 4
#: The second slice is at most so many times as long as the first, and each as all before it.
_GROWTH = 8
#: All that is left is gathered by a plan that is made once: as quickly as a longer slice.
_LONGEST_REACH = timedelta(days=300)

#: Ids are of no other times.
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


async def first_of_slices(
    connection: Connection, listing: Listing, limit: int, first: datetime, reach: timedelta
) -> list[Key]:
    """The keys of the first posts, at most ``limit``, in their order.

    Args:
        connection: within a transaction.
        listing: in order of time.
        limit: of the keys.
        first: the time of the first post.
        reach: how long the first stretch is; below zero where the order goes back in time.
    """
    keys: list[Key] = []
    inside, outside = (">=", "<") if listing.order.descending else ("<=", ">")
    listing = listing.also(compare("published_at", outside + "=", first))
    covered = timedelta()
    for _ in range(_SLICES):
        begin, edge = _shifted(first, covered), _shifted(first, covered + reach)
        if not reach or abs(reach) > _LONGEST_REACH or listing.ends_before(edge):
            break  # all of one moment, or the rest of them
        piece = listing.also(compare("published_at", inside, edge))
        keys += await _slice(connection, piece, limit - len(keys), begin, edge)
        if len(keys) == limit:
            return keys
        listing = listing.also(compare("published_at", outside, edge))
        covered += reach
        lacking = MARGIN * (limit - len(keys)) / max(len(keys), 0.5)
        reach = covered * min(max(lacking, 0.5), _GROWTH)
    return keys + await gather(connection, listing, limit - len(keys))


async def _slice(
    connection: Connection, piece: Listing, limit: int, begin: datetime, end: datetime
) -> list[Key]:
    """The first posts of a stretch of time between two moments, in any order."""
    first, behind = _ids_of_months(begin, end)
    own = piece.also(compare("id", ">=", first), compare("id", "<", behind))
    keys = await gather_planned(connection, own, limit)
    elsewhere = piece.also(Outside(first, behind))
    if await _any(connection, elsewhere):
        keys = piece.first([*keys, *await gather(connection, elsewhere, limit)], limit)
    return keys


async def _any(connection: Connection, listing: Listing) -> bool:
    """Whether there is a post that meets those conditions that are a range of the order."""
    arguments = Arguments()
    sql = query("find_first", _FOLDER).format(
        range=arguments.where(listing.workspace, listing.parts()[0]), order=listing.order.sql
    )
    return bool(await connection.fetch(sql, *arguments.values))


def _ids_of_months(begin: datetime, end: datetime) -> tuple[UUID, UUID]:
    """The first id of the months from one moment to another, and the first one behind them."""
    first, last = (min(max(each, _EARLIEST), _LATEST) for each in sorted((begin, end)))
    month = datetime(first.year, first.month, 1, tzinfo=UTC)
    return first_id(month), first_id(next_month(last))


def _shifted(time: datetime, by: timedelta) -> datetime:
    """Another time, or the first or last that there is."""
    try:
        return time + by
    except OverflowError:
        forwards = by > timedelta()
        return datetime.max.replace(tzinfo=UTC) if forwards else datetime.min.replace(tzinfo=UTC)
