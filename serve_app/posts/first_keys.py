"""The first posts of an order that meet conditions, found in bounded time however many there are.

Two ways lead there, and which is the shorter one depends on how many posts match: to *walk* along
the index of the order and look at each post, or to *gather* all that match from the index of terms
and sort them. Postgres chooses between them by what it knows of each month alone, as if the matches
lay evenly in it, and plans for milliseconds to find out. A short walk tells it sooner: it fills the
page, or shows how far another one would have to go.
"""

from datetime import datetime
from pathlib import Path

from serve_app.posts.conditions import Arguments
from serve_app.posts.gathering import gather, keys_of
from serve_app.posts.listing import Key, Listing
from serve_app.posts.time_slices import MARGIN, first_of_slices
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent

#: Posts of the first walk: it fills a page where one in five matches.
_WINDOW = 250
#: A second walk goes no further, at 2 to 10 us a post: beyond, to gather stretches is shorter.
_LONGEST_WALK_IN_TIME = 2_048
#: In other orders every post lies on another page, wherever it is gathered from.
_LONGEST_WALK = 4_096
#: The first stretch of time is at most so many times as long as the walk.
_LONGEST_SLICE = 100


async def first_keys(connection: Connection, listing: Listing, limit: int) -> list[Key]:
    """The keys of the first posts, at most ``limit``, in their order."""
    if not listing.parts()[1]:
        return await _walk(connection, listing, limit, window=limit)
    window = max(_WINDOW, 2 * limit)
    keys = await _walk(connection, listing, limit, window=window)
    if len(keys) == limit:
        return keys
    windows = MARGIN * limit / max(len(keys), 0.5)  # so many will hold a page
    in_time = listing.order.column == "published_at"
    further = _plannable(window * windows)
    if further <= (_LONGEST_WALK_IN_TIME if in_time else _LONGEST_WALK):
        more = await _walk(connection, listing, limit, window=further)
        if len(more) == limit:
            return more
    if not in_time:
        return await gather(connection, listing, limit)
    first, last, count = await _extent(connection, listing, window)
    if count < window:
        return keys  # there were no more to walk along
    reach = (last - first) * min(windows, _LONGEST_SLICE)
    return await first_of_slices(connection, listing, limit, first, reach)


def _plannable(window: float) -> int:
    """At least so long, and one of few: the plan of a query with a limit is made for that limit."""
    return 1 << max(int(window) - 1, 0).bit_length()


async def _walk(connection: Connection, listing: Listing, limit: int, *, window: int) -> list[Key]:
    """The first matches among the next ``window`` posts of the order."""
    along, others = listing.parts()
    arguments = Arguments()
    sql = query("walk", _FOLDER).format(
        column=listing.order.column,
        range=arguments.where(listing.workspace, along),
        order=listing.order.sql,
        window=window,
        conditions=" AND ".join(arguments.each(others)) or "TRUE",
        limit=arguments.add(limit, "integer"),
    )
    return keys_of(await connection.fetch(sql, *arguments.values))


async def _extent(
    connection: Connection, listing: Listing, window: int
) -> tuple[datetime, datetime, int]:
    """The times of the first and the last of the next posts of the order, and how many they are."""
    arguments = Arguments()
    sql = query("extent", _FOLDER).format(
        column=listing.order.column,
        range=arguments.where(listing.workspace, listing.parts()[0]),
        order=listing.order.sql,
        window=window,
    )
    [row] = await connection.fetch(sql, *arguments.values)
    times = (row["latest"], row["earliest"])
    first, last = times if listing.order.descending else reversed(times)
    return first, last, row["count"]
