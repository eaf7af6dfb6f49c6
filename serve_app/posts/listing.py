"""The first posts of an order that meet conditions, found in bounded time however many there are.

Two ways lead there, and which is the shorter one depends on how many posts match: to *walk* along
the index of the order and look at each post, or to *gather* all that match from the index of terms
and sort them. Postgres chooses between them by what it knows of each month alone, as if the matches
lay evenly in it; where they do not, it walks through a million posts to find the first. So the
choice is made here, and each way is cut short where it proves the longer one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from serve_app.posts.conditions import (
    AnyCondition,
    Arguments,
    Condition,
    Matches,
    compare,
    split,
    with_days,
)
from serve_app.posts.counting import estimate
from serve_app.posts.sorting import Order
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent

#: So many are gathered at once: at about 10 us each, they take no longer than a walk.
FEW = 2_000
#: Where it was thought that they are few, gathering ends here: the estimate was wrong.
MOST_OF_FEW = 2_500
#: Postgres takes a term that is not among the thousand most common for one of 0.5 % of all posts.
_UNKNOWN = 0.006
#: Posts of the first walk: it fills a page where one in twenty matches.
_WINDOW = 1_000
#: A second walk goes no further; at 3 to 12 us a post.
_LONGEST_WALK = 10_000
#: So much further than the matches at hand promise.
_MARGIN = 1.5
#: Slices of one page; what is behind them is gathered at once.
_SLICES = 4
#: The first slice is at most so many times as long as the walk, and each as all before it.
_LONGEST_SLICE = 30
_GROWTH = 8

#: What a post is sorted by, and its id.
Key = tuple[Any, UUID]


@dataclass(frozen=True, slots=True)
class Listing:
    """Posts of a workspace that meet all conditions, in an order."""

    workspace: int
    conditions: tuple[AnyCondition, ...]
    order: Order

    def also(self, *conditions: AnyCondition) -> "Listing":
        """Of these, those that meet further conditions."""
        return replace(self, conditions=(*self.conditions, *conditions))

    def beyond(self, key: Key) -> "Listing":
        """Those behind a post with this key."""
        return self.also(Condition(self.order.columns, self.order.beyond, key))

    def ends_before(self, time: datetime) -> bool:
        """Whether a condition on the time leaves nothing of the order beyond a moment."""
        times = [
            each.values[0]
            for each in self.conditions
            if isinstance(each, Condition)
            and each.columns[0] == "published_at"
            and each.operator[0] != self.order.beyond
        ]
        if self.order.descending:
            return any(time <= bound for bound in times)
        return any(time >= bound for bound in times)

    def parts(self) -> tuple[list[AnyCondition], list[AnyCondition]]:
        """The conditions that are a range of an index in this order, and all others."""
        authors = ("author",) if self.order.column == "published_at" else ()
        return split(self.conditions, (*self.order.columns, *authors))


async def first_keys(connection: Connection, listing: Listing, limit: int) -> list[Key]:
    """The keys of the first posts, at most ``limit``, in their order."""
    along, others = listing.parts()
    if not others:
        return await _walk(connection, listing, limit, window=limit)
    # The posts of one author are walked along in no time, and never gathered for others' sake.
    expected = None
    if not any("author" in each.columns for each in along):
        expected = await estimate(connection, listing.workspace, listing.conditions)
    if expected is not None and expected <= FEW:
        few = await _gather_few(connection, listing, limit)
        if few is not None:
            return few
    window = max(_WINDOW, 2 * limit)
    keys = await _walk(connection, listing, limit, window=window)
    if len(keys) == limit:
        return keys
    if not keys and await _may_be_few(connection, expected):
        few = await _gather_few(connection, listing, limit)
        if few is not None:
            return few
    return await _beyond_the_walk(connection, listing, limit, window, keys)


async def _gather_few(connection: Connection, listing: Listing, limit: int) -> list[Key] | None:
    """The first matches, if they are few altogether; None if they are many."""
    keys, total = await _gather(connection, listing, limit, cap=MOST_OF_FEW)
    return keys if total < MOST_OF_FEW else None


async def _may_be_few(connection: Connection, expected: int | None) -> bool:
    """Whether so many are only expected because Postgres knows nothing of a term."""
    if expected is None or expected <= FEW:
        return False  # they are not: it was tried
    all_posts = await connection.fetchval(_sql("estimate_all"))
    return bool(expected <= _UNKNOWN * all_posts)


async def _beyond_the_walk(
    connection: Connection, listing: Listing, limit: int, window: int, walked: list[Key]
) -> list[Key]:
    """The first matches, of which the first ``window`` posts had too few.

    Args:
        connection: within a transaction.
        listing: what is listed.
        limit: of the keys.
        window: posts that were walked along.
        walked: the matches among them.
    """
    windows = _MARGIN * limit / max(len(walked), 0.5)  # so many will hold a page
    if listing.order.column == "published_at":
        first, last, count = await _extent(connection, listing, window)
        if count < window:
            return walked  # there were no more to walk along
        reach = (last - first) * min(windows, _LONGEST_SLICE)
        return await _by_slices(connection, listing, limit, first, reach)
    if window * windows <= _LONGEST_WALK:
        keys = await _walk(connection, listing, limit, window=int(window * windows))
        if len(keys) == limit:
            return keys
    return (await _gather(connection, listing, limit))[0]


async def _walk(connection: Connection, listing: Listing, limit: int, *, window: int) -> list[Key]:
    """The first matches among the next ``window`` posts of the order."""
    along, others = listing.parts()
    arguments = Arguments()
    sql = _sql("walk").format(
        column=listing.order.column,
        range=arguments.where(listing.workspace, along),
        order=listing.order.sql,
        window=window,
        conditions=" AND ".join(arguments.each(others)) or "TRUE",
        limit=arguments.add(limit, "integer"),
    )
    await connection.execute(_sql("plan_once"))
    return _keys(await connection.fetch(sql, *arguments.values))


async def _gather(
    connection: Connection, listing: Listing, limit: int, *, cap: int | None = None
) -> tuple[list[Key], int]:
    """The first matches of all, and how many there are; of ``cap`` any, where there are more."""
    arguments = Arguments()
    sql = _sql("gather").format(
        column=listing.order.column,
        conditions=arguments.where(listing.workspace, with_days(listing.conditions)),
        cap="ALL" if cap is None else arguments.add(cap, "integer"),
        order=listing.order.sql,
        limit=arguments.add(limit, "integer"),
    )
    await connection.execute(plan_of_gathering(listing))
    rows = await connection.fetch(sql, *arguments.values)
    return _keys(rows), rows[0]["total"] if rows else 0


def plan_of_gathering(listing: Listing) -> str:
    """The statement that says how all matches are planned for.

    Where there are terms alone, their index is the only way, which needs no statistics.
    """
    terms_alone = all(isinstance(each, Matches) for each in listing.conditions)
    return _sql("plan_once" if terms_alone else "plan_each_time")


async def _by_slices(
    connection: Connection, listing: Listing, limit: int, first: datetime, reach: timedelta
) -> list[Key]:
    """The first matches, gathered from one stretch of time after the other.

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
        edge = _shifted(first, covered + reach)
        if not reach or listing.ends_before(edge):  # all of one moment, or the rest of them
            break
        piece = listing.also(compare("published_at", inside, edge))
        keys += (await _gather(connection, piece, limit - len(keys)))[0]
        if len(keys) == limit:
            return keys
        listing = listing.also(compare("published_at", outside, edge))
        covered += reach
        lacking = _MARGIN * (limit - len(keys)) / max(len(keys), 0.5)
        reach = covered * min(max(lacking, 0.5), _GROWTH)
    return keys + (await _gather(connection, listing, limit - len(keys)))[0]


async def _extent(
    connection: Connection, listing: Listing, window: int
) -> tuple[datetime, datetime, int]:
    """The times of the first and the last of the next posts of the order, and how many they are."""
    arguments = Arguments()
    sql = _sql("extent").format(
        column=listing.order.column,
        range=arguments.where(listing.workspace, listing.parts()[0]),
        order=listing.order.sql,
        window=window,
    )
    await connection.execute(_sql("plan_once"))
    [row] = await connection.fetch(sql, *arguments.values)
    times = (row["latest"], row["earliest"])
    first, last = times if listing.order.descending else reversed(times)
    return first, last, row["count"]


def _shifted(time: datetime, by: timedelta) -> datetime:
    """Another time, or the first or last that there is."""
    try:
        return time + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta() else _EARLIEST


_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


def _keys(rows: Sequence[QueryRow]) -> list[Key]:
    return [(row["value"], UUID(int=row["id"].int)) for row in rows]


def _sql(name: str) -> str:
    return query(name, _FOLDER)
